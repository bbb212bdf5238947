import type { Size } from 'cdk8s';
import { type ContainerResources, k8s } from 'cdk8s-plus-30';

const SUFFIXES: Record<string, number> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** The number a Kubernetes quantity stands for. Unit: cores or bytes. Error: not a quantity. */
export function quantityValue(quantity: string): number {
  const match = /^(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(quantity);
  if (!match) {
    throw new Error(`"${quantity}" is not a quantity: write a number with one of ${Object.keys(SUFFIXES).join(', ')}`);
  }
  return Number(match[1]) * (match[2] ? SUFFIXES[match[2]] : 1);
}

/** Cores as a quantity, in thousandths where needed. */
export function cpuQuantity(cores: number): string {
  // Sums of tenths are off by a hair, which must not cost a thousandth.
  const thousandths = Math.ceil(cores * 1000 - 1e-6);
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}

/** Bytes as a quantity, in the largest unit that is exact to the mebibyte. */
export function memoryQuantity(bytes: number): string {
  const mebibytes = Math.ceil(bytes / 2 ** 20);
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

/** A cdk8s size as a quantity. */
export function sizeQuantity(size: Size): string {
  return memoryQuantity(size.toKibibytes() * 1024);
}

/** The typed resources of cdk8s-plus as a container's `resources`. */
export function resourceRequirements(resources: ContainerResources): k8s.ResourceRequirements {
  const entries = (side: 'request' | 'limit'): { [key: string]: k8s.Quantity } | undefined => {
    const cpu = resources.cpu?.[side]?.amount;
    const memory = resources.memory?.[side];
    const storage = resources.ephemeralStorage?.[side];
    return {
      ...(cpu ? { cpu: k8s.Quantity.fromString(cpuQuantity(quantityValue(cpu))) } : {}),
      ...(memory ? { memory: k8s.Quantity.fromString(sizeQuantity(memory)) } : {}),
      ...(storage ? { 'ephemeral-storage': k8s.Quantity.fromString(sizeQuantity(storage)) } : {}),
    };
  };
  return { requests: entries('request'), limits: entries('limit') };
}
