import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commonDoubts, commonFaults, processVariables, USER_VARIABLES } from '../common-settings';
import { FixedSecret } from '../secret-source';
import { ConfigurationError, type Environment, readSettings } from '../settings';

const TABLE = { ...processVariables('8000'), ...USER_VARIABLES };
const keys = { KEY: new FixedSecret('key'), KEY_PREVIOUS: new FixedSecret('key-before') };
const SECRET = 'FORWARD_USER_INFO_HEADER_JWT_SECRET';

const faultsOf = (env: Environment) => commonFaults(readSettings(TABLE, env), keys);

it('have a port for each service, and are fine with nothing set', () => {
  expect(readSettings(TABLE, {})).toMatchObject({ port: 8000, metricsPort: 9090, shutdownGraceSeconds: 25 });
  expect(readSettings(processVariables('8001'), {}).port).toBe(8001);
  expect(faultsOf({})).toEqual([]);
});

it.each<[Environment, string]>([
  [{ PORT: '9090' }, 'METRICS_PORT is the same as PORT'],
  [{ METRICS_PORT: '8000' }, 'METRICS_PORT is the same as PORT'],
  [{ [SECRET]: 's', TRUST_PLAIN_USER_HEADERS: 'true' }, 'TRUST_PLAIN_USER_HEADERS is true'],
  [{ [SECRET]: 'key' }, `${SECRET} is the same as KEY:`],
])('are refused together: %j', (env, fault) => {
  expect(faultsOf(env)).toEqual([expect.stringContaining(fault)]);
});

it('may both take any port', () => {
  expect(faultsOf({ PORT: '0', METRICS_PORT: '0' })).toEqual([]);
});

it('take no key that is missing for a secret that is missing', () => {
  const missing = join(mkdtempSync(join(tmpdir(), 'secret-')), SECRET);
  const settings = readSettings(TABLE, { [`${SECRET}_FILE`]: missing });
  expect(commonFaults(settings, { KEY: keys.KEY, KEY_PREVIOUS: undefined })).toEqual([]);
  settings.userTokenSecret?.close();
});

it.each<Environment>([{ SHUTDOWN_GRACE_SECONDS: '0' }, { SHUTDOWN_GRACE_SECONDS: '86401' }, { PORT: '65536' }])(
  'are refused beyond their range: %j',
  (env) => expect(() => readSettings(TABLE, env)).toThrow(ConfigurationError),
);

it.each<[Environment, string]>([
  [{ [SECRET]: 'key-before' }, `${SECRET} is the same as KEY_PREVIOUS:`],
  [{ [SECRET]: 's', [`${SECRET}_PREVIOUS`]: 'key' }, `${SECRET}_PREVIOUS is the same as KEY:`],
])('are doubted while one value for both is rotated out: %j', (env, doubt) => {
  expect(faultsOf(env)).toEqual([]);
  expect(commonDoubts(readSettings(TABLE, env), keys)).toEqual([expect.stringContaining(doubt)]);
});

it('are doubted where anybody with the key can be any user', () => {
  expect(commonDoubts(readSettings(TABLE, {}), keys)).toEqual([]);
  expect(commonDoubts(readSettings(TABLE, { TRUST_PLAIN_USER_HEADERS: 'true' }), keys)).toEqual([
    expect.stringContaining('whoever has the key can be any user'),
  ]);
});
