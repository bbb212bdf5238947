import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder as the kubelet mounts a Secret or ConfigMap (kubernetes/pkg/volume/util/atomic_writer.go): files are links
 * through `..data`, which is swapped by a rename.
 */
export class KubernetesFolder {
  public readonly path = mkdtempSync(join(tmpdir(), 'mounted-'));
  private version = 0;

  constructor(files: { readonly [name: string]: string }) {
    this.swap(files);
  }

  public swap(files: { readonly [name: string]: string }): void {
    const payload = `..version-${++this.version}`;
    mkdirSync(join(this.path, payload));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.path, payload, name), content);
    const before = this.currentPayload();
    symlinkSync(payload, join(this.path, '..data_tmp'));
    renameSync(join(this.path, '..data_tmp'), join(this.path, '..data'));
    const shown = readdirSync(this.path).filter((name) => !name.startsWith('..'));
    for (const name of Object.keys(files)) {
      if (!shown.includes(name)) symlinkSync(join('..data', name), join(this.path, name));
    }
    for (const name of shown) if (!(name in files)) rmSync(join(this.path, name));
    if (before) rmSync(join(this.path, before), { recursive: true });
  }

  public remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  private currentPayload(): string | undefined {
    try {
      return readlinkSync(join(this.path, '..data'));
    } catch {
      return undefined;
    }
  }
}

/** Waits until it is true; the test's own time limit ends it. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Long enough for an event of the file system to come, where none must. */
export function aWhile(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 200));
}
