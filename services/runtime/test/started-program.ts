import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

/** Bundles a program of TypeScript as the services are bundled. Returns the path of the file. */
export function bundle(source: string): string {
  const outfile = join(mkdtempSync(join(tmpdir(), 'bundle-')), 'main.js');
  buildSync({
    stdin: { contents: source, resolveDir: resolve(__dirname, '..'), loader: 'ts' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
    outfile,
  });
  return outfile;
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program as a process of its own. */
export class StartedProgram {
  public stdout = '';
  public stderr = '';
  public readonly ended: Promise<Ended>;
  private readonly child: ChildProcess;

  constructor(path: string, argv: readonly string[] = [], env: { readonly [name: string]: string } = {}) {
    this.child = spawn(process.execPath, [path, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (data) => {
      this.stdout += data;
    });
    this.child.stderr?.on('data', (data) => {
      this.stderr += data;
    });
    this.ended = new Promise((done) => {
      this.child.on('close', (code) => done({ code, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** Waits until the text stands on stdout. */
  public async says(text: string): Promise<void> {
    while (!this.stdout.includes(text)) await new Promise((again) => setTimeout(again, 5));
  }

  public signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
