// Rate limits of several replicas against a real Redis or Valkey: `node e2e/rate-limit/run.mjs`.
// Needs redis-server (or the program that REDIS_SERVER names) and Node.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createClient } from '@redis/client';
import { buildSync } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rate-limit-'));
const driver = join(folder, 'driver.js');
const PASSWORD = 'p4ssword';
buildSync({
  entryPoints: [join(here, 'driver.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20',
  outfile: driver,
});

class Server {
  constructor(port) {
    this.port = port;
    this.url = `redis://:${PASSWORD}@127.0.0.1:${port}/0`;
  }

  async start() {
    const program = process.env.REDIS_SERVER ?? 'redis-server';
    const options = ['--port', this.port, '--requirepass', PASSWORD, '--save', '', '--dir', folder];
    this.process = spawn(program, options.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((ready) => {
      createInterface({ input: this.process.stdout }).on('line', (line) => {
        if (line.includes('Ready to accept connections')) ready();
      });
    });
  }

  async stop() {
    const ended = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGCONT');
    this.process.kill('SIGKILL');
    await ended;
  }
}

class Replica {
  constructor(url) {
    this.heard = [];
    this.process = spawn(process.execPath, [driver, url], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.process.stdout }).on('line', (line) => this.heard.push(line));
  }

  said(word) {
    return this.heard.filter((line) => line.startsWith(`${word} `)).map((line) => JSON.parse(line.slice(word.length)));
  }

  async take(key, limit, times) {
    const before = this.said('taken').length;
    this.process.stdin.write(`take ${key} ${limit} ${times}\n`);
    await until(() => this.said('taken').length > before);
    return this.said('taken')[before];
  }

  /** Until calls of this replica are counted in Redis. */
  async connected(client) {
    const key = `connected-${Math.random()}`;
    await until(async () => {
      await this.take(key, 6000, 1);
      return (await client.exists(`test:rate:${key}`)) === 1;
    });
  }

  stop() {
    this.process.stdin.end();
    this.process.kill();
  }
}

async function until(isTrue) {
  const deadline = Date.now() + 20_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error('it did not happen within 20 seconds');
    await new Promise((again) => setTimeout(again, 10));
  }
}

/** Away from the end of a minute, where two minutes would be counted. */
async function earlyInTheMinute() {
  while (Date.now() % 60_000 > 50_000) await new Promise((again) => setTimeout(again, 500));
}

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

const server = new Server(await freePort());
await server.start();
const client = createClient({ url: server.url });
client.on('error', () => {});
await client.connect();
const replicas = [new Replica(server.url), new Replica(server.url), new Replica(server.url)];
for (const replica of replicas) await replica.connected(client);

const TESTS = {
  'replicas that call at once let exactly the limit through together': async () => {
    await earlyInTheMinute();
    const taken = await Promise.all(replicas.map((replica) => replica.take('together', 50, 40)));
    assert.equal(
      taken.reduce((sum, { passed }) => sum + passed, 0),
      50,
    );
    const { retryAfterSeconds } = taken.find(({ passed }) => passed < 40);
    assert.ok(retryAfterSeconds >= 1 && retryAfterSeconds <= 120);
  },
  'keys carry the prefix and go away by themselves': async () => {
    await replicas[0].take('expiring', 5, 1);
    const keys = await client.keys('*');
    assert.ok(
      keys.every((key) => key.startsWith('test:rate:')),
      keys.join(),
    );
    const ttl = await client.pTTL('test:rate:expiring');
    assert.ok(ttl > 60_000 && ttl <= 120_000, String(ttl));
  },
  'a refused call is not counted': async () => {
    await earlyInTheMinute();
    await replicas[0].take('refused', 2, 10);
    assert.equal(await client.hGet('test:rate:refused', 'c'), '2');
  },
  'the last minute counts by the part of it that is still within sixty seconds': async () => {
    await earlyInTheMinute();
    const window = Math.floor(Date.now() / 60_000);
    await client.hSet('test:rate:sliding', { w: window - 1, c: 100, p: 0 });
    const expected = 100 * ((Date.now() % 60_000) / 60_000);
    const { passed } = await replicas[0].take('sliding', 100, 100);
    assert.ok(Math.abs(passed - expected) <= 2, `${passed}, expected about ${expected}`);
    await client.hSet('test:rate:older', { w: window - 2, c: 100, p: 100 });
    assert.equal((await replicas[0].take('older', 100, 100)).passed, 100);
  },
  'a server that forgot the script is given it again': async () => {
    await client.sendCommand(['SCRIPT', 'FLUSH']);
    assert.equal((await replicas[0].take('forgotten', 3, 5)).passed, 3);
    assert.equal((await replicas[1].take('forgotten', 3, 5)).passed, 0);
  },
  'a server that hangs holds up no call for long; each replica counts for itself until it is back': async () => {
    await earlyInTheMinute();
    server.process.kill('SIGSTOP');
    const [taken] = [await replicas[0].take('hanging', 4, 10)];
    assert.equal(taken.passed, 4);
    assert.ok(taken.milliseconds < 1000, `${taken.milliseconds} ms`);
    const logged = () => replicas[0].said('log').filter((line) => line.includes('Redis does not answer')).length;
    await replicas[0].take('hanging', 4, 10);
    assert.equal(logged(), 1);
    server.process.kill('SIGCONT');
    await replicas[0].connected(client);
    assert.deepEqual(replicas[0].said('available').slice(-2), [false, true]);
  },
  'a server that dies and comes back is used again, without a restart': async () => {
    await server.stop();
    await until(() => replicas.every((replica) => replica.said('available').at(-1) === false));
    await earlyInTheMinute();
    for (const replica of replicas) assert.equal((await replica.take('dead', 3, 10)).passed, 3);
    await server.start();
    await until(() => client.isReady);
    for (const replica of replicas) await replica.connected(client);
    for (const replica of replicas) assert.equal(replica.said('available').at(-1), true);
    await earlyInTheMinute();
    const taken = await Promise.all(replicas.map((replica) => replica.take('again', 7, 10)));
    assert.equal(
      taken.reduce((sum, { passed }) => sum + passed, 0),
      7,
    );
  },
  'a wrong password is an outage that is told without the password': async () => {
    const stranger = new Replica(server.url.replace(PASSWORD, 'hunter2'));
    await until(() => stranger.said('available').length > 0);
    assert.equal((await stranger.take('stranger', 2, 5)).passed, 2);
    assert.ok(!stranger.heard.join('').includes('hunter2'));
    stranger.stop();
  },
};

let failed = 0;
for (const [name, test] of Object.entries(TESTS)) {
  try {
    await test();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
for (const replica of replicas) replica.stop();
client.destroy();
await server.stop();
execFileSync('rm', ['-rf', folder]);
console.log(`${Object.keys(TESTS).length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
