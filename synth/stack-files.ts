import fs from 'node:fs';
import path from 'node:path';
import { type RenderedTerraform, STACK_FILE } from './terraform';

const MANIFEST = 'manifest.json';
const STACKS = 'stacks';

/** What cdktf's command line knows of a stack. */
export interface ManifestEntry {
  readonly constructPath: string;
}

/** Stacks by name. */
export interface Manifest {
  /** Of cdktf. */
  readonly version: string;
  readonly stacks: { readonly [name: string]: ManifestEntry };
}

interface Move {
  readonly from: string;
  readonly to: string;
}

/**
 * Puts stacks in their places: everything is written beside first and then renamed, and a failure puts the old files
 * back. What Terraform keeps in a stack's folder stays there. Stacks that the given environments no longer have go;
 * those of environments that are not named stay.
 *
 * Errors: the target is no folder, holds something that no `npm run infra` wrote, or cannot be written.
 */
export function writeStacks(
  outdir: string,
  beside: string,
  { version, stacks }: RenderedTerraform,
  isChosen: (environment: string) => boolean,
): void {
  const before = manifestIn(outdir);
  const kept = Object.entries(before).filter(([, { constructPath }]) => !isChosen(constructPath.split('/')[0]));
  const entries = [...kept, ...stacks.map(({ name, manifest }) => [name, manifest] as const)];
  const names = new Set(entries.map(([name]) => name));
  const manifest: Manifest = {
    version,
    stacks: Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  const files = new Map([
    ...stacks.map(({ name, text }) => [path.join(STACKS, name, STACK_FILE), text] as const),
    [MANIFEST, `${JSON.stringify(manifest, undefined, 2)}\n`],
  ]);
  const stale = Object.keys(before).filter((name) => !names.has(name));
  const [fresh, old] = [path.join(beside, 'new'), path.join(beside, 'old')];
  const moves: Move[] = [];
  const move = (from: string, to: string) => {
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.renameSync(from, to);
    moves.push({ from, to });
  };
  const setAside = (name: string) => {
    if (fs.existsSync(path.join(outdir, name))) {
      move(path.join(outdir, name), path.join(old, name));
    }
  };
  try {
    for (const [name, text] of files) {
      fs.mkdirSync(path.dirname(path.join(fresh, name)), { recursive: true });
      fs.writeFileSync(path.join(fresh, name), text);
    }
    for (const name of stale) {
      setAside(path.join(STACKS, name));
    }
    for (const name of files.keys()) {
      setAside(name);
      move(path.join(fresh, name), path.join(outdir, name));
    }
  } catch (error) {
    for (const { from, to } of moves.reverse()) {
      fs.renameSync(to, from);
    }
    throw new Error(`${outdir} cannot be written, and is as it was: ${reason(error)}`);
  }
}

/** The stacks that stand in a folder; none when there is no such folder, or nothing in it. */
function manifestIn(outdir: string): { readonly [name: string]: ManifestEntry } {
  const names = fs.existsSync(outdir) ? entriesOf(outdir) : [];
  const foreign = names.find((name) => name !== STACKS && name !== MANIFEST);
  if (foreign !== undefined) {
    throw new Error(`${outdir} holds ${foreign}, which no \`npm run infra\` wrote: name an empty folder, or a new one`);
  }
  if (!names.includes(MANIFEST)) {
    return {};
  }
  try {
    return (JSON.parse(fs.readFileSync(path.join(outdir, MANIFEST), 'utf8')) as Manifest).stacks;
  } catch (error) {
    throw new Error(`${path.join(outdir, MANIFEST)} cannot be read: ${reason(error)}. Delete ${outdir} and run again`);
  }
}

function entriesOf(outdir: string): string[] {
  if (!fs.statSync(outdir).isDirectory()) {
    throw new Error(`${outdir} is a file: name a folder, one that is empty or not there yet`);
  }
  return fs.readdirSync(outdir).filter((name) => !name.startsWith('.'));
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
