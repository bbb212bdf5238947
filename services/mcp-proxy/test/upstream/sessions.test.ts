import type http from 'node:http';
import { McpProtocol } from '../../../../constructs/tenants';
import { ProtocolEra, type UpstreamMessage } from '../../src/upstream';
import { answer, event, type Hit, json, legacyHandshake, RawServer, toolCall, upstreamOf } from './raw-server';

let server: RawServer;

beforeEach(async () => {
  server = await new RawServer().start();
});

/** A server that hands out session ids and knows only those that it has not forgotten. */
function withSessions(refuse: (response: http.ServerResponse, hit: Hit) => void, run = answered) {
  const known = new Set<string>();
  let opened = 0;
  server.behave = (hit, response) => {
    if (hit.body.method === 'initialize') {
      opened += 1;
      known.add(`session-${opened}`);
    }
    if (legacyHandshake(hit, response, `session-${opened}`)) return;
    if (known.has(String(hit.headers['mcp-session-id']))) run(response, hit);
    else refuse(response, hit);
  };
  return known;
}

const answered = (response: http.ServerResponse, hit: Hit) =>
  answer(response, hit, { content: [], session: hit.headers['mcp-session-id'] });
const notFound = (response: http.ServerResponse) => response.writeHead(404).end();
const badRequest = (response: http.ServerResponse) =>
  json(response, 400, {
    jsonrpc: '2.0',
    id: null,
    error: { code: -32000, message: 'Bad Request: No valid session ID' },
  });

const sessionOf = (result: unknown) => (result as { result: { session: string } }).result.session;

