import { setTimeout as sleep } from 'node:timers/promises';
import { Cancellation, type CancelSignal } from '../../src/cancellation';
import type { MessageStream } from '../../src/http/answer-stream';
import { type Caller, CallerProof } from '../../src/identity/caller';
import { ClientRequests } from '../../src/mcp/client-requests';
import type { Relay, RelayMessage } from '../../src/mcp/relay';
import { newReplicaName } from '../../src/mcp/relay';
import { RunningCalls } from '../../src/mcp/running-calls';
import { SuspendedCalls } from '../../src/mcp/suspended-calls';
import type { JsonRpcMessage } from '../../src/protocol/json-rpc';
import type { Upstream, UpstreamAnswer, UpstreamMessage } from '../../src/upstream/upstream';

/** Replicas in one process: a message takes the way through JSON, as through Redis. */
class Network {
  private readonly replicas = new Map<string, (message: RelayMessage) => void>();

  public join(): Relay {
    const replica = newReplicaName();
    const listeners: ((message: RelayMessage) => void)[] = [];
    const carry = (message: RelayMessage) => JSON.parse(JSON.stringify(message));
    this.replicas.set(replica, (message) => {
      for (const listener of listeners) listener(message);
    });
    return {
      replica,
      send: (to, message) => setImmediate(() => this.replicas.get(to)?.(carry(message))),
      broadcast: (message) => {
        for (const take of this.replicas.values()) setImmediate(() => take(carry(message)));
      },
      onMessage: (listener) => listeners.push(listener),
      close: async () => {},
    };
  }
}

class RecordedStream implements MessageStream {
  public readonly controller = new AbortController();
  public readonly signal = this.controller.signal;
  public readonly canStream = true;
  public readonly sent: { [key: string]: unknown }[] = [];

  public send(json: string): void {
    this.sent.push(JSON.parse(json));
  }
}

const caller = (email: string): Caller => ({
  userId: `id-of-${email}`,
  email,
  groups: [],
  proof: CallerProof.OPEN_WEBUI_TOKEN,
});
const ALICE = caller('alice@example.com');
const BOB = caller('bob@example.com');
const SESSION = 'v1e-6e4227d6-bb07-45d4-867e-fac0350703f0';

describe("a client's answer", () => {
  const answered = (id: unknown): JsonRpcMessage => ({
    jsonrpc: '2.0',
    id: id as string,
    result: { action: 'accept' },
  });

  test('that arrives at another replica reaches the call', async () => {
    const network = new Network();
    const [here, there] = [new ClientRequests(network.join()), new ClientRequests(network.join())];
    const stream = new RecordedStream();
    const asked = here.ask(ALICE, stream, stream.signal, 'elicitation/create', { message: 'Sure?' });
    there.answer(ALICE, answered(stream.sent[0]?.id));
    expect(await asked).toEqual({ result: { action: 'accept' } });
  });

  test('of another user is no answer, wherever it arrives', async () => {
    const network = new Network();
    const [here, there] = [new ClientRequests(network.join()), new ClientRequests(network.join())];
    const stream = new RecordedStream();
    let settled = false;
    void here.ask(ALICE, stream, stream.signal, 'elicitation/create').then(() => {
      settled = true;
    });
    here.answer(BOB, answered(stream.sent[0]?.id));
    there.answer(BOB, answered(stream.sent[0]?.id));
    await sleep(20);
    expect(settled).toBe(false);
  });

  test('is not waited for when the client leaves', async () => {
    const stream = new RecordedStream();
    const asked = new ClientRequests(new Network().join()).ask(ALICE, stream, stream.signal, 'roots/list');
    stream.controller.abort();
    expect(await asked).toHaveProperty('error');
  });

  test('that is an error reaches the server as one', async () => {
    const requests = new ClientRequests(new Network().join());
    const stream = new RecordedStream();
    const asked = requests.ask(ALICE, stream, stream.signal, 'sampling/createMessage');
    const id = stream.sent[0]?.id as string;
    requests.answer(ALICE, { jsonrpc: '2.0', id, error: { code: -1, message: 'The user said no', data: 'private' } });
    expect(await asked).toEqual({ error: { code: -1, message: 'The user said no' } });
  });
});

