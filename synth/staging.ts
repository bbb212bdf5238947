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

interface Move {
  readonly from: string;
  readonly to: string;
}

/**
 * Writes everything beside the target first and then renames, so that a reader sees the old folder of an environment
 * or the new one, and a failure puts the old ones back. With `all`, environments of the target that are not given go.
 * An environment that is there as it is given is not touched: no watcher sees a change where there is none.
 * Files of the target whose name starts with a dot stay: they are an editor's or git's.
 *
 * Errors: the target is no folder, holds something that is not ours to replace, or cannot be written.
 */
export function writeEnvironments(outdir: string, environments: readonly RenderedEnvironment[], all: boolean): void {
  const before = environmentsIn(outdir);
  const changed = environments.filter(({ name, files }) => !before.includes(name) || !holds(outdir, name, files));
  const gone = all ? before.filter((name) => !environments.some((environment) => environment.name === name)) : [];
  if (changed.length === 0 && gone.length === 0) {
    return;
  }
  const beside = attempt(outdir, () => {
    fs.mkdirSync(path.dirname(outdir), { recursive: true });
    return fs.mkdtempSync(`${outdir}.`);
  });
  // A temporary folder is closed to other people; the folders in it are not.
  const [fresh, old] = [path.join(beside, 'new'), path.join(beside, 'old')];
  const moves: Move[] = [];
  const move = (from: string, to: string) => {
    fs.renameSync(from, to);
    moves.push({ from, to });
  };
  try {
    write(fresh, changed);
    fs.mkdirSync(old);
    fs.mkdirSync(outdir, { recursive: true });
    for (const name of gone) {
      move(path.join(outdir, name), path.join(old, name));
    }
    for (const { name } of changed) {
      if (before.includes(name)) {
        move(path.join(outdir, name), path.join(old, name));
      }
      move(path.join(fresh, name), path.join(outdir, name));
    }
  } catch (error) {
    putBack(moves, outdir, old);
    fs.rmSync(beside, { recursive: true, force: true });
    throw cannotWrite(outdir, error);
  }
  fs.rmSync(beside, { recursive: true, force: true });
}

/** Whether the environment's folder holds exactly these files. */
function holds(outdir: string, environment: string, files: readonly RenderedFile[]): boolean {
  const folder = path.join(outdir, environment);
  return attempt(outdir, () => {
    const there = fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory());
    return (
      there.length === files.length &&
      files.every(({ name, text }) => {
        const file = path.join(folder, name);
        return fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text;
      })
    );
  });
}

function write(folder: string, environments: readonly RenderedEnvironment[]): void {
  for (const { name, files } of environments) {
    for (const file of files) {
      const target = path.join(folder, name, file.name);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      fs.writeFileSync(target, file.text);
    }
  }
}

function putBack(moves: readonly Move[], outdir: string, old: string): void {
  try {
    for (const { from, to } of [...moves].reverse()) {
      fs.renameSync(to, from);
    }
  } catch (error) {
    throw new Error(
      `${outdir} could not be put back (${reason(error)}): move what is in ${old} into it, or run the synth again`,
    );
  }
}

/** The names of the environments in a folder; none when there is no such folder. */
function environmentsIn(outdir: string): string[] {
  if (!fs.existsSync(outdir)) {
    return [];
  }
  if (!fs.statSync(outdir).isDirectory()) {
    throw new Error(
      `${outdir} is a file: name a folder, one that is empty, holds only environments or is not there yet`,
    );
  }
  const entries = attempt(outdir, () => fs.readdirSync(outdir)).filter((entry) => !entry.startsWith('.'));
  for (const entry of entries) {
    if (!fs.existsSync(path.join(outdir, entry, KUSTOMIZATION))) {
      throw new Error(
        `${outdir} holds ${entry}, which no synth wrote: name an empty folder, or one that holds only environments`,
      );
    }
  }
  return entries;
}

function attempt<T>(outdir: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw cannotWrite(outdir, error);
  }
}

function cannotWrite(outdir: string, error: unknown): Error {
  return new Error(`${outdir} cannot be written, and is as it was: ${reason(error)}`);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