describe('a session of the older versions', () => {
  it('is opened once and kept, with the version that was agreed on', async () => {
    withSessions(notFound);
    const upstream = upstreamOf(`${server.origin}/mcp`);
    for (let call = 0; call < 3; call++) expect(sessionOf(await upstream.send(toolCall()))).toBe('session-1');
    expect(server.count('initialize')).toBe(1);
    expect(server.count('server/discover')).toBe(1);
    const calls = server.hits.filter(({ body }) => body.method === 'tools/call');
    expect(calls.map(({ headers }) => headers['mcp-protocol-version'])).toEqual(Array(3).fill('2025-11-25'));
    await upstream.close();
    const ended = server.hits.filter(({ method }) => method === 'DELETE');
    expect(ended.map(({ headers }) => headers['mcp-session-id'])).toEqual(['session-1']);
  });

  it.each([
    ['404', notFound],
    ['400 that names the session', badRequest],
  ])('forgotten by the server (%s): opened anew, and the call is sent again once', async (_, refuse) => {
    const known = withSessions(refuse);
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await upstream.send(toolCall());
    known.clear();
    expect(sessionOf(await upstream.send(toolCall()))).toBe('session-2');
    expect(server.count('tools/call')).toBe(3);
  });

  it('forgotten again and again: one retry, then a failure', async () => {
    const known = withSessions(notFound);
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await upstream.send(toolCall());
    const before = server.count('tools/call');
    const { behave } = server;
    server.behave = (hit, response, socket) => {
      if (hit.body.method === 'tools/call') known.clear();
      behave(hit, response, socket);
    };
    await expect(upstream.send(toolCall())).rejects.toMatchObject({ kind: 'broken-answer' });
    expect(server.count('tools/call')).toBe(before + 2);
  });

  it('a connection that is lost is no forgotten session: nothing is sent twice', async () => {
    withSessions(notFound, (response) => response.socket?.destroy());
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await expect(upstream.send(toolCall())).rejects.toMatchObject({ kind: 'unreachable' });
    expect(server.count('tools/call')).toBe(1);
  });

  it('is one for each user, and for each set of capabilities', async () => {
    withSessions(notFound);
    const upstream = upstreamOf(`${server.origin}/mcp`);
    const alice = { sessionKey: 'a' };
    const asking = { ...alice, clientCapabilities: { elicitation: {} } };
    const sessions = [];
    for (const who of [alice, { sessionKey: 'b' }, asking, alice, asking]) {
      sessions.push(sessionOf(await upstream.send(toolCall('echo', who))));
    }
    expect(new Set(sessions.slice(0, 3)).size).toBe(3);
    expect(sessions.slice(3)).toEqual([sessions[0], sessions[2]]);
    const declared = server.hits.filter(({ body }) => body.method === 'initialize');
    expect(declared.map(({ body }) => (body.params as { capabilities: unknown }).capabilities)).toContainEqual({
      elicitation: {},
    });
    expect(JSON.stringify(server.hits.map(({ headers, body }) => [headers, body]))).not.toContain('"a"');
  });

  it('is not one for each thing that a client makes up about itself', async () => {
    withSessions(notFound);
    const upstream = upstreamOf(`${server.origin}/mcp`);
    const sessions = [];
    for (const made of ['one', 'two']) {
      const clientCapabilities = { elicitation: { form: {} }, experimental: { [made]: 'x'.repeat(1000) } };
      sessions.push(sessionOf(await upstream.send(toolCall('echo', { sessionKey: 'a', clientCapabilities }))));
    }
    expect(sessions[1]).toBe(sessions[0]);
    const declared = server.hits.filter(({ body }) => body.method === 'initialize').map(({ body }) => body.params);
    expect(declared[1]).toMatchObject({ capabilities: { elicitation: { form: {} } } });
    expect(JSON.stringify(declared)).not.toContain('experimental');
  });

  it('that is gone when a broken stream is taken up: the call is not run a second time', async () => {
    withSessions(notFound, (response, hit) => {
      if (hit.method === 'GET') notFound(response);
      else {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('id: 1\nretry: 10\ndata:\n\n', () => response.socket?.destroy());
      }
    });
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await expect(upstream.send(toolCall())).rejects.toMatchObject({ kind: 'broken-answer' });
    expect(server.count('tools/call')).toBe(1);
  });

  it('a server without session ids is introduced to once for all', async () => {
    server.behave = (hit, response) => {
      if (!legacyHandshake(hit, response)) answer(response, hit, {});
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    for (const sessionKey of ['a', 'b', 'c']) await upstream.send(toolCall('echo', { sessionKey }));
    expect(server.count('initialize')).toBe(1);
  });

  it('a session id that would be no header is refused', async () => {
    server.behave = (hit, response) => {
      if (hit.body.method === 'initialize') response.setHeader('mcp-session-id', 'with space');
      if (!legacyHandshake(hit, response)) answer(response, hit, {});
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await expect(upstream.send(toolCall())).rejects.toMatchObject({ kind: 'broken-answer' });
  });

  it('a server that begins to hand out sessions is introduced to again by itself', async () => {
    server.behave = (hit, response) => {
      if (!legacyHandshake(hit, response)) answer(response, hit, {});
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await upstream.send(toolCall());
    withSessions(badRequest);
    await expect(upstream.send(toolCall())).rejects.toMatchObject({ kind: 'broken-answer' });
    expect(sessionOf(await upstream.send(toolCall()))).toBe('session-1');
  });

  it('a missing credential is a failure like any other, over HTTP+SSE too', async () => {
    const more = { protocol: McpProtocol.SSE, credential: { key: 'KEY' } };
    const upstream = upstreamOf(`${server.origin}/sse`, more);
    await expect(upstream.send(toolCall())).rejects.toMatchObject({ kind: 'credential-missing' });
    await new Promise(setImmediate);
  });

  it('an upgrade of the server to the newer era is found out by itself', async () => {
    withSessions(notFound);
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await upstream.send(toolCall());
    server.behave = (hit, response) => {
      if (hit.headers['mcp-protocol-version'] !== '2026-07-28') {
        json(response, 400, { jsonrpc: '2.0', id: null, error: { code: -32022, message: 'Unsupported' } });
      } else if (hit.body.method === 'server/discover') {
        answer(response, hit, { supportedVersions: ['2026-07-28'], capabilities: {} });
      } else answer(response, hit, { newer: true });
    };
    await expect(upstream.send(toolCall())).rejects.toMatchObject({ kind: 'broken-answer' });
    expect(await upstream.send(toolCall())).toMatchObject({ result: { newer: true } });
  });
});

describe('a session over HTTP+SSE', () => {
  /** A server that answers `tools/call` as the test says; gives the streams that are open. */
  function overSse(refuse: (response: http.ServerResponse, hit: Hit) => void) {
    const open = new Set<http.ServerResponse>();
    server.behave = (hit, response) => {
      if (hit.method === 'GET') {
        open.add(response);
        response.on('close', () => open.delete(response));
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('event: endpoint\ndata: /messages\n\n');
        return;
      }
      if (hit.body.method === 'tools/call') return refuse(response, hit);
      response.writeHead(202).end();
      if (hit.body.method !== 'initialize') return;
      const result = { protocolVersion: '2024-11-05', capabilities: { tools: {} }, serverInfo: { name: 'raw' } };
      const [last] = [...open].slice(-1);
      last?.write(`event: message\n${event({ jsonrpc: '2.0', id: hit.body.id, result })}`);
    };
    return open;
  }

  it('that the server lost leaves no stream open', async () => {
    const open = overSse(notFound);
    const upstream = upstreamOf(`${server.origin}/sse`, { protocol: McpProtocol.SSE });
    for (let call = 0; call < 3; call++) {
      await expect(upstream.send(toolCall('echo', { sessionKey: 'a' }))).rejects.toMatchObject({
        kind: 'broken-answer',
      });
    }
    while (open.size > 1) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(server.count('tools/call')).toBe(6);
  });

  it('outlives a request that the server refuses', async () => {
    const open = overSse((response, { body }) => {
      json(response, 400, { jsonrpc: '2.0', id: body.id, error: { code: -32602, message: 'Unknown parameter' } });
    });
    const upstream = upstreamOf(`${server.origin}/sse`, { protocol: McpProtocol.SSE });
    for (let call = 0; call < 2; call++) {
      const answered = await upstream.send(toolCall('echo', { sessionKey: 'a' }));
      expect(answered).toEqual({ error: { code: -32602, message: 'Unknown parameter' } });
    }
    expect(server.count('tools/call')).toBe(2);
    expect(open.size).toBe(2);
  });
});

describe('messages during a call', () => {
  const stream = (response: http.ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });

  it('arrive as they are sent; progress carries the own token on the wire and the caller’s here', async () => {
    let release = () => {};
    server.behave = (hit, response) => {
      if (legacyHandshake(hit, response, 's')) return;
      const { id, params } = hit.body as { id: number; params: { _meta: { progressToken: unknown } } };
      const { progressToken } = params._meta;
      expect(progressToken).not.toBe('mine');
      stream(response);
      const progress = (token: unknown, done: number) =>
        event({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: token, progress: done } });
      response.write(progress(progressToken, 1) + progress('of another', 2));
      release = () => response.end(event({ jsonrpc: '2.0', id, result: { done: true } }));
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    const got: UpstreamMessage[] = [];
    const first = new Promise<void>((resolve) => {
      const call = upstream.send(
        toolCall('slow', {
          meta: { progressToken: 'mine' },
          onMessage: (message) => {
            got.push(message);
            resolve();
          },
        }),
      );
      void call.then((value) => got.push(value as never));
    });
    await first;
    expect(got).toEqual([{ method: 'notifications/progress', params: { progressToken: 'mine', progress: 1 } }]);
    release();
    while (got.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(got[1]).toMatchObject({ result: { done: true } });
  });

  it('questions of two sessions with the same id are told apart, and answered where they came from', async () => {
    const waiting = new Map<string, (text: string) => void>();
    let opened = 0;
    server.behave = (hit, response) => {
      if (hit.body.method === 'initialize') opened += 1;
      if (legacyHandshake(hit, response, `session-${opened}`)) return;
      const session = String(hit.headers['mcp-session-id']);
      if (hit.body.method === 'tools/call') {
        stream(response).write(event({ jsonrpc: '2.0', id: 0, method: 'elicitation/create', params: { session } }));
        waiting.set(session, (text) => response.end(event({ jsonrpc: '2.0', id: hit.body.id, result: { text } })));
        return;
      }
      expect(hit.body.id).toBe(0);
      response.writeHead(202).end();
      waiting.get(session)?.(JSON.stringify(hit.body.result));
    };
    const upstream = upstreamOf(`${server.origin}/mcp`, { timeoutMs: 5_000 });
    const ask = (who: string) =>
      upstream.send(
        toolCall('ask', {
          sessionKey: who,
          onMessage: ({ id }) => void setTimeout(() => upstream.reply(id ?? '', { result: { from: who } }), 20),
        }),
      );
    const [alice, bob] = await Promise.all([ask('alice'), ask('bob')]);
    expect(alice).toMatchObject({ result: { text: '{"from":"alice"}' } });
    expect(bob).toMatchObject({ result: { text: '{"from":"bob"}' } });
  });

  it('the time stands still while a person is asked, and an answer after the call goes nowhere', async () => {
    server.behave = (hit, response) => {
      if (legacyHandshake(hit, response, 's')) return;
      if (hit.body.method === 'tools/call') {
        const { id } = hit.body;
        stream(response).write(event({ jsonrpc: '2.0', id: 'q', method: 'elicitation/create' }));
        server.behave = (reply, answering) => {
          if (legacyHandshake(reply, answering)) return;
          answering.writeHead(202).end();
          response.end(event({ jsonrpc: '2.0', id, result: { heard: true } }));
        };
      }
    };
    const upstream = upstreamOf(`${server.origin}/mcp`, { timeoutMs: 200 });
    let question: string | number = '';
    const answer = await upstream.send(
      toolCall('ask', {
        onMessage: ({ id = '' }) => {
          question = id;
          setTimeout(() => void upstream.reply(id, { result: {} }), 400);
        },
      }),
    );
    expect(answer).toMatchObject({ result: { heard: true } });
    const before = server.hits.length;
    await upstream.reply(question, { result: {} });
    expect(server.hits).toHaveLength(before);
  });

  it('a question on the stream of the session reaches the call of that session, and of no other', async () => {
    const streams = new Map<string, http.ServerResponse>();
    const calls = new Map<string, () => void>();
    let opened = 0;
    server.behave = (hit, response) => {
      if (hit.body.method === 'initialize') opened += 1;
      if (legacyHandshake(hit, response, `session-${opened}`)) return;
      const session = String(hit.headers['mcp-session-id']);
      if (hit.method === 'GET') streams.set(session, stream(response).flushHeaders() ?? response);
      else if (hit.body.method === 'tools/call') {
        calls.set(session, () => answer(response, hit, { session }));
        // As the SDK does: what finds no open stream is lost.
        streams
          .get(session)
          ?.write(event({ jsonrpc: '2.0', id: 0, method: 'elicitation/create', params: { session } }));
      } else {
        response.writeHead(202).end();
        calls.get(session)?.();
      }
    };
    const upstream = upstreamOf(`${server.origin}/mcp`, { timeoutMs: 3_000 });
    const asked: [string, unknown][] = [];
    const ask = (who: string) =>
      upstream.send(
        toolCall('ask', {
          sessionKey: who,
          clientCapabilities: { elicitation: {} },
          onMessage: ({ id, params }) => {
            asked.push([who, params?.session]);
            void upstream.reply(id ?? '', { result: {} });
          },
        }),
      );
    const answers = await Promise.all([ask('alice'), ask('bob'), ask('carol')]);
    expect(new Map(asked)).toEqual(new Map(['alice', 'bob', 'carol'].map((who, n) => [who, sessionOf(answers[n])])));
  });

  it('a server that refuses the stream is asked for it once, not once for each session', async () => {
    let opened = 0;
    server.behave = (hit, response) => {
      if (hit.body.method === 'initialize') opened += 1;
      if (legacyHandshake(hit, response, `session-${opened}`)) return;
      if (hit.method === 'GET') response.writeHead(405).end();
      else answer(response, hit, { content: [] });
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    for (const sessionKey of ['alice', 'bob', 'carol']) {
      await upstream.send(
        toolCall('ask', { sessionKey, clientCapabilities: { elicitation: {} }, onMessage: () => {} }),
      );
    }
    expect(server.count('initialize')).toBe(4);
    expect(server.hits.filter(({ method }) => method === 'GET')).toHaveLength(1);
  });

  it('an open question takes no place of another call, and its answer none either', async () => {
    server.behave = (hit, response) => {
      if (legacyHandshake(hit, response, 's')) return;
      if (hit.body.method !== 'tools/call') {
        response.writeHead(202).end();
        return;
      }
      const { name } = hit.body.params as { name: string };
      if (name === 'ask') {
        stream(response).write(event({ jsonrpc: '2.0', id: 'q', method: 'elicitation/create' }));
        server.behave = (later, answering) => {
          if (legacyHandshake(later, answering)) return;
          if (later.body.method === 'tools/call') answer(answering, later, {});
          else {
            answering.writeHead(202).end();
            response.end(event({ jsonrpc: '2.0', id: hit.body.id, result: { asked: true } }));
          }
        };
      }
    };
    const upstream = upstreamOf(`${server.origin}/mcp`, { maxConcurrency: 1 });
    let ask = (_: string | number) => {};
    const asked = new Promise<string | number>((resolve) => {
      ask = resolve;
    });
    const waiting = upstream.send(toolCall('ask', { onMessage: ({ id = '' }) => ask(id) }));
    const question = await asked;
    for (let call = 0; call < 3; call++) expect(await upstream.send(toolCall())).toMatchObject({ result: {} });
    await upstream.reply(question, { result: {} });
    expect(await waiting).toMatchObject({ result: { asked: true } });
    for (let call = 0; call < 3; call++) expect(await upstream.send(toolCall())).toMatchObject({ result: {} });
  });

  it('ping is answered here, and a question that nobody can be asked is refused', async () => {
    const replies: unknown[] = [];
    server.behave = (hit, response) => {
      if (legacyHandshake(hit, response, 's')) return;
      if (hit.body.method === 'tools/call') {
        stream(response);
        response.write(event({ jsonrpc: '2.0', id: 1, method: 'ping' }));
        response.write(event({ jsonrpc: '2.0', id: 2, method: 'sampling/createMessage' }));
        const end = setInterval(() => {
          if (replies.length < 2) return;
          clearInterval(end);
          response.end(event({ jsonrpc: '2.0', id: hit.body.id, result: {} }));
        }, 5);
        return;
      }
      replies.push(hit.body);
      response.writeHead(202).end();
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    await upstream.send(toolCall());
    expect(replies).toContainEqual({ jsonrpc: '2.0', id: 1, result: {} });
    expect(replies).toContainEqual(
      expect.objectContaining({ id: 2, error: expect.objectContaining({ code: -32601 }) }),
    );
  });

  it('a stream that was broken off with an event id is taken up again', async () => {
    server.behave = (hit, response) => {
      if (legacyHandshake(hit, response, 's')) return;
      stream(response);
      if (hit.body.method === 'tools/call') {
        response.end('retry: 10\nid: event-7\ndata:\n\n');
        server.behave = (again, resumed) => {
          if (legacyHandshake(again, resumed)) return;
          expect([again.method, again.headers['last-event-id']]).toEqual(['GET', 'event-7']);
          stream(resumed).end(event({ jsonrpc: '2.0', id: hit.body.id, result: { late: true } }));
        };
      }
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    expect(await upstream.send(toolCall())).toMatchObject({ result: { late: true } });
  });

  it('a changed list is told to the gateway, not to the caller', async () => {
    server.behave = (hit, response) => {
      if (legacyHandshake(hit, response)) return;
      stream(response).end(
        event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }) +
          event({ jsonrpc: '2.0', id: hit.body.id, result: {} }),
      );
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    const onListChanged = jest.fn();
    const onMessage = jest.fn();
    upstream.onListChanged = onListChanged;
    await upstream.send(toolCall('echo', { onMessage }));
    expect(onListChanged).toHaveBeenCalledTimes(1);
    expect(onMessage).not.toHaveBeenCalled();
  });
});

describe('servers of both eras', () => {
  /** It says nothing of its older versions, as the SDK's servers do not. */
  function ofBothEras(hasOlder: boolean) {
    server.behave = (hit, response) => {
      const modern = hit.headers['mcp-protocol-version'] === '2026-07-28';
      if (modern && hit.body.method === 'server/discover') {
        answer(response, hit, { supportedVersions: ['2026-07-28'], capabilities: {} });
      } else if (modern) answer(response, hit, { era: 'modern' });
      else if (!hasOlder) json(response, 400, { jsonrpc: '2.0', id: null, error: { code: -32022, message: 'no' } });
      else if (!legacyHandshake(hit, response, 's')) answer(response, hit, { era: 'legacy' });
    };
  }

  const eras = async (upstream: ReturnType<typeof upstreamOf>) => {
    const answers = [];
    for (const era of [ProtocolEra.LEGACY, ProtocolEra.MODERN, undefined, ProtocolEra.LEGACY]) {
      answers.push((await upstream.send(toolCall('echo', { era }))) as { result: { era: string } });
    }
    return answers.map(({ result }) => result.era);
  };

  it('are spoken to in the era of the caller', async () => {
    ofBothEras(true);
    const upstream = upstreamOf(`${server.origin}/mcp`);
    expect(await eras(upstream)).toEqual(['legacy', 'modern', 'modern', 'legacy']);
  });

  it('without the older one are asked for it once, until the next discovery', async () => {
    ofBothEras(false);
    const upstream = upstreamOf(`${server.origin}/mcp`);
    expect(await eras(upstream)).toEqual(Array(4).fill('modern'));
    expect(server.count('initialize')).toBe(1);
    await upstream.discover(new AbortController().signal);
    ofBothEras(true);
    expect((await eras(upstream))[0]).toBe('legacy');
  });
});

describe('a server that tells of changed lists', () => {
  const changed = event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
  const capabilities = { tools: { listChanged: true } };
  const lists = (response: http.ServerResponse, hit: Hit) => answer(response, hit, { tools: [] });

  async function expectTold() {
    const upstream = upstreamOf(`${server.origin}/mcp`);
    const told = new Promise<void>((resolve) => {
      upstream.onListChanged = resolve;
    });
    await upstream.discover(new AbortController().signal);
    await told;
    await upstream.discover(new AbortController().signal);
    await upstream.close();
  }

  it('newer era: is listened to on one stream', async () => {
    server.behave = (hit, response) => {
      if (hit.body.method === 'server/discover')
        answer(response, hit, { supportedVersions: ['2026-07-28'], capabilities });
      else if (hit.body.method === 'tools/list') lists(response, hit);
      else response.writeHead(200, { 'content-type': 'text/event-stream' }).write(changed);
    };
    await expectTold();
    expect(server.count('subscriptions/listen')).toBe(1);
  });

  it('older versions: on the stream of the session', async () => {
    server.behave = (hit, response) => {
      if (hit.body.method === 'initialize') {
        response.setHeader('mcp-session-id', 's');
        answer(response, hit, { protocolVersion: '2025-11-25', capabilities, serverInfo: {} });
      } else if (hit.method === 'GET') response.writeHead(200, { 'content-type': 'text/event-stream' }).write(changed);
      else if (!legacyHandshake(hit, response, 's')) lists(response, hit);
    };
    await expectTold();
    const opened = server.hits.filter(({ method }) => method === 'GET');
    expect(opened.map(({ headers }) => headers['mcp-session-id'])).toEqual(['s']);
  });

  it('one that refuses the stream is discovered all the same', async () => {
    server.behave = (hit, response) => {
      if (hit.body.method === 'server/discover')
        answer(response, hit, { supportedVersions: ['2026-07-28'], capabilities });
      else if (hit.body.method === 'tools/list') lists(response, hit);
      else json(response, 404, { jsonrpc: '2.0', id: 0, error: { code: -32601, message: 'Method not found' } });
    };
    const upstream = upstreamOf(`${server.origin}/mcp`);
    expect(await upstream.discover(new AbortController().signal)).toMatchObject({ tools: [] });
  });
});