describe('a question', () => {
  const deep = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);

  test('that is nested too deeply to be written is answered for the client, who never sees it', async () => {
    const stream = new RecordedStream();
    const requests = new ClientRequests(new Network().join());
    const answer = await requests.ask(ALICE, stream, stream.signal, 'elicitation/create', deep(50_000));
    expect(answer).toMatchObject({ error: { message: expect.stringContaining('nested too deeply') } });
    expect(stream.sent).toEqual([]);
    expect(requests.size).toBe(0);
  });

  test('of a call that ended is not kept', async () => {
    const [stream, call] = [new RecordedStream(), new AbortController()];
    const requests = new ClientRequests(new Network().join());
    const asked = requests.ask(ALICE, stream, call.signal, 'roots/list');
    expect(requests.size).toBe(1);
    call.abort();
    expect(await asked).toHaveProperty('error');
    expect(requests.size).toBe(0);
  });

  test('that nobody answers ends after ten minutes', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const stream = new RecordedStream();
      const requests = new ClientRequests(new Network().join());
      const asked = requests.ask(ALICE, stream, stream.signal, 'roots/list');
      jest.advanceTimersByTime(10 * 60_000 - 1);
      expect(requests.size).toBe(1);
      jest.advanceTimersByTime(1);
      expect(await asked).toMatchObject({ error: { message: 'The client did not answer' } });
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('a cancellation', () => {
  const cancelled = (requestId: unknown): JsonRpcMessage => ({
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId },
  });

  test('finds the call at another replica', async () => {
    const network = new Network();
    const [here, there] = [new RunningCalls(network.join()), new RunningCalls(network.join())];
    const [own, other] = [new Cancellation(), new Cancellation()];
    here.enter({ caller: ALICE, sessionId: SESSION, id: 1, cancellation: own });
    here.enter({ caller: ALICE, sessionId: SESSION, id: '1', cancellation: other });
    there.cancel(ALICE, SESSION, cancelled(1));
    await sleep(20);
    expect([own.aborted, other.aborted]).toEqual([true, false]);
  });

  test.each([
    ['another user', BOB, SESSION],
    ['another session', ALICE, `${SESSION.slice(0, -1)}1`],
    ['no session', ALICE, undefined],
  ])('of %s ends nothing', async (_, who, session) => {
    const calls = new RunningCalls(new Network().join());
    const own = new Cancellation();
    calls.enter({ caller: ALICE, sessionId: SESSION, id: 1, cancellation: own });
    calls.cancel(who, session, cancelled(1));
    await sleep(20);
    expect(own.aborted).toBe(false);
  });

  test('of a call that has ended does not end its successor of the same id', () => {
    const calls = new RunningCalls(new Network().join());
    const [first, second] = [new Cancellation(), new Cancellation()];
    const ended = calls.enter({ caller: ALICE, sessionId: SESSION, id: 1, cancellation: first });
    calls.enter({ caller: ALICE, sessionId: SESSION, id: 1, cancellation: second });
    calls.leave(ended);
    calls.cancel(ALICE, SESSION, cancelled(1));
    expect([first.aborted, second.aborted]).toEqual([false, true]);
  });
});

describe('a suspended call', () => {
  /** A server that asks once and answers with what it was told. */
  function asking(): { start: Parameters<SuspendedCalls['run']>[0]['start']; aborted: () => boolean } {
    let signal: CancelSignal | undefined;
    const start = (given: CancelSignal, onMessage: (message: UpstreamMessage, upstream: Upstream) => void) => {
      signal = given;
      return new Promise<UpstreamAnswer>((resolve) => {
        const upstream = {
          reply: async (_id: unknown, answer: UpstreamAnswer) => resolve({ result: { told: answer } }),
        } as unknown as Upstream;
        setImmediate(() =>
          onMessage({ id: 'q', method: 'elicitation/create', params: { message: 'Sure?' } }, upstream),
        );
      });
    };
    return { start, aborted: () => signal?.aborted === true };
  }

  const run = (
    calls: SuspendedCalls,
    start: ReturnType<typeof asking>['start'],
    capabilities = { elicitation: {} },
    who = ALICE,
  ) =>
    calls.run({ caller: who, subject: 'tools/call a b', capabilities, start, deliver: () => {} }, new RecordedStream());

  const paramsOf = (answer: UpstreamAnswer) => {
    const { inputRequests, requestState } = (answer as { result: { [key: string]: unknown } }).result;
    const [key] = Object.keys(inputRequests as object);
    return { requestState, inputResponses: { [String(key)]: { action: 'accept' } } };
  };

  test('goes on at another replica', async () => {
    const network = new Network();
    const [here, there] = [new SuspendedCalls(network.join()), new SuspendedCalls(network.join())];
    const params = paramsOf(await run(here, asking().start));
    const done = await there.resume(ALICE, 'tools/call a b', params, new RecordedStream());
    expect(done).toEqual({ result: { told: { result: { action: 'accept' } } } });
    await expect(there.resume(ALICE, 'tools/call a b', params, new RecordedStream())).rejects.toThrow('not waiting');
  });

  test('does not go on for another user or for another tool', async () => {
    const calls = new SuspendedCalls(new Network().join());
    const params = paramsOf(await run(calls, asking().start));
    await expect(calls.resume(BOB, 'tools/call a b', params, new RecordedStream())).rejects.toThrow('not waiting');
    await expect(calls.resume(ALICE, 'tools/call a c', params, new RecordedStream())).rejects.toThrow('not waiting');
    expect(await calls.resume(ALICE, 'tools/call a b', params, new RecordedStream())).toHaveProperty('result.told');
  });

  test('asks again for what was not answered', async () => {
    const calls = new SuspendedCalls(new Network().join());
    const { requestState } = paramsOf(await run(calls, asking().start));
    const again = await calls.resume(ALICE, 'tools/call a b', { requestState }, new RecordedStream());
    expect(again).toMatchObject({ result: { resultType: 'input_required' } });
    expect(paramsOf(again).requestState).not.toBe(requestState);
  });

  test('is not suspended for a client that cannot be asked', async () => {
    const calls = new SuspendedCalls(new Network().join());
    const answer = await run(calls, asking().start, {} as never);
    expect(answer).toMatchObject({ result: { told: { error: { code: -32601 } } } });
    expect(calls.size).toBe(0);
  });

  test('ends at the server when the gateway ends', async () => {
    const calls = new SuspendedCalls(new Network().join());
    const server = asking();
    await run(calls, server.start);
    calls.close();
    expect([server.aborted(), calls.size]).toEqual([true, 0]);
  });

  test('is the last one of sixteen for one user, who leaves room for others', async () => {
    const calls = new SuspendedCalls(new Network().join());
    for (let waiting = 0; waiting < 16; waiting++) await run(calls, asking().start);
    const oneMore = asking();
    await expect(run(calls, oneMore.start)).rejects.toMatchObject({ code: -32005 });
    expect(oneMore.aborted()).toBe(true);
    expect(await run(calls, asking().start, undefined, BOB)).toHaveProperty('result.resultType', 'input_required');
    calls.close();
  });
});
