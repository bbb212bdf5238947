import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { AzureEnvironmentProps } from '../../constructs/azure';
import { azureEnvironments } from '../../environments/azure';
import { runInfra } from '../../synth/run-infra';
import { rich, small } from './samples';

const PARTS = ['cluster', 'data', 'identity', 'network', 'observability', 'restore'];

describe('npm run infra', () => {
  let work: string;
  let out: string;
  let written: string;
  let complained: string;

  beforeEach(() => {
    work = fs.mkdtempSync(path.join(os.tmpdir(), 'infra-'));
    out = path.join(work, 'cdktf.out');
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

  const run = (environments: readonly AzureEnvironmentProps[], ...args: string[]) =>
    runInfra(environments, [...args, '--out', out], {});
  const stacks = () => fs.readdirSync(path.join(out, 'stacks')).sort();
  const manifest = () => JSON.parse(fs.readFileSync(path.join(out, 'manifest.json'), 'utf8'));
  const file = (stack: string) => path.join(out, 'stacks', stack, 'cdk.tf.json');
  const content = () =>
    Object.fromEntries(
      (fs.readdirSync(out, { recursive: true }) as string[])
        .filter((name) => fs.statSync(path.join(out, name)).isFile())
        .map((name) => [name, fs.readFileSync(path.join(out, name), 'utf8')]),
    );

  test('writes a folder for each stack, and what cdktf has to know of them', () => {
    expect(run([small])).toBe(0);
    expect(stacks()).toEqual(PARTS.map((part) => `small-${part}`));
    expect(Object.keys(manifest().stacks)).toEqual(stacks());
    expect(manifest().stacks['small-data'].dependencies).toEqual(['small/small-network', 'small/small-observability']);
    expect(written.split('\n')[0]).toMatch(/cdktf\.out\/stacks\/small-network$/);
    expect(fs.readdirSync(work)).toEqual(['cdktf.out']);
  });

  test('writes the same bytes each time', () => {
    run(azureEnvironments);
    const before = content();
    run(azureEnvironments);
    expect(content()).toEqual(before);
  });

  test('goes where the variable says', () => {
    expect(runInfra([small], [], { CDKTF_OUTDIR: out })).toBe(0);
    expect(stacks()).toContain('small-network');
  });

  test('with a name, leaves the other environments as they are', () => {
    run([small, rich]);
    const before = fs.readFileSync(file('small-network'), 'utf8');
    expect(
      run(
        [
          { ...small, tags: { new: 'tag' } },
          { ...rich, tags: { new: 'tag' } },
        ],
        'rich',
      ),
    ).toBe(0);
    expect(fs.readFileSync(file('small-network'), 'utf8')).toBe(before);
    expect(fs.readFileSync(file('rich-network'), 'utf8')).toContain('"new": "tag"');
    expect(Object.keys(manifest().stacks)).toEqual(stacks());
  });

  test('takes away stacks that are no longer there, with or without a name', () => {
    run([small, rich]);
    expect(run([small, { ...rich, edge: undefined }], 'rich')).toBe(0);
    expect(stacks()).not.toContain('rich-edge');
    expect(run([small])).toBe(0);
    expect(stacks()).toEqual(PARTS.map((part) => `small-${part}`));
  });

  test("leaves Terraform's own files in a stack's folder", () => {
    run([small]);
    const lock = path.join(out, 'stacks', 'small-network', '.terraform.lock.hcl');
    fs.writeFileSync(lock, 'locked');
    run([small]);
    expect(fs.readFileSync(lock, 'utf8')).toBe('locked');
  });

  test('writes nothing when anything is wrong, and says all of it', () => {
    run([small]);
    const before = content();
    const broken = {
      ...small,
      name: 'broken',
      database: { ...small.database, sku: 'Standard_D4ds_v5', storageGib: 100 },
    };
    expect(run([{ ...small, tags: { new: 'tag' } }, broken])).toBe(1);
    expect(content()).toEqual(before);
    expect(complained.trim().split('\n')).toEqual([
      '[broken] database.sku: "Standard_D4ds_v5" is what the az command calls it: write "GP_Standard_D4ds_v5", with its tier',
      expect.stringMatching(/^\[broken\] database\.storageGib: there is no disk of 100 GiB: write 128/),
      '',
      '2 things are wrong; nothing was written.',
    ]);
    expect(fs.readdirSync(work)).toEqual(['cdktf.out']);
  });

  test('refuses two environments of one name', () => {
    expect(run([small, small])).toBe(1);
    expect(complained).toContain(
      '[small] name: entry 2 of environments/azure/index.ts has the name of entry 1 and would overwrite its stacks: give it a name of its own',
    );
  });

  test('refuses a folder that is not its own', () => {
    fs.mkdirSync(out);
    fs.writeFileSync(path.join(out, 'notes.md'), 'mine');
    expect(run([small])).toBe(1);
    expect(complained).toContain('cdktf.out holds notes.md, which no `npm run infra` wrote');
    expect(fs.readdirSync(out)).toEqual(['notes.md']);
  });

  test('refuses a file for a folder', () => {
    fs.writeFileSync(out, '');
    expect(run([small])).toBe(1);
    expect(complained).toContain('cdktf.out is a file: name a folder');
  });

  test('says when it cannot read what is there', () => {
    fs.mkdirSync(out);
    fs.writeFileSync(path.join(out, 'manifest.json'), '{');
    expect(run([small])).toBe(1);
    expect(complained).toMatch(/manifest\.json cannot be read: .*\. Delete .*cdktf\.out and run again/);
  });

  test('puts the old files back when the new ones cannot be placed', () => {
    run([small]);
    const before = content();
    const rename = fs.renameSync;
    let count = 0;
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      count++;
      if (count === 5) throw new Error('the disk is gone');
      rename(from, to);
    });
    expect(run([{ ...small, tags: { new: 'tag' } }])).toBe(1);
    expect(complained).toContain('cdktf.out cannot be written, and is as it was: the disk is gone');
    expect(content()).toEqual(before);
  });

  test('explains itself', () => {
    expect(run([small], '--help')).toBe(0);
    expect(written).toContain('npm run infra');
    expect(written).toContain('Environments: small');
    expect(fs.existsSync(out)).toBe(false);
  });

  test.each([
    [['nowhere'], 'There is no environment nowhere: there are small. They are listed in environments/azure/index.ts.'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %j', (args, sentence) => {
    expect(run([small], ...args)).toBe(2);
    expect(complained).toContain(sentence);
  });
});
