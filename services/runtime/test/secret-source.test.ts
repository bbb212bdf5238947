import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSecret } from '../secret-source';
import { type FolderWatch, watchFolder } from '../watched-folder';
import { aWhile, KubernetesFolder, until } from './kubernetes-folder';

const NO_POLL = { settleMs: 20, pollMs: 3_600_000 };
const open: { close(): void }[] = [];
const folders: KubernetesFolder[] = [];

afterEach(() => {
  for (const thing of open.splice(0)) thing.close();
  for (const folder of folders.splice(0)) folder.remove();
});

function mounted(files: { readonly [name: string]: string }): KubernetesFolder {
  const folder = new KubernetesFolder(files);
  folders.push(folder);
  return folder;
}

function watched(path: string, options = NO_POLL): { calls: number; watch: FolderWatch } {
  const seen = { calls: 0, watch: watchFolder(path, () => seen.calls++, options) };
  open.push(seen.watch);
  return seen;
}

describe('a watched folder', () => {
  it('calls back once for a swap, which is many events', async () => {
    const folder = mounted({ a: '1', b: '1' });
    const seen = watched(folder.path);
    folder.swap({ a: '2', b: '2' });
    await until(() => seen.calls > 0);
    await aWhile();
    expect(seen.calls).toBe(1);
  });

  it('calls back for swaps in quick succession only when they are over', async () => {
    const folder = mounted({ a: '0' });
    const seen = watched(folder.path);
    for (let version = 1; version <= 5; version++) folder.swap({ a: String(version) });
    await until(() => seen.calls > 0);
    await aWhile();
    expect(seen.calls).toBe(1);
  });

  it('sees later swaps too: the watch is not on a file that a swap replaced', async () => {
    const folder = mounted({ a: '1' });
    const seen = watched(folder.path);
    for (let swaps = 1; swaps <= 3; swaps++) {
      folder.swap({ a: `version ${swaps}` });
      await until(() => seen.calls === swaps);
    }
  });

  it('sees a plain file that is written in place', async () => {
    const path = mkdtempSync(join(tmpdir(), 'plain-'));
    writeFileSync(join(path, 'a'), '1');
    const seen = watched(path);
    writeFileSync(join(path, 'a'), '22');
    await until(() => seen.calls === 1);
  });

  it('is compared now and then where no event comes, and waited for where it is missing', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'later-')), 'mount');
    const seen = watched(path, { settleMs: 5, pollMs: 20 });
    const folder = mounted({ a: '1' });
    const { renameSync } = await import('node:fs');
    renameSync(folder.path, path);
    await until(() => seen.calls === 1);
    rmSync(path, { recursive: true });
    await until(() => seen.calls >= 2);
  });

  it('is left alone when it was closed', async () => {
    const folder = mounted({ a: '1' });
    const seen = watched(folder.path);
    seen.watch.close();
    folder.swap({ a: '2' });
    await aWhile();
    expect(seen.calls).toBe(0);
  });
});

describe('a secret file', () => {
  function secret(path: string, keepLast = false): FileSecret {
    const source = new FileSecret(path, { keepLast });
    open.push(source);
    return source;
  }

  it('has its new value after a swap, and tells', async () => {
    const folder = mounted({ KEY: 'old\n' });
    const source = secret(join(folder.path, 'KEY'));
    let told = 0;
    source.onChange(() => told++);
    expect(source.value()).toBe('old');
    folder.swap({ KEY: 'new\n' });
    await until(() => source.value() === 'new');
    expect(told).toBe(1);
  });

  it('appears and goes away: a previous key counts exactly as long as its file is there', async () => {
    const folder = mounted({ KEY: 'a' });
    const source = secret(join(folder.path, 'KEY_PREVIOUS'));
    expect(source.value()).toBeUndefined();
    folder.swap({ KEY: 'b', KEY_PREVIOUS: 'a' });
    await until(() => source.value() === 'a');
    folder.swap({ KEY: 'b' });
    await until(() => source.value() === undefined);
  });

  it('keeps its last value when it must have one', async () => {
    const folder = mounted({ KEY: 'a', OTHER: '1' });
    const source = secret(join(folder.path, 'KEY'), true);
    const witness = secret(join(folder.path, 'OTHER'));
    folder.swap({ KEY: '', OTHER: '2' });
    await until(() => witness.value() === '2');
    expect(source.value()).toBe('a');
  });

  it('tells nothing when another file of its folder changed', async () => {
    const folder = mounted({ KEY: 'a', OTHER: '1' });
    const source = secret(join(folder.path, 'KEY'));
    const witness = secret(join(folder.path, 'OTHER'));
    let told = 0;
    source.onChange(() => told++);
    folder.swap({ KEY: 'a', OTHER: '2' });
    await until(() => witness.value() === '2');
    expect(told).toBe(0);
  });
});
