const SUFFIXES: { readonly [suffix: string]: number } = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** The number behind a quantity as API servers write it, metrics' nano-cores included; nothing when it is none. */
export function quantityOf(text: unknown): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(n|u|m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/.exec(String(text));
  return match ? Number(match[1]) * (match[2] ? SUFFIXES[match[2]] : 1) : undefined;
}

/** Cores for people: `250m`, `1.5`. */
export function readableCores(cores: number): string {
  return cores < 1 ? `${Math.round(cores * 1000)}m` : String(Math.round(cores * 10) / 10);
}

/** Bytes for people: `512Mi`, `1.5Gi`. */
export function readableBytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)}Mi` : `${Math.round((bytes / 2 ** 30) * 10) / 10}Gi`;
}
