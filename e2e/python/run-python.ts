import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What came of a program. */
export interface Run {
  readonly code: number;
  readonly output: string;
}

/** Runs a script as the containers do, with the real Python. */
export async function runPython(script: string, variables: { readonly [name: string]: string }): Promise<Run> {
  const child = spawn('python3', ['-c', script], { env: { PATH: process.env.PATH, ...variables } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, output };
}
