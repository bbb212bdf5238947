import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Platform } from '../../constructs';
import { environments } from '../../environments';
import { runSynth } from '../../synth/command';
import type { Environment } from '../../synth/environment';

const small = (name: string): Environment => ({
  name,
  description: 'A small one.',
  workspace: { namespace: { name }, platform: Platform.kind() },
});
const broken: Environment = {
  ...small('broken'),
  workspace: {
    ...small('broken').workspace,
    openWebUi: { replicas: 3, edge: { host: 'https://chat.company.com/' } },
  },
};

describe('npm run synth', () => {
  let work: string;
  let out: string;
  let written: string;
  let complained: string;

  beforeEach(() => {
    work = fs.mkdtempSync(path.join(os.tmpdir(), 'synth-'));
    out = path.join(work, 'dist');
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
  afterEach(() => {
    jest.restoreAllMocks();
    fs.rmSync(work, { recursive: true, force: true });
  });

  const synth = (environments: Environment[], ...args: string[]) =>
    runSynth(environments, [], [...args, '--out', out], {});

  test('writes every environment and says so', () => {
    expect(synth([small('one'), small('two')])).toBe(0);
    expect(fs.readdirSync(out)).toEqual(['one', 'two']);
    expect(written).toMatch(/one .*files\n.*two .*files\n/);
  });

  test('writes only the named one and leaves the others', () => {
    synth([small('one'), small('two')]);
    fs.writeFileSync(path.join(out, 'two', 'TOPOLOGY.md'), 'untouched');
    expect(synth([small('one'), small('two')], 'one')).toBe(0);
    expect(fs.readFileSync(path.join(out, 'two', 'TOPOLOGY.md'), 'utf8')).toBe('untouched');
  });

  test('removes what is no longer rendered', () => {
    synth([small('one'), small('two')]);
    synth([small('one')]);
    expect(fs.readdirSync(out)).toEqual(['one']);
  });

  test('reports everything that is wrong at once, with the path of the construct, and writes nothing', () => {
    synth([small('one')]);
    const before = fs.readFileSync(path.join(out, 'one', 'TOPOLOGY.md'), 'utf8');
    expect(synth([small('one'), broken])).toBe(1);
    expect(complained).toContain('[broken/0500-open-webui-release/open-webui] open-webui: 3 replicas need PostgreSQL');
    expect(complained).toContain(
      '[broken/0500-open-webui-release/open-webui] open-webui: 3 replicas need a shared Redis',
    );
    expect(complained).toContain('"https://chat.company.com/" is not a host name');
    expect(fs.readdirSync(out)).toEqual(['one']);
    expect(fs.readFileSync(path.join(out, 'one', 'TOPOLOGY.md'), 'utf8')).toBe(before);
    expect(fs.readdirSync(work)).toEqual(['dist']);
  });

  test('answers an unknown environment with the names there are', () => {
    expect(synth([small('one')], 'won')).toBe(2);
    expect(complained).toBe('There is no environment won: there are one. They are listed in environments/index.ts.\n');
    expect(fs.existsSync(out)).toBe(false);
  });

  test('answers an unknown option with the usage', () => {
    expect(synth([small('one')], '--force')).toBe(2);
    expect(complained).toContain("Unknown option '--force'");
    expect(complained).toContain('npm run synth');
  });

  test('explains itself', () => {
    expect(synth([small('one')], '--help')).toBe(0);
    expect(written).toContain('Environments: one');
    expect(fs.existsSync(out)).toBe(false);
  });

  test('takes unknown keys and wrong types in data for what they are', () => {
    const typo = { ...small('typo').workspace, openWebUi: { replicaz: 3, replicas: '3' }, litellm: {} };
    expect(synth([{ ...small('typo'), workspace: typo as never }])).toBe(1);
    expect(complained).toMatch(/openWebUi\.replicaz: unknown key; did you mean replicas\?/);
    expect(complained).toMatch(/openWebUi\.replicas: expected a number/);
    expect(complained).toMatch(/litellm: unknown key/);
  });

  test.each<[string, Environment[], string]>([
    ['a name that leaves dist/', [small('../evil')], '[../evil] name: "../evil" must be a DNS label'],
    [
      'two environments of one name',
      [small('one'), small('two'), small('one')],
      '[one] name: entry 3 of environments/index.ts has the name of entry 1 and would overwrite its files',
    ],
    [
      'a misspelt key of an environment',
      [small('one'), { ...small('two'), descripton: 'Wrong.' } as never],
      '[two] descripton: unknown key; did you mean description?',
    ],
  ])('refuses %s and writes nothing', (_, list, sentence) => {
    expect(synth(list)).toBe(1);
    expect(complained).toContain(sentence);
    expect(complained).toContain('1 thing is wrong; nothing was written.');
    expect(written).toBe('');
    expect(fs.readdirSync(work)).toEqual([]);
    expect(fs.existsSync(path.join(work, 'evil'))).toBe(false);
  });

  test('writes to the folder of CDK8S_OUTDIR when none is named', () => {
    expect(runSynth([small('one')], [], [], { CDK8S_OUTDIR: path.join(work, 'other') })).toBe(0);
    expect(fs.readdirSync(path.join(work, 'other'))).toEqual(['one']);
  });

  test('takes an empty CDK8S_OUTDIR for none', () => {
    const before = process.cwd();
    process.chdir(work);
    try {
      expect(path.resolve('dist')).toBe(path.join(fs.realpathSync(work), 'dist'));
      expect(runSynth([small('one')], [], [], { CDK8S_OUTDIR: '' })).toBe(0);
    } finally {
      process.chdir(before);
    }
    expect(fs.readdirSync(out)).toEqual(['one']);
  });

  test('says in a sentence where it cannot write', () => {
    fs.writeFileSync(out, '# A file');
    expect(synth([small('one')])).toBe(1);
    expect(complained).toBe(
      `${out} is a file: name a folder, one that is empty, holds only environments or is not there yet\n`,
    );
    expect(fs.readFileSync(out, 'utf8')).toBe('# A file');
  });

  test('tells what is worth knowing on standard error, each with the path of its construct', () => {
    expect(synth(environments.filter(({ name }) => name === 'aks-production'))).toBe(0);
    expect(complained).toMatch(/^(note: \[aks-production\/0310-tenant-config\/tenant-config\] .+\n)+$/);
    expect(written).toMatch(/^\S+aks-production {2}\d+ files\n$/);
  });
});
