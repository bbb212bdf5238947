import { Size } from 'cdk8s';
import { type ContainerResources, Cpu, type k8s } from 'cdk8s-plus-30';

/** Read-only at the volume too: the kubelet then leaves owners and modes of the files as they are. */
export function readOnly({ persistentVolumeClaim, ...volume }: k8s.Volume): k8s.Volume {
  return persistentVolumeClaim
    ? { ...volume, persistentVolumeClaim: { ...persistentVolumeClaim, readOnly: true } }
    : volume;
}

/** What copying takes, with a folder for files on their way. */
export function resources(scratchSize: Size): ContainerResources {
  const written = Size.mebibytes(scratchSize.toMebibytes() + 64);
  return {
    cpu: { request: Cpu.millis(50), limit: Cpu.millis(500) },
    memory: { request: Size.mebibytes(128), limit: Size.mebibytes(512) },
    ephemeralStorage: { request: written, limit: written },
  };
}
