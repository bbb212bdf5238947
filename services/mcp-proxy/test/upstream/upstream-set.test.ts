import { type FailureKind, UpstreamSet } from '../../src/upstream';
import { answer, type Hit, modernDiscovery, RawServer, tenantOf, toolCall } from './raw-server';

let server: RawServer;
let set: UpstreamSet;
const ended: [string, 'ok' | 'error' | FailureKind][] = [];

beforeEach(async () => {
  server = await new RawServer().start();
  ended.length = 0;
  const callEnded = (id: string, outcome: 'ok' | 'error' | FailureKind) => void ended.push([id, outcome]);
  set = new UpstreamSet({ credential: () => undefined, hooks: { callEnded } });
});

afterEach(() => set.close());

const tenant = (tenantId: string, more = {}) => tenantOf(`${server.origin}/mcp`, { tenantId, ...more });

describe('a new generation of tenants', () => {
  it('a tenant that is reached as before keeps its upstream, whoever may use it', () => {
    expect(set.update([tenant('a'), tenant('b')])).toEqual(['a', 'b']);
    const [a, b] = [set.get('a'), set.get('b')];
    expect(set.update([tenant('a', { allowedUsers: ['*@other.com'] }), tenant('b', { timeoutMs: 500 })])).toEqual([
      'b',
    ]);
    expect(set.get('a')).toBe(a);
    expect(set.get('b')).not.toBe(b);
  });

  it('a disabled tenant has no upstream', () => {
    set.update([tenant('a', { enabled: false })]);
    expect([set.ids(), set.get('a')]).toEqual([[], undefined]);
  });

  it('a call that runs when its tenant is removed is answered; the next one is not taken', async () => {
    const waiting = new Promise<() => void>((resolve) => {
      server.behave = (hit, response) => {
        if (!modernDiscovery(hit, response)) resolve(() => answer(response, hit, { done: true }));
      };
    });
    set.update([tenant('a')]);
    const upstream = set.get('a');
    const running = upstream?.send(toolCall());
    const release = await waiting;
    set.update([]);
    expect(set.get('a')).toBeUndefined();
    await expect(upstream?.send(toolCall())).rejects.toMatchObject({ kind: 'unreachable' });
    release();
    expect(await running).toMatchObject({ result: { done: true } });
  });
});

describe('tenants beside each other', () => {
  it('one that hangs and one that is gone slow no other, though they share a server', async () => {
    const slow: Hit[] = [];
    server.behave = (hit, response) => {
      if (hit.path.includes('slow')) slow.push(hit);
      else if (!modernDiscovery(hit, response)) answer(response, hit, {});
    };
    const gone = tenantOf('http://127.0.0.1:1/mcp', { tenantId: 'gone' });
    set.update([tenantOf(`${server.origin}/slow`, { tenantId: 'slow', maxConcurrency: 1 }), gone, tenant('b')]);
    const hanging = [1, 2].map(() =>
      set
        .get('slow')
        ?.send(toolCall())
        .catch(() => {}),
    );
    for (let lost = 0; lost < 5; lost++)
      await set
        .get('gone')
        ?.send(toolCall())
        .catch(() => {});
    for (let call = 0; call < 20; call++) expect(await set.get('b')?.send(toolCall())).toMatchObject({ result: {} });
    expect([set.breakerState('gone'), set.breakerState('b')]).toEqual(['open', 'closed']);
    expect(slow).toHaveLength(1);
    await set.close();
    await Promise.all(hanging);
  });

  it('every call is told to the hooks, with how it ended', async () => {
    server.behave = (hit, response) => {
      if (modernDiscovery(hit, response)) return;
      const { name } = hit.body.params as { name: string };
      if (name === 'dies') response.socket?.destroy();
      else answer(response, hit, {});
    };
    set.update([tenant('a')]);
    await set.get('a')?.send(toolCall('echo'));
    await set
      .get('a')
      ?.send(toolCall('dies'))
      .catch(() => {});
    expect(ended).toEqual([
      ['a', 'ok'],
      ['a', 'unreachable'],
    ]);
  });
});
