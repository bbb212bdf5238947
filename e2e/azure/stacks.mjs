// The stacks of e2e/azure/infra.ts, in the order in which they are applied.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/**
 * Writes the stacks into a folder and reads what was written.
 * @param options further options of esbuild
 */
export function synthesize(root, folder, ...options) {
  const program = `${folder}.js`;
  const bundle = ['e2e/azure/infra.ts', '--bundle', '--platform=node', '--log-level=warning', `--outfile=${program}`];
  const esbuild = path.join(root, 'node_modules', '.bin', 'esbuild');
  execFileSync(esbuild, [...bundle, ...options], { cwd: root, stdio: 'inherit' });
  execFileSync(process.execPath, [program, '--out', folder], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  return readStacks(folder);
}

function readStacks(folder) {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
  const stacks = Object.values(manifest.stacks).map(({ name, constructPath, synthesizedStackPath, dependencies }) => ({
    name,
    constructPath,
    dependencies,
    configuration: JSON.parse(fs.readFileSync(path.join(folder, synthesizedStackPath), 'utf8')),
  }));
  return inOrder(stacks);
}

/** A value for every variable that must be given. */
const VALUES = {
  server_name: 'openwebui-pg-restored',
  restore_time: '2026-01-31T12:00:00Z',
  postgres_administrator_password: 'Rehearsal-Passw0rd-1',
};

/** The variables of a stack that must be given, each with a value. */
export function variablesOf({ configuration }) {
  const open = Object.entries(configuration.variable ?? {}).filter(([, variable]) => variable.default === undefined);
  return Object.fromEntries(open.map(([name]) => [name, VALUES[name] ?? 'rehearsal']));
}

function inOrder(stacks) {
  const ordered = [];
  const add = (stack) => {
    if (ordered.includes(stack)) return;
    for (const path of stack.dependencies) add(stacks.find(({ constructPath }) => constructPath === path));
    ordered.push(stack);
  };
  for (const stack of stacks) add(stack);
  return ordered;
}
