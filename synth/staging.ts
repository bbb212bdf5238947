import fs from 'node:fs';
import path from 'node:path';
import type { RenderedFile } from './render';

/** The files of one environment. */
export interface RenderedEnvironment {
  readonly name: string;
  readonly files: readonly RenderedFile[];
}

/** The file by which a folder is known to be an environment's. `kubectl apply -f` reads only .yaml, .yml and .json. */
export const KUSTOMIZATION = 'Kustomization';

/**
 * Writes everything beside the target first and then renames, so that a reader sees the old folders or the new ones
 * and a failure leaves the old ones. Error: the target holds something that is not ours to replace.
 */
export function writeEnvironments(outdir: string, environments: readonly RenderedEnvironment[], all: boolean): void {
  refuseForeignFolder(outdir);
  const staging = `${outdir}.staging`;
  fs.rmSync(staging, { recursive: true, force: true });
  try {
    for (const { name, files } of environments) {
      for (const file of files) {
        const target = path.join(staging, name, file.name);
        fs.mkdirSync(path.dirname(target), { recursive: true });
        fs.writeFileSync(target, file.text);
      }
    }
    if (all) {
      swap(staging, outdir);
    } else {
      fs.mkdirSync(outdir, { recursive: true });
      for (const { name } of environments) {
        swap(path.join(staging, name), path.join(outdir, name));
      }
    }
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
  }
}

function swap(fresh: string, target: string): void {
  const old = `${target}.old`;
  fs.rmSync(old, { recursive: true, force: true });
  if (fs.existsSync(target)) {
    fs.renameSync(target, old);
  }
  fs.renameSync(fresh, target);
  fs.rmSync(old, { recursive: true, force: true });
}

function refuseForeignFolder(outdir: string): void {
  if (!fs.existsSync(outdir)) {
    return;
  }
  for (const entry of fs.readdirSync(outdir)) {
    if (!fs.existsSync(path.join(outdir, entry, KUSTOMIZATION))) {
      throw new Error(
        `${outdir} holds ${entry}, which no synth wrote: name an empty folder, or one that holds only environments`,
      );
    }
  }
}
