/** A replica of a service, driven by lines: `take <key> <limit> <times>` answers with the number that passed. */
import { createInterface } from 'node:readline';
import { createLogger, LogLevel } from '../../services/runtime/log';
import { RedisRateLimiter } from '../../services/runtime/redis-rate-limit';

async function main(): Promise<void> {
  const say = (word: string, value: unknown) => process.stdout.write(`${word} ${JSON.stringify(value)}\n`);
  const log = createLogger({ service: 'replica', level: LogLevel.INFO, stream: { write: (line) => say('log', line) } });
  const onAvailable = (available: boolean) => say('available', available);
  const limiter = await RedisRateLimiter.connect({ url: process.argv[2], keyPrefix: 'test:rate:', log, onAvailable });
  for await (const line of createInterface({ input: process.stdin })) {
    const [, key, limit, times] = line.split(' ');
    const begin = performance.now();
    const verdicts = await Promise.all(Array.from({ length: Number(times) }, () => limiter.take(key, Number(limit))));
    const passed = verdicts.filter(({ allowed }) => allowed).length;
    const retryAfterSeconds = verdicts.find(({ allowed }) => !allowed)?.retryAfterSeconds;
    say('taken', { passed, retryAfterSeconds, milliseconds: performance.now() - begin });
  }
  await limiter.close();
}

void main();
