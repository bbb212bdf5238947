import { newId } from '../../src/sessions/ids';
import { LeaseLost, StoreUnavailable } from '../../src/store/database';
import { LeaseStore } from '../../src/store/lease-store';
import { migrate } from '../../src/store/migrations';
import { type Lease, NO_USAGE } from '../../src/store/records';
import { SpendingStore } from '../../src/store/spending-store';
import { Store } from '../../src/store/store';
import { type NewTurn, type TurnEntry, TurnStore } from '../../src/store/turn-store';
import { TestDatabase } from './postgres-in-worker';

// The machine may be busy.
jest.setTimeout(30_000);

let database: TestDatabase;
beforeAll(async () => {
  database = await TestDatabase.open();
}, 60_000);
afterAll(() => database.close());
beforeEach(async () => {
  database.isAway = false;
  await database.empty();
});

const store = () => new TurnStore(database);
const leases = () => new LeaseStore(database, new SpendingStore(database));
const claim = (chatId = 'chat', budget: { turn?: number; day?: number } = {}) =>
  leases().claim({
    userId: 'ada',
    chatId,
    model: 'm',
    newSessionId: newId(),
    turnId: newId(),
    turnBudgetUsd: budget.turn ?? 2,
    dayBudgetUsd: budget.day ?? 20,
  });

async function leased(chatId?: string, budget?: { turn?: number; day?: number }): Promise<Lease> {
  const result = await claim(chatId, budget);
  if (!('grantedUsd' in result)) throw new Error(result.refused);
  return result.lease;
}

function newTurn(id: string, more: Partial<NewTurn> = {}): NewTurn {
  const messages = [{ role: 'user' as const, content: 'hello' }];
  return {
    id,
    parentId: null,
    messageId: null,
    promptPrint: 'p',
    continues: false,
    answerPrint: null,
    endReason: null,
    messages,
    ...more,
  };
}

function entry(position: number, text: string | undefined, costUsd = 0): TurnEntry {
  const messages = text === undefined ? [] : [{ role: 'assistant' as const, content: text }];
  return { position, messages, usage: { ...NO_USAGE, inputTokens: 10, outputTokens: 5, costUsd }, toolCalls: [] };
}

async function spending() {
  const [row] = await database.query<{ spent: number; reserved: number }>(
    'SELECT spent_usd::float8 AS spent, reserved_usd::float8 AS reserved FROM spending',
  );
  return row;
}

const expire = () => database.query("UPDATE sessions SET lease_until = now() - interval '1 second'");

test('the tables are made once, also when replicas begin together', async () => {
  await Promise.all([migrate(database), migrate(database), migrate(database)]);
  expect(await database.query('SELECT version FROM schema_version')).toEqual([{ version: 1 }, { version: 2 }]);
});

test('a program that is older than the tables does not touch them', async () => {
  await database.query('INSERT INTO schema_version (version) VALUES (9)');
  await expect(migrate(database)).rejects.toThrow('the tables have version 9');
  await database.query('DELETE FROM schema_version WHERE version = 9');
});

describe('a lease', () => {
  test('belongs to one turn until it is given back', async () => {
    const lease = await leased();
    expect(lease.fence).toBe(1);
    expect(await claim()).toEqual({ refused: 'busy' });
    await leases().release(lease);
    expect((await leased()).fence).toBe(2);
  });

  test('is free when its holder has given no sign of life', async () => {
    const dead = await leased();
    await expire();
    const heir = await leased();
    expect(heir.sessionId).toBe(dead.sessionId);
    expect(await leases().renew(dead)).toBe(false);
    expect(await leases().renew(heir)).toBe(true);
  });

  test('stays free when a sign of life comes after the end of its turn', async () => {
    const lease = await leased();
    await store().begin(lease, [newTurn(lease.turnId)]);
    await store().finish(lease, entry(1, 'x'), 'complete', '');
    expect(await leases().renew(lease)).toBe(false);
    expect((await leased()).fence).toBe(2);
  });

  test('that was taken over lets nothing be written', async () => {
    const dead = await leased();
    await store().begin(dead, [newTurn(dead.turnId)]);
    await expire();
    const heir = await leased();
    await expect(store().append(dead, entry(1, 'late'))).rejects.toThrow(LeaseLost);
    await expect(store().finish(dead, entry(1, 'late'), 'complete', 'x')).rejects.toThrow(LeaseLost);
    await expect(store().begin(dead, [newTurn(newId())])).rejects.toThrow(LeaseLost);
    const [turn, ...others] = await store().load(heir.sessionId);
    expect(others).toEqual([]);
    expect(turn).toMatchObject({ endReason: null, messages: [{ role: 'user', content: 'hello' }] });
    // The heir still holds it.
    expect(await leases().renew(heir)).toBe(true);
  });

  test('that a crash of the server forgot is not taken for the next one, which has its number', async () => {
    const forgotten = await leased();
    await database.query('UPDATE sessions SET fence = fence - 1, lease_owner = NULL, lease_until = NULL');
    const heir = await leased();
    expect(heir).toMatchObject({ sessionId: forgotten.sessionId, fence: forgotten.fence });
    await expect(store().begin(forgotten, [newTurn(forgotten.turnId)])).rejects.toBeInstanceOf(LeaseLost);
    expect(await leases().renew(forgotten)).toBe(false);
    await leases().release(forgotten);
    expect(await claim()).toEqual({ refused: 'busy' });
    await store().begin(heir, [newTurn(heir.turnId)]);
    expect((await store().load(heir.sessionId)).map(({ id }) => id)).toEqual([heir.turnId]);
  });

  test('of one user, chat and model is none of another', async () => {
    const ids = await Promise.all([leased('a'), leased('b')]);
    expect(new Set(ids.map(({ sessionId }) => sessionId)).size).toBe(2);
  });
});

