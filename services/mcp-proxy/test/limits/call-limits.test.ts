import { Registry } from 'prom-client';
import { createLogger, LogLevel } from '../../../runtime/log';
import { CallerProof } from '../../src/identity/caller';
import { createCallLimits } from '../../src/limits/call-limits';

const lines: string[] = [];
const log = createLogger({ service: 'test', level: LogLevel.INFO, stream: { write: (line) => lines.push(line) } });
const tenant = (tenantId: string, perUserPerMinute?: number) => ({
  tenantId,
  displayName: tenantId,
  rateLimit: perUserPerMinute === undefined ? undefined : { perUserPerMinute },
});
const user = (userId: string, role = 'user') => ({
  userId,
  email: `${userId}@company.com`,
  groups: [],
  role,
  proof: CallerProof.OPEN_WEBUI_TOKEN,
});

describe('the limits on calls', () => {
  it('hold for each user of a tenant, administrators too', async () => {
    const limits = await createCallLimits({ log, registry: new Registry() });
    const take = (tenantId: string, userId: string, role?: string) =>
      limits.take(tenant(tenantId, 2), user(userId, role));
    expect([take('google', 'alice'), take('google', 'alice')]).toEqual(
      Array(2).fill({ allowed: true, retryAfterSeconds: 0 }),
    );
    expect(take('google', 'alice')).toMatchObject({ allowed: false });
    expect(take('google', 'bob')).toMatchObject({ allowed: true });
    expect(take('github', 'alice')).toMatchObject({ allowed: true });
    for (let call = 0; call < 2; call++) expect(take('google', 'root', 'admin')).toMatchObject({ allowed: true });
    expect(take('google', 'root', 'admin')).toMatchObject({ allowed: false });
  });

  it('are none for a tenant without one, which is not even counted', async () => {
    const limits = await createCallLimits({ log, registry: new Registry() });
    for (let call = 0; call < 10_000; call++) {
      expect(limits.take(tenant('google'), user('alice'))).toEqual({ allowed: true, retryAfterSeconds: 0 });
    }
  });

  it('follow a new number at once', async () => {
    const limits = await createCallLimits({ log, registry: new Registry() });
    limits.take(tenant('google', 1), user('alice'));
    expect(limits.take(tenant('google', 1), user('alice'))).toMatchObject({ allowed: false });
    expect(limits.take(tenant('google', 2), user('alice'))).toMatchObject({ allowed: true });
  });

  it('hold in each replica while Redis is away, which the log says once and a metric shows', async () => {
    const registry = new Registry();
    const limits = await createCallLimits({ redisUrl: 'redis://:hunter2@127.0.0.1:9/0', log, registry });
    const verdicts = [];
    for (let call = 0; call < 5; call++) verdicts.push(await limits.take(tenant('google', 3), user('alice')));
    expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
    while ((await registry.getSingleMetric('mcp_proxy_shared_rate_limits')?.get())?.values[0].value !== 0) {
      await new Promise((again) => setTimeout(again, 5));
    }
    expect(lines.filter((line) => line.includes('Redis does not answer'))).toHaveLength(1);
    expect(lines.join('')).not.toContain('hunter2');
    await limits.close();
  });
});
