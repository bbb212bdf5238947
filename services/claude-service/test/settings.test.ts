import { ConfigurationError, type Environment, readSettings } from '../../runtime/settings';
import { SETTINGS, settingDoubts, settingFaults } from '../src/settings';

const least = { CLAUDE_SERVICE_KEY: 'k', ANTHROPIC_API_KEY: 'a' };
const faultsOf = (env: Environment) => settingFaults(readSettings(SETTINGS, { ...least, ...env }));

test('the least that is needed is two keys', () => {
  const settings = readSettings(SETTINGS, least);
  expect(settingFaults(settings)).toEqual([]);
  expect(settings).toMatchObject({
    port: 8001,
    maxTurns: 50,
    maxBudgetUsdPerTurn: 2,
    isolation: 'process',
    engine: 'sdk',
  });
  expect([...settings.models]).toEqual([['claude-amber-session', 'amber']]);
});

test.each([
  [
    'users that need no signature beside those that do',
    { TRUST_PLAIN_USER_HEADERS: 'true', FORWARD_USER_INFO_HEADER_JWT_SECRET: 's' },
    'TRUST_PLAIN_USER_HEADERS',
  ],
  ['metrics where callers are', { PORT: '9090' }, 'METRICS_PORT'],
  [
    'a key of callers that signs users',
    { FORWARD_USER_INFO_HEADER_JWT_SECRET: 'k' },
    'FORWARD_USER_INFO_HEADER_JWT_SECRET is the same as CLAUDE_SERVICE_KEY:',
  ],
  ['pods without a place', { ISOLATION: 'pod' }, 'SESSION_NAMESPACE'],
  ['a turn that may cost more than the day', { MAX_BUDGET_USD_PER_TURN: '21' }, 'MAX_BUDGET_USD_PER_TURN'],
  [
    'a gateway without its key',
    { MCP_PROXY_URL: 'http://g/mcp', FORWARD_USER_INFO_HEADER_JWT_SECRET: 's' },
    'MCP_PROXY_API_KEY',
  ],
  [
    'a gateway without users',
    { MCP_PROXY_URL: 'http://g/mcp', MCP_PROXY_API_KEY: 'k' },
    'FORWARD_USER_INFO_HEADER_JWT_SECRET',
  ],
])('%s: refused with one sentence', (_, env, names) => {
  expect(faultsOf(env)).toEqual([expect.stringContaining(names)]);
});

test('what works and is hardly meant is said', () => {
  const doubtsOf = (env: Environment) => settingDoubts(readSettings(SETTINGS, { ...least, ...env }));
  expect(doubtsOf({})).toEqual([expect.stringContaining('nobody has a session')]);
  expect(doubtsOf({ TRUST_PLAIN_USER_HEADERS: 'true' })).toEqual([
    expect.stringContaining('Never use it in production'),
  ]);
  expect(doubtsOf({ FORWARD_USER_INFO_HEADER_JWT_SECRET: 's' })).toEqual([]);
  const rotated = { CLAUDE_SERVICE_KEY_PREVIOUS: 's', FORWARD_USER_INFO_HEADER_JWT_SECRET: 's' };
  expect(doubtsOf(rotated)).toEqual([expect.stringContaining('the same as CLAUDE_SERVICE_KEY_PREVIOUS')]);
});

test.each([['a'], ['a='], ['a=b,a=c'], ['a=b=c'], ['']])('MODELS=%j', (models) => {
  const read = () => readSettings(SETTINGS, { ...least, MODELS: models });
  // An empty text counts as not set.
  if (models === '') expect(read().models.size).toBe(1);
  else expect(read).toThrow(ConfigurationError);
});
