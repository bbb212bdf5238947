import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { copyAppData } from '../../constructs/open-webui/copy-app-data';
import { type Run, runPython } from './run-python';

// The container that fills a volume with the models of the image, on real folders.

// It starts Python, which on a busy machine takes its time.
jest.setTimeout(60_000);

const MODEL = Buffer.alloc(3_000_000, 'model');
const HALF = 1_000_000;
const BLOB = 'cache/models/blobs/abc';
const LINK = 'cache/models/snapshots/main/model.bin';

let folder: string;
const image = (...parts: string[]) => path.join(folder, 'image', ...parts);
const volume = (...parts: string[]) => path.join(folder, 'volume', ...parts);

function write(file: string, content: string | Buffer): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'copy-app-data-'));
  fs.mkdirSync(volume());
  write(image(BLOB), MODEL);
  write(image('readme.txt'), 'of the image');
  fs.mkdirSync(image('uploads'));
  fs.mkdirSync(path.dirname(image(LINK)), { recursive: true });
  fs.symlinkSync('../../blobs/abc', image(LINK));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const OF_ANOTHER = '.data-copy-from-image-open-webui-old';

/** What a pod runs. `before` stands in front of it, to say which pod it is and what goes on meanwhile. */
function script(pod: string, before = ''): string {
  const { command = [] } = copyAppData('image');
  expect(command.slice(0, 2)).toEqual(['python3', '-c']);
  const moved = command[2].replace('"/app/backend/data"', `"${image()}"`).replace('"/data"', `"${volume()}"`);
  return `import os, shutil, socket, time\nsocket.gethostname = lambda: "${pod}"\n${before}\n${moved}`;
}

const copy = (pod = 'open-webui-0', before = '') => runPython(script(pod, before), {});
const done: Run = { code: 0, output: '' };

/** Copying that has written a half when the container is killed. */
const KILLED_HALFWAY = `
copy = shutil.copyfile
def half(source, target, follow_symlinks):
    if source.name == "abc":
        target.write_bytes(source.read_bytes()[:${HALF}])
        os.kill(os.getpid(), 9)
    copy(source, target, follow_symlinks=follow_symlinks)
shutil.copyfile = half
`;

function expectWhole(): void {
  expect(fs.readFileSync(volume(BLOB)).equals(MODEL)).toBe(true);
  expect(fs.readlinkSync(volume(LINK))).toBe('../../blobs/abc');
  expect(fs.readFileSync(volume(LINK)).equals(MODEL)).toBe(true);
  expect(fs.readFileSync(volume('readme.txt'), 'utf8')).toBe('of the image');
  expect(fs.readdirSync(volume()).sort()).toEqual(['cache', 'readme.txt', 'uploads']);
}

test('gives a new volume what the image has: files, folders, and links as links', async () => {
  expect(await copy()).toEqual(done);
  expectWhole();
});

test('sets neither owners, modes nor times, which a share of SMB lets nobody but root', async () => {
  const forbidden = `
def forbidden(*args, **options):
    raise PermissionError(1, "Operation not permitted")
os.chmod = os.chown = os.utime = os.setxattr = forbidden`;
  expect(await copy('open-webui-0', forbidden)).toEqual(done);
  expectWhole();
});

test('leaves alone what is there, links that lead nowhere too', async () => {
  write(volume('readme.txt'), 'of the app');
  write(volume('webui.db'), 'chats');
  fs.mkdirSync(path.dirname(volume(LINK)), { recursive: true });
  fs.symlinkSync('nowhere', volume(LINK));
  expect(await copy()).toEqual(done);
  expect(fs.readFileSync(volume('readme.txt'), 'utf8')).toBe('of the app');
  expect(fs.readFileSync(volume('webui.db'), 'utf8')).toBe('chats');
  expect(fs.readlinkSync(volume(LINK))).toBe('nowhere');
});

test('copies nothing a second time', async () => {
  await copy();
  const written = fs.statSync(volume(BLOB));
  expect(await copy('open-webui-1', 'def copy(*a, **b): raise SystemExit("copied")\nshutil.copyfile = copy')).toEqual(
    done,
  );
  expect(fs.statSync(volume(BLOB)).ino).toBe(written.ino);
});

test('killed in the middle of a file, has left no half of it, and the next one copies it whole', async () => {
  expect((await copy('open-webui-0', KILLED_HALFWAY)).code).toBe(null);
  expect(fs.existsSync(volume(BLOB))).toBe(false);
  expect(fs.statSync(volume('.data-copy-from-image-open-webui-0')).size).toBe(HALF);
  expect(await copy('open-webui-0')).toEqual(done);
  expectWhole();
});

test('leaves what another pod is writing, and takes away what a dead one left', async () => {
  write(volume(OF_ANOTHER), 'half');
  await copy();
  expect(fs.existsSync(volume(OF_ANOTHER))).toBe(true);
  const hours = Date.now() / 1000 - 7200;
  fs.utimesSync(volume(OF_ANOTHER), hours, hours);
  await copy();
  expectWhole();
});

test('a file that another pod has put there meanwhile, and may have changed, stays', async () => {
  const meanwhile = `
copy = shutil.copyfile
def late(source, target, follow_symlinks):
    copy(source, target, follow_symlinks=follow_symlinks)
    if source.name == "readme.txt":
        (target.parent / "readme.txt").write_text("of the app")
shutil.copyfile = late
`;
  expect(await copy('open-webui-0', meanwhile)).toEqual(done);
  expect(fs.readFileSync(volume('readme.txt'), 'utf8')).toBe('of the app');
  expect(fs.readdirSync(volume()).sort()).toEqual(['cache', 'readme.txt', 'uploads']);
});

test('two pods at once: each file is whole from the moment it is there, and both end well', async () => {
  for (let number = 0; number < 40; number++) {
    write(image('cache', `part-${number}`), MODEL);
  }
  const parts = Array.from({ length: 40 }, (_, number) => volume('cache', `part-${number}`));
  const watched = spawn('python3', [
    '-c',
    `
import os, sys
print("watching", flush=True)
seen = set()
while len(seen) < ${parts.length}:
    for path in sys.argv[1:]:
        if path not in seen and os.path.exists(path):
            seen.add(path)
            if os.path.getsize(path) != ${MODEL.length}:
                sys.exit(f"{path} is half there")
`,
    ...parts,
  ]);
  const end = once(watched, 'close');
  await once(watched.stdout, 'data');
  expect(await Promise.all([copy('open-webui-0'), copy('open-webui-1')])).toEqual([done, done]);
  expect((await end)[0]).toBe(0);
  const differences = execFileSync('diff', ['-r', image(), volume()], { encoding: 'utf8' });
  expect(differences).toBe('');
});

test('says what it could not read, and fails', async () => {
  fs.rmSync(image(), { recursive: true });
  const run = await copy();
  expect(run.code).toBe(1);
  expect(run.output).toContain('No such file or directory');
});