describe('a turn', () => {
  test('comes back as it was written, whatever characters are in it', async () => {
    const lease = await leased();
    const odd = 'nul \0, half \ud800 of a pair, "quotes" \\ and \u2028';
    await store().begin(lease, [
      newTurn('before', { answerPrint: 'a', endReason: 'taken-over' }),
      newTurn(lease.turnId, { parentId: 'before', messageId: 'm1', continues: true }),
    ]);
    await store().append(lease, entry(1, odd));
    await store().finish(lease, entry(2, 'end'), 'complete', 'print');
    const turns = await store().load(lease.sessionId);
    expect(turns.map(({ id }) => id).sort()).toEqual(['before', lease.turnId].sort());
    expect(turns.find(({ id }) => id === lease.turnId)).toEqual({
      id: lease.turnId,
      parentId: 'before',
      messageId: 'm1',
      promptPrint: 'p',
      answerPrint: 'print',
      continues: true,
      endReason: 'complete',
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: odd },
        { role: 'assistant', content: 'end' },
      ],
    });
  });

  test('counts an entry once that is written again after an unclear failure', async () => {
    const lease = await leased();
    await store().begin(lease, [newTurn(lease.turnId)]);
    await store().begin(lease, [newTurn(lease.turnId)]);
    const same = entry(1, 'x', 0.5);
    await store().append(lease, same);
    await store().append(lease, same);
    await store().finish(lease, entry(2, undefined, 0.25), 'complete', '');
    await store().finish(lease, entry(2, undefined, 0.25), 'complete', '');
    const [row] = await database.query('SELECT input_tokens::int AS input, cost_usd::float8 AS cost FROM turns');
    expect(row).toEqual({ input: 20, cost: 0.75 });
    expect(await spending()).toEqual({ spent: 0.75, reserved: 0 });
  });

  test('keeps the audit of its tools', async () => {
    const lease = await leased();
    await store().begin(lease, [newTurn(lease.turnId)]);
    const call = { callId: 'c1', tool: 'bash', rule: 'allow', inputSha256: 'ff', failed: false, milliseconds: 12 };
    await store().finish(lease, { ...entry(1, 'x'), toolCalls: [call] }, 'complete', '');
    const [row] = await database.query('SELECT * FROM tool_calls');
    expect(row).toMatchObject({ user_id: 'ada', session_id: lease.sessionId, turn_id: lease.turnId, tool: 'bash' });
  });
});

