import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { KUSTOMIZATION, type RenderedEnvironment, writeEnvironments } from '../../synth/staging';

const version = (name: string, text: string): RenderedEnvironment => ({
  name,
  files: [
    { name: KUSTOMIZATION, text },
    { name: 'elsewhere/0100-part.k8s.yaml', text },
  ],
});
const both = (text: string) => [version('one', text), version('two', text)];

describe('writing environments', () => {
  const rename = fs.renameSync;
  let work: string;
  let out: string;

  beforeEach(() => {
    work = fs.mkdtempSync(path.join(os.tmpdir(), 'staging-'));
    out = path.join(work, 'dist');
  });
  afterEach(() => {
    jest.restoreAllMocks();
    fs.rmSync(work, { recursive: true, force: true });
  });

  const read = (...file: string[]) => fs.readFileSync(path.join(out, ...file), 'utf8');
  const textOf = (name: string) => [read(name, KUSTOMIZATION), read(name, 'elsewhere', '0100-part.k8s.yaml')];
  const failAt = (fails: (call: number) => boolean) => {
    let calls = 0;
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      calls += 1;
      if (fails(calls)) {
        throw new Error('EIO: the disk is gone');
      }
      rename(from, to);
    });
  };

  test('makes the target and the folders above it', () => {
    out = path.join(work, 'not', 'there', 'yet');
    writeEnvironments(out, both('new'), true);
    expect([textOf('one'), textOf('two')]).toEqual([
      ['new', 'new'],
      ['new', 'new'],
    ]);
    expect(fs.readdirSync(path.dirname(out))).toEqual(['yet']);
  });

  test('makes the target also for some of the environments', () => {
    writeEnvironments(out, [version('two', 'new')], false);
    expect(fs.readdirSync(out)).toEqual(['two']);
    expect(fs.readdirSync(work)).toEqual(['dist']);
  });

  test('leaves an environment alone that is there as it is given, and replaces one with a file too many', () => {
    writeEnvironments(out, both('old'), true);
    const before = fs.statSync(path.join(out, 'one')).ino;
    fs.writeFileSync(path.join(out, 'two', '0200-more.k8s.yaml'), 'more');
    writeEnvironments(out, both('old'), true);
    expect(fs.statSync(path.join(out, 'one')).ino).toBe(before);
    expect(fs.existsSync(path.join(out, 'two', '0200-more.k8s.yaml'))).toBe(false);
  });

  test('replaces some of the environments and leaves the others', () => {
    writeEnvironments(out, both('old'), true);
    writeEnvironments(out, [version('two', 'new')], false);
    expect(textOf('one')).toEqual(['old', 'old']);
    expect(textOf('two')).toEqual(['new', 'new']);
  });

  test('leaves no folder that only its owner can read', () => {
    const plain = path.join(work, 'plain');
    fs.mkdirSync(plain);
    const mode = (folder: string) => fs.statSync(folder).mode;
    writeEnvironments(out, both('new'), true);
    expect([mode(out), mode(path.join(out, 'one'))]).toEqual([mode(plain), mode(plain)]);
  });

  // Two environments there before and two new ones: each goes in two renames.
  test.each([1, 2, 3, 4])('puts everything back when rename %i fails', (call) => {
    writeEnvironments(out, both('old'), true);
    failAt((at) => at === call);
    expect(() => writeEnvironments(out, both('new'), true)).toThrow(
      `${out} cannot be written, and is as it was: EIO: the disk is gone`,
    );
    expect([textOf('one'), textOf('two')]).toEqual([
      ['old', 'old'],
      ['old', 'old'],
    ]);
    expect(fs.readdirSync(work)).toEqual(['dist']);
  });

  test('puts an environment back that is no longer rendered', () => {
    writeEnvironments(out, both('old'), true);
    failAt((at) => at === 3);
    expect(() => writeEnvironments(out, [version('three', 'new')], true)).toThrow('is as it was');
    expect(fs.readdirSync(out)).toEqual(['one', 'two']);
  });

  test('keeps what it cannot put back, and says where', () => {
    writeEnvironments(out, [version('one', 'old')], true);
    failAt((at) => at >= 2);
    let message = '';
    try {
      writeEnvironments(out, [version('one', 'new')], true);
    } catch (error) {
      message = String(error);
    }
    const [, kept] = message.match(/could not be put back .*: move what is in (\S+) into it/) ?? [];
    expect(fs.readFileSync(path.join(kept, 'one', KUSTOMIZATION), 'utf8')).toBe('old');
  });

  test('touches no folder beside the target', () => {
    for (const name of ['dist.old', 'dist.staging']) {
      fs.mkdirSync(path.join(work, name));
      fs.writeFileSync(path.join(work, name, 'thesis.txt'), 'ten years');
    }
    writeEnvironments(out, both('old'), true);
    writeEnvironments(out, both('new'), true);
    expect(fs.readdirSync(work)).toEqual(['dist', 'dist.old', 'dist.staging']);
    expect(fs.readFileSync(path.join(work, 'dist.old', 'thesis.txt'), 'utf8')).toBe('ten years');
  });

  test('is not stopped by files whose name starts with a dot, and leaves them', () => {
    fs.mkdirSync(out);
    fs.writeFileSync(path.join(out, '.DS_Store'), 'icons');
    writeEnvironments(out, both('new'), true);
    expect(fs.readdirSync(out)).toEqual(['.DS_Store', 'one', 'two']);
    expect(read('.DS_Store')).toBe('icons');
  });

  test('does not replace a folder that holds something else', () => {
    fs.mkdirSync(out);
    fs.writeFileSync(path.join(out, 'thesis.txt'), 'ten years');
    expect(() => writeEnvironments(out, both('new'), true)).toThrow(
      `${out} holds thesis.txt, which no synth wrote: name an empty folder, or one that holds only environments`,
    );
    expect(fs.readdirSync(out)).toEqual(['thesis.txt']);
  });

  test('says that a file is no folder', () => {
    fs.writeFileSync(out, '# A file');
    expect(() => writeEnvironments(out, both('new'), true)).toThrow(`${out} is a file: name a folder`);
    expect(() => writeEnvironments(path.join(out, 'below'), both('new'), true)).toThrow(
      `${path.join(out, 'below')} cannot be written`,
    );
    expect(fs.readFileSync(out, 'utf8')).toBe('# A file');
  });
});
