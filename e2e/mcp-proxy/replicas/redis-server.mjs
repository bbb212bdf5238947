// A real Redis of its own on loopback: redis-server, or the program that REDIS_SERVER names.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const PASSWORD = 'p4ssword';

export class RedisServer {
  #port;
  #child;

  constructor(port) {
    this.#port = port;
    this.url = `redis://:${PASSWORD}@127.0.0.1:${port}/0`;
  }

  async start() {
    const program = process.env.REDIS_SERVER ?? 'redis-server';
    const options = ['--bind', '127.0.0.1', '--port', String(this.#port), '--requirepass', PASSWORD, '--save', ''];
    this.#child = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve, reject) => {
      this.#child.once('error', () => reject(new Error(`${program} is not here: install Redis or Valkey.`)));
      this.#child.once('exit', (code) => reject(new Error(`${program} ended with ${code} before it was ready.`)));
      createInterface({ input: this.#child.stdout }).on('line', (line) => {
        if (line.includes('Ready to accept connections')) resolve();
      });
    });
  }

  /** As a crash: without a word to its clients. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
