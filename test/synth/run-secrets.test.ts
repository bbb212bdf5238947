import { loadAll } from 'js-yaml';
import { environments } from '../../environments';
import type { Environment } from '../../synth/environment';
import { runSecrets } from '../../synth/run-secrets';
import type { Manifest } from '../manifests';

const phase1 = environments.find(({ name }) => name === 'phase1-kind') as Environment;

describe('npm run secrets', () => {
  let written: string;
  let complained: string;

  beforeEach(() => {
    written = '';
    complained = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      complained += text;
      return true;
    });
  });
  afterEach(() => jest.restoreAllMocks());

  test('prints the Secrets of an environment and nothing else', () => {
    expect(runSecrets(environments, ['phase1-kind'], { ANTHROPIC_API_KEY: 'sk-ant-given' })).toBe(0);
    const secrets = loadAll(written) as Manifest[];
    expect(secrets.map(({ kind }) => kind)).toEqual(secrets.map(() => 'Secret'));
    expect(secrets.map(({ stringData }) => stringData.ANTHROPIC_API_KEY)).toContain('sk-ant-given');
    expect(complained).toBe('');
  });

  test.each(['', undefined])(
    'warns of a key that somebody issues and that is %j, where kubectl does not read',
    (key) => {
      expect(runSecrets(environments, ['phase1-kind'], { ANTHROPIC_API_KEY: key })).toBe(0);
      expect(complained).toMatch(/Random values stand in .*\n {2}ANTHROPIC_API_KEY, issued by \S.*\n$/);
      expect((loadAll(written) as Manifest[]).map(({ stringData }) => stringData.ANTHROPIC_API_KEY)).not.toContain('');
    },
  );

  test('warns of no key that it makes itself', () => {
    runSecrets(environments, ['phase2-parallel'], {});
    expect(complained.match(/^ {2}\S+(?=,)/gm)).toEqual(['  ANTHROPIC_API_KEY', '  CLIENT_ID', '  CLIENT_SECRET']);
  });

  test('explains itself', () => {
    expect(runSecrets(environments, ['--help'], {})).toBe(0);
    expect(written).toContain('npm run --silent secrets -- <environment>');
    expect(written).toContain('Environments: aks-production, phase1-kind');
  });

  test.each<[string, Environment[], string[], number, string]>([
    [
      'an unknown environment',
      [phase1],
      ['phase1'],
      2,
      'There is no environment phase1: there are phase1-kind. They are listed in environments/index.ts.\n',
    ],
    ['no environment', [phase1], [], 2, 'Name one environment.\n'],
    ['two environments', [phase1], ['phase1-kind', 'phase2-kind'], 2, 'Name one environment.\n'],
    [
      'an environment with a misspelt key',
      [{ ...phase1, workspac: phase1.workspace } as never],
      ['phase1-kind'],
      1,
      '[phase1-kind] workspac: unknown key; did you mean workspace?\n',
    ],
    [
      'a workspace with a misspelt key',
      [{ ...phase1, workspace: { ...phase1.workspace, openWebUI: {} } as never }],
      ['phase1-kind'],
      1,
      '[phase1-kind] openWebUI: unknown key; did you mean openWebUi?\n',
    ],
    [
      'a workspace that would not work',
      [{ ...phase1, workspace: { ...phase1.workspace, openWebUi: { ...phase1.workspace.openWebUi, replicas: 3 } } }],
      ['phase1-kind'],
      1,
      '3 replicas need a shared Redis',
    ],
  ])('answers %s with a sentence and prints no Secret', (_, list, args, code, sentence) => {
    expect(runSecrets(list, args, {})).toBe(code);
    expect(complained).toContain(sentence);
    expect(written).toBe('');
  });
});
