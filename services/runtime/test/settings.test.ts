import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { amount, flag, list, oneOf, text, url, wholeNumber } from '../setting-forms';
import { ConfigurationError, helpText, readSettings, type SettingsTable } from '../settings';

const TABLE = {
  port: { name: 'PORT', default: '8000', meaning: 'Port.', parse: wholeNumber({ least: 1, most: 65_535 }) },
  budget: { name: 'BUDGET', default: '2', meaning: 'US dollars.', parse: amount({ least: 0, most: 100 }) },
  debug: { name: 'DEBUG', default: 'false', meaning: 'Debug.', parse: flag() },
  hosts: { name: 'HOSTS', meaning: 'Hosts.', parse: list() },
  level: { name: 'LEVEL', default: 'info', meaning: 'Level.', parse: oneOf(['info', 'warn']) },
  base: { name: 'BASE', meaning: 'Base.', parse: url() },
  model: { name: 'MODEL', required: true, meaning: 'Model.', parse: text() },
  key: { name: 'KEY', secret: true, required: true, meaning: 'Key.' },
  previous: { name: 'KEY_PREVIOUS', secret: true, meaning: 'Previous key.' },
  database: { name: 'DATABASE', secret: true, meaning: 'Database.', parse: url(['postgres']) },
} as const;
const ENOUGH = { MODEL: 'm', KEY: 'secret' };

function faultsOf(env: { [name: string]: string }, table: SettingsTable = TABLE): readonly string[] {
  try {
    readSettings(table, env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

function secretFile(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'secret-')), 'KEY');
  writeFileSync(path, content);
  return path;
}

describe('the settings', () => {
  it('are typed values, with defaults where nothing is set', () => {
    const settings = readSettings(TABLE, { ...ENOUGH, HOSTS: 'a, b', BUDGET: '0.5', DEBUG: 'true', LEVEL: 'warn' });
    const { key, ...others } = settings;
    expect(others).toEqual({ port: 8000, budget: 0.5, debug: true, hosts: ['a', 'b'], level: 'warn', model: 'm' });
    expect(key.value()).toBe('secret');
  });

  it('take an empty text for a variable that is not set', () => {
    const settings = readSettings(TABLE, { ...ENOUGH, PORT: '', HOSTS: '', KEY_PREVIOUS: '', KEY_FILE: '' });
    expect(settings).toMatchObject({ port: 8000, hosts: undefined, previous: undefined });
  });

  it('name every fault of every variable at once, each with what to write', () => {
    const env = { PORT: '80 80', BUDGET: '-1', DEBUG: 'yes', HOSTS: 'a,,b', LEVEL: 'loud', BASE: 'ftp://x' };
    expect(faultsOf(env)).toEqual([
      'PORT is "80 80": write a whole number from 1 to 65535',
      'BUDGET is "-1": write a number from 0 to 100',
      'DEBUG is "yes": write true or false',
      'HOSTS is "a,,b": write entries between commas, none of them empty',
      'LEVEL is "loud": write one of info, warn',
      'BASE is "ftp://x": write a URL that begins with http:// or https://',
      'MODEL is not set: write a text',
      'KEY is not set: give the secret in it, or the path of a file in KEY_FILE',
    ]);
  });

  it.each(['0', '65536', '1e3', '0x10', '1.5', ' 1', '+1', 'NaN', '99999999999999999999'])(
    'refuse %j as a port',
    (given) => expect(faultsOf({ ...ENOUGH, PORT: given })).toHaveLength(1),
  );

  it.each(['True', 'TRUE', '1', 'on', 'toString', '__proto__'])('refuse %j as a flag', (given) =>
    expect(faultsOf({ ...ENOUGH, DEBUG: given })).toEqual([`DEBUG is "${given}": write true or false`]),
  );
});

describe('a secret', () => {
  it('comes from a file, without its last line end', () => {
    const { key } = readSettings(TABLE, { MODEL: 'm', KEY_FILE: secretFile('from file\n') });
    expect(key.value()).toBe('from file');
    key.close();
  });

  it('keeps all but one line end', () => {
    const { key } = readSettings(TABLE, { MODEL: 'm', KEY_FILE: secretFile(' a \n\n') });
    expect(key.value()).toBe(' a \n');
    key.close();
  });

  it('is refused when it is given twice, since one of the two would silently win', () => {
    expect(faultsOf({ ...ENOUGH, KEY_FILE: secretFile('x') })).toEqual([
      'KEY and KEY_FILE are both set: give the secret in one of them',
    ]);
  });

  it('that is required must be there and filled', () => {
    expect(faultsOf({ MODEL: 'm', KEY_FILE: '/nowhere/KEY' })).toEqual([
      'KEY_FILE: /nowhere/KEY is missing, empty or not readable: mount the secret there',
    ]);
    expect(faultsOf({ MODEL: 'm', KEY_FILE: secretFile('\n') })).toHaveLength(1);
  });

  it('that is optional may have a file that is missing, and still counts as configured', () => {
    const { previous } = readSettings(TABLE, { ...ENOUGH, KEY_PREVIOUS_FILE: '/nowhere/KEY_PREVIOUS' });
    expect(previous).toBeDefined();
    expect(previous?.value()).toBeUndefined();
    previous?.close();
  });

  it('is never quoted in a fault', () => {
    const faults = [
      ...faultsOf({ ...ENOUGH, DATABASE: 'mysql://u:hunter2@h/db' }),
      ...faultsOf({ ...ENOUGH, DATABASE_FILE: secretFile('hunter2') }),
    ];
    expect(faults).toEqual([
      'DATABASE does not have its form: write a URL that begins with postgres://',
      'DATABASE_FILE: the content does not have its form: write a URL that begins with postgres://',
    ]);
  });
});

it('helps with every variable, its default and its meaning', () => {
  const help = helpText(TABLE);
  for (const { name, meaning } of Object.values(TABLE)) expect(help).toMatch(new RegExp(`${name}.*\\n.*${meaning}`));
  expect(help).toContain('PORT (default: 8000)');
  expect(help).toContain('KEY or KEY_FILE (required)');
  expect(help).toContain('HOSTS (not set)');
});
