import fc from 'fast-check';
import { InProcessGateway } from './in-process-gateway';
import { mayUse, type Person, type Place, type Worlds, worlds } from './worlds';

// Non-interference: whatever is done to tenants that A may not use (other servers, other secrets, other people, outages,
// or that they do not exist), and whatever other users do meanwhile, every byte that A gets is the same.

/** 100,000 of them run in e2e/mcp-proxy/isolation.mjs. */
const RUNS = Number(process.env.ISOLATION_WORLDS ?? 2_000);
const SEED = Number(process.env.ISOLATION_SEED ?? Date.now() % 2 ** 31);

jest.setTimeout(20 * 60_000);

let gateway: InProcessGateway;

beforeAll(async () => {
  // Limits count by the clock, which must not tick between the two worlds.
  jest.spyOn(Date, 'now').mockReturnValue(Date.now());
  gateway = await InProcessGateway.create();
});

afterAll(async () => {
  await gateway.close();
  jest.restoreAllMocks();
});

async function outputsOf(
  a: Person,
  places: readonly Place[],
  { asks }: Worlds,
  others: Worlds['others'],
): Promise<string[]> {
  gateway.enter(places);
  const outputs: string[] = [];
  for (const [index, ask] of asks.entries()) {
    const other = others[index % Math.max(others.length, 1)];
    if (other) await gateway.ask(other.who, other.ask);
    outputs.push(await gateway.ask(a, ask));
  }
  return outputs;
}

/** What the property would say of a gateway that answers nothing at all: how often A got what it may have. */
const seen = { lists: 0, results: 0, refusals: 0, differing: 0 };

test(`no output of A depends on B, in ${RUNS} worlds (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async (drawn) => {
      const { a, first, second, others } = drawn;
      const alone = await outputsOf(a, first, drawn, []);
      const among = await outputsOf(a, second, drawn, others);
      expect(among).toEqual(alone);
      const allowed = new Set(first.filter(({ tenant }) => mayUse(a, tenant)).map(({ tenant }) => tenant.tenantId));
      for (const output of alone) {
        for (const [, id] of output.matchAll(/mark-of-([a-z-]+?)-\d-/g)) expect(allowed).toContain(id);
        if (/"tools":\[\{/.test(output)) seen.lists++;
        if (/"text":"mark-of/.test(output)) seen.results++;
        if (output.includes('Access Denied')) seen.refusals++;
      }
      if (JSON.stringify(first) !== JSON.stringify(second)) seen.differing++;
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: RUNS > 10_000 },
  );
});

test('the worlds were worth it: lists, results and refusals were among the outputs', () => {
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 20);
});

test('the property finds a leak: an answer that counts the tenants is not the same twice', async () => {
  const leaky = async (places: readonly Place[]) => `There are ${places.length} tenants`;
  const check = fc.asyncProperty(worlds, async ({ first, second }) => {
    expect(await leaky(second)).toBe(await leaky(first));
  });
  expect((await fc.check(check, { numRuns: 200, seed: SEED })).failed).toBe(true);
});
