import type http from 'node:http';
import { BreakerState, FailureKind, UpstreamFailure } from '../../src/upstream';
import {
  answer,
  event,
  type Hit,
  json,
  legacyHandshake,
  modernDiscovery,
  RawServer,
  toolCall,
  upstreamOf,
} from './raw-server';

let server: RawServer;

beforeEach(async () => {
  server = await new RawServer().start();
});

async function failureOf(promise: Promise<unknown>): Promise<UpstreamFailure> {
  const error = await promise.then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpstreamFailure)) throw error;
  expect(error.message).not.toContain('127.0.0.1');
  return error;
}

/** What a server of the newer era does with a tool call. */
async function callMeets(
  behave: (response: http.ServerResponse, id: unknown) => void,
  timeoutMs = 5_000,
): Promise<UpstreamFailure> {
  server.behave = (hit, response) => {
    if (!modernDiscovery(hit, response)) behave(response, hit.body.id);
  };
  const upstream = upstreamOf(`${server.origin}/mcp`, { timeoutMs });
  return failureOf(upstream.send(toolCall()));
}

const JSON_TYPE = { 'content-type': 'application/json' };
const SSE_TYPE = { 'content-type': 'text/event-stream' };

describe('answers that the protocol does not allow', () => {
  const cases: { readonly [what: string]: (response: http.ServerResponse, id: unknown) => void } = {
    'no JSON': (response) => response.writeHead(200, JSON_TYPE).end('<html>'),
    'not JSON-RPC': (response, id) => json(response, 200, { id, result: {} }),
    'another id': (response) => json(response, 200, { jsonrpc: '2.0', id: 4711, result: {} }),
    'the id as a text': (response, id) => json(response, 200, { jsonrpc: '2.0', id: String(id), result: {} }),
    'a result that is no object': (response, id) => json(response, 200, { jsonrpc: '2.0', id, result: 'done' }),
    'neither result nor error': (response, id) => json(response, 200, { jsonrpc: '2.0', id }),
    'result and error': (response, id) =>
      json(response, 200, { jsonrpc: '2.0', id, result: {}, error: { code: 1, message: 'x' } }),
    'another content type': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('{}'),
    'no content type': (response, id) =>
      response.writeHead(200).end(JSON.stringify({ jsonrpc: '2.0', id, result: {} })),
    // Good answers but for this one thing, which alone is why they are refused.
    'a redirect': (response, id) => {
      const headers = { ...JSON_TYPE, location: 'http://169.254.169.254/' };
      response.writeHead(307, headers).end(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
    },
    'a body that says it is compressed': (response, id) => {
      const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
      response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
    },
    'a body longer than 16 MiB': (response) => {
      response.writeHead(200, JSON_TYPE);
      const chunk = Buffer.alloc(1024 * 1024, 0x20);
      for (let sent = 0; sent < 17; sent++) response.write(chunk);
      response.end();
    },
    'an announced length beyond 16 MiB': (response) =>
      void response.writeHead(200, { ...JSON_TYPE, 'content-length': 17 * 1024 * 1024 }).write('{'),
    'an event longer than 16 MiB': (response) => {
      response.writeHead(200, SSE_TYPE);
      response.write('data: ');
      const chunk = Buffer.alloc(1024 * 1024, 0x61);
      for (let sent = 0; sent < 17; sent++) response.write(chunk);
    },
    'a stream that ends before the answer': (response) =>
      response.writeHead(200, SSE_TYPE).end(event({ jsonrpc: '2.0', method: 'notifications/message', params: {} })),
    'an error status without JSON-RPC': (response) =>
      response.writeHead(500, { 'content-type': 'text/html' }).end('no'),
    'more header bytes than a header has': (response) =>
      response.writeHead(200, { 'x-long': 'a'.repeat(40_000) }).end(),
  };

  it.each(Object.entries(cases))('%s', async (_, behave) => {
    expect((await callMeets(behave)).kind).toBe(FailureKind.BROKEN_ANSWER);
  });
});

describe('servers that fail', () => {
  it('dies before it answers', async () => {
    const failure = await callMeets((response) => response.socket?.destroy());
    expect(failure).toMatchObject({ kind: FailureKind.UNREACHABLE });
  });

  it('dies in the middle of its answer', async () => {
    const failure = await callMeets((response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': 1_000 });
      response.write('{"jsonrpc":');
      setTimeout(() => response.socket?.destroy(), 20);
    });
    expect(failure.kind).toBe(FailureKind.UNREACHABLE);
  });

  it('announces less than it sends', async () => {
    const failure = await callMeets((response, id) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id, result: {} });
      response.socket?.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n${body}`);
    });
    expect([FailureKind.BROKEN_ANSWER, FailureKind.UNREACHABLE]).toContain(failure.kind);
  });

  it('announces more than it sends, and hangs', async () => {
    const failure = await callMeets((response, id) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': 1_000 });
      response.write(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
    }, 150);
    expect(failure.kind).toBe(FailureKind.TIMEOUT);
  });

  it('never answers', async () => {
    expect((await callMeets(() => {}, 150)).kind).toBe(FailureKind.TIMEOUT);
  });

  it('does not speak HTTP', async () => {
    const failure = await callMeets((response) => response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n'));
    expect(failure.kind).toBe(FailureKind.BROKEN_ANSWER);
  });

  it('is not there', async () => {
    const { origin } = server;
    const upstream = upstreamOf(`${origin}/mcp`);
    await server.stop();
    expect(await failureOf(upstream.send(toolCall()))).toMatchObject({ kind: FailureKind.UNREACHABLE });
  });

  it.each([
    [401, FailureKind.CREDENTIAL_REFUSED],
    [403, FailureKind.CREDENTIAL_REFUSED],
    [429, FailureKind.BUSY],
    [503, FailureKind.UNREACHABLE],
  ])('status %d is %s', async (status, kind) => {
    expect((await callMeets((response) => response.writeHead(status).end())).kind).toBe(kind);
  });

  it('errors of the newer era keep their code, whatever the status', async () => {
    server.behave = (hit, response) => {
      if (modernDiscovery(hit, response)) return;
      json(response, 400, { jsonrpc: '2.0', id: hit.body.id, error: { code: -32020, message: 'Header mismatch' } });
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    expect(await upstream.send(toolCall())).toEqual({ error: { code: -32020, message: 'Header mismatch' } });
  });
});

describe('a discovery that nobody waits for any more ends at once', () => {
  it.each<[string, (hit: Hit, response: http.ServerResponse) => unknown]>([
    ['though the server says nothing', () => {}],
    ['in a handshake', (hit, response) => hit.body.method !== 'initialize' && legacyHandshake(hit, response)],
    ['in a list', (hit, response) => hit.body.method !== 'tools/list' && modernDiscovery(hit, response)],
  ])('%s', async (_, behave) => {
    server.behave = (hit, response) => void behave(hit, response);
    const upstream = upstreamOf(`${server.origin}/mcp`);
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(), 100);
    expect((await failureOf(upstream.discover(leaving.signal))).kind).toBe(FailureKind.CANCELLED);
    expect(upstream.breakerState).toBe(BreakerState.CLOSED);
  });
});

describe('limits', () => {
  it('at most max_concurrency calls at once, as many wait, the next is refused at once', async () => {
    const open: (() => void)[] = [];
    server.behave = (hit, response) => {
      if (!modernDiscovery(hit, response)) open.push(() => answer(response, hit, {}));
    };
    const upstream = upstreamOf(`${server.origin}/mcp`, { maxConcurrency: 2 });
    await upstream.discover(new AbortController().signal);
    const calls = [1, 2, 3, 4].map(() => upstream.send(toolCall()));
    expect((await failureOf(upstream.send(toolCall()))).kind).toBe(FailureKind.BUSY);
    while (server.count('tools/call') < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(server.count('tools/call')).toBe(2);
    for (let done = 0; done < 4; done++) {
      while (!open[done]) await new Promise((resolve) => setTimeout(resolve, 5));
      open[done]?.();
    }
    expect(await Promise.all(calls)).toHaveLength(4);
  });

  it('a caller who leaves the queue makes room and never reaches the server', async () => {
    server.behave = (hit, response) => void modernDiscovery(hit, response);
    const upstream = upstreamOf(`${server.origin}/mcp`, { maxConcurrency: 1 });
    await upstream.discover(new AbortController().signal);
    const first = upstream.send(toolCall()).catch(() => {});
    const leaving = new AbortController();
    const second = failureOf(upstream.send(toolCall('left', { signal: leaving.signal })));
    leaving.abort();
    expect((await second).kind).toBe(FailureKind.CANCELLED);
    const third = failureOf(upstream.send(toolCall('closed')));
    await upstream.close();
    await first;
    expect((await third).kind).toBe(FailureKind.UNREACHABLE);
    expect(server.hits.map(({ body }) => (body.params as { name?: string }).name)).not.toContain('left');
  });

  it('the breaker opens after five lost calls, and the server is left alone', async () => {
    let dead = false;
    server.behave = (hit, response) => {
      if (dead) response.socket?.destroy();
      else if (!modernDiscovery(hit, response)) answer(response, hit, {});
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await upstream.discover(new AbortController().signal);
    dead = true;
    for (let lost = 0; lost < 5; lost++) {
      expect((await failureOf(upstream.send(toolCall()))).kind).toBe(FailureKind.UNREACHABLE);
    }
    expect(upstream.breakerState).toBe(BreakerState.OPEN);
    const before = server.hits.length;
    expect(await failureOf(upstream.send(toolCall()))).toMatchObject({ kind: FailureKind.CIRCUIT_OPEN });
    expect(server.hits).toHaveLength(before);
  });

  it('errors and slow tools of a server that answers do not open the breaker', async () => {
    server.behave = (hit, response) => {
      if (modernDiscovery(hit, response)) return;
      response.writeHead(200, SSE_TYPE).write(': working\n\n');
    };
    const upstream = upstreamOf(`${server.origin}/mcp`, { timeoutMs: 100 });
    for (let slow = 0; slow < 6; slow++) {
      expect((await failureOf(upstream.send(toolCall()))).kind).toBe(FailureKind.TIMEOUT);
    }
    expect(upstream.breakerState).toBe(BreakerState.CLOSED);
  });
});

describe('cancellation', () => {
  it('newer era: the connection is closed', async () => {
    const closed = new Promise<void>((resolve) => {
      server.behave = (hit, response) => {
        if (!modernDiscovery(hit, response)) response.on('close', resolve);
      };
    });
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await upstream.discover(new AbortController().signal);
    const leaving = new AbortController();
    const call = failureOf(upstream.send(toolCall('slow', { signal: leaving.signal })));
    while (server.count('tools/call') < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    leaving.abort();
    expect((await call).kind).toBe(FailureKind.CANCELLED);
    await closed;
  });

  it('older versions: it is told, with the id of the request on the wire', async () => {
    server.behave = (hit, response) => void legacyHandshake(hit, response, 'session-1');
    const upstream = upstreamOf(`${server.origin}/mcp`);
    const leaving = new AbortController();
    const call = failureOf(upstream.send(toolCall('slow', { signal: leaving.signal })));
    while (server.count('tools/call') < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    leaving.abort();
    expect((await call).kind).toBe(FailureKind.CANCELLED);
    while (server.count('notifications/cancelled') < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const told = server.hits.find(({ body }) => body.method === 'notifications/cancelled');
    const sent = server.hits.find(({ body }) => body.method === 'tools/call');
    expect(told?.body.params).toEqual({ requestId: sent?.body.id });
  });
});

it('a server that says anything in the middle of the try is back for everybody', async () => {
  const now = performance.now.bind(performance);
  let later = 0;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + later);
  let release = () => {};
  server.behave = (hit, response) => {
    if (!modernDiscovery(hit, response)) response.destroy();
  };
  const upstream = upstreamOf(`${server.origin}/mcp`);
  try {
    for (let lost = 0; lost < 5; lost++) await failureOf(upstream.send(toolCall()));
    expect(upstream.breakerState).toBe(BreakerState.OPEN);
    later = 5_001;
    server.behave = (hit, response) => {
      const { id } = hit.body;
      response.writeHead(200, SSE_TYPE).write(event({ jsonrpc: '2.0', method: 'notifications/message', params: {} }));
      release = () => response.end(event({ jsonrpc: '2.0', id, result: {} }));
    };
    let slow: Promise<unknown> | undefined;
    await new Promise<void>((heard) => {
      slow = upstream.send(toolCall('slow', { onMessage: () => heard() }));
    });
    expect(upstream.breakerState).toBe(BreakerState.CLOSED);
    release();
    await slow;
  } finally {
    clock.mockRestore();
  }
});