describe('money', () => {
  test('is set aside before it is spent, and what is left comes back', async () => {
    const lease = await leased();
    expect(await spending()).toEqual({ spent: 0, reserved: 2 });
    await store().begin(lease, [newTurn(lease.turnId)]);
    await store().append(lease, entry(1, 'x', 0.3));
    expect(await spending()).toEqual({ spent: 0.3, reserved: 1.7 });
    await store().finish(lease, entry(2, 'y', 0.2), 'complete', '');
    expect(await spending()).toEqual({ spent: 0.5, reserved: 0 });
  });

  test('of a day is never promised twice, however many turns begin at once', async () => {
    const budget = { turn: 2, day: 9 };
    const results = await Promise.all(Array.from({ length: 30 }, (_, index) => claim(`chat-${index}`, budget)));
    const granted = results.flatMap((result) => ('grantedUsd' in result ? [result.grantedUsd] : []));
    expect(granted).toEqual([2, 2, 2, 2, 1]);
    expect(results.filter((result) => 'refused' in result && result.refused === 'budget')).toHaveLength(25);
    for (const result of results) if ('lease' in result) await leases().release(result.lease);
    expect(await spending()).toEqual({ spent: 0, reserved: 0 });
  });

  test('that a killed process had set aside comes back, and what it spent counts', async () => {
    const lease = await leased();
    await store().begin(lease, [newTurn(lease.turnId)]);
    await store().append(lease, entry(1, 'x', 0.5));
    await database.query("UPDATE reservations SET expires_at = now() - interval '1 second'");
    await new SpendingStore(database).sweep();
    expect(await spending()).toEqual({ spent: 0.5, reserved: 0 });
    // It was not dead, only slow: what it spends still counts, and nothing comes back twice.
    await store().finish(lease, entry(2, 'y', 0.5), 'complete', '');
    expect(await spending()).toEqual({ spent: 1, reserved: 0 });
  });

  test('that a turn spent counts, although another replica has taken its session', async () => {
    const lease = await leased();
    await store().begin(lease, [newTurn(lease.turnId)]);
    await expire();
    const heir = await leased();
    await expect(store().finish(lease, entry(1, 'y', 0.5), 'complete', '')).rejects.toThrow(LeaseLost);
    await leases().release(heir);
    expect(await spending()).toEqual({ spent: 0.5, reserved: 0 });
  });

  test('that a turn spent counts once, although it has lost its session and what was set aside for it', async () => {
    const lease = await leased();
    await store().begin(lease, [newTurn(lease.turnId)]);
    await expire();
    await database.query("UPDATE reservations SET expires_at = now() - interval '1 second'");
    await new SpendingStore(database).sweep();
    await leases().release(await leased());
    const call = { callId: 'c1', tool: 'bash', rule: 'allow', inputSha256: 'ff', failed: false, milliseconds: 12 };
    const last = { ...entry(1, 'y', 0.5), toolCalls: [call] };
    await expect(store().finish(lease, last, 'complete', '')).rejects.toThrow(LeaseLost);
    await expect(store().finish(lease, last, 'complete', '')).rejects.toThrow(LeaseLost);
    expect(await spending()).toEqual({ spent: 0.5, reserved: 0 });
    const [turn] = await store().load(lease.sessionId);
    expect(turn).toMatchObject({ endReason: null, messages: [{ role: 'user' }] });
    expect(await database.query('SELECT call_id FROM tool_calls')).toEqual([{ call_id: 'c1' }]);
  });

  test('for questions outside of a session is no more than what is left, and then none', async () => {
    const spent = new SpendingStore(database);
    const asked = Array.from({ length: 30 }, (_, index) => spent.reserve(`q${index}`, 'ada', 1, 1.5));
    const granted = (await Promise.all(asked)).flatMap((reservation) => reservation?.grantedUsd ?? []);
    expect(granted).toEqual([1, 0.5]);
    expect(await spending()).toEqual({ spent: 0, reserved: 1.5 });
    expect(await spent.isSpent('ada', 1.5)).toBe(false);
  });

  test('for a question outside of a session is booked too', async () => {
    const spent = new SpendingStore(database);
    const reservation = await spent.reserve('q', 'ada', 0.05, 1);
    if (!reservation) throw new Error('refused');
    await spent.settle(reservation, 0.99);
    expect(await spent.reserve('q2', 'ada', 0.05, 0.99)).toBeUndefined();
    expect(await spent.isSpent('ada', 0.99)).toBe(true);
    expect(await spending()).toEqual({ spent: 0.99, reserved: 0 });
    expect(await spent.costs(1)).toEqual({ top: [{ userId: 'ada', costUsd: 0.99 }], othersUsd: 0 });
  });
});

test('a database that is away is told apart from a wrong statement', async () => {
  database.isAway = true;
  await expect(claim()).rejects.toThrow(StoreUnavailable);
  database.isAway = false;
  await expect(database.query('SELECT nonsense')).rejects.not.toThrow(StoreUnavailable);
});

test('a database that can only be read is away until it can be written', async () => {
  const whole = new Store(database);
  await database.query('SET default_transaction_read_only = on');
  await expect(claim()).rejects.toThrow(StoreUnavailable);
  await expect(whole.check()).rejects.toThrow(StoreUnavailable);
  await database.query('SET default_transaction_read_only = off');
  await whole.check();
  await leased();
});
