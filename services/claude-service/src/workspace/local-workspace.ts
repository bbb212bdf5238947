import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { inFolderOf, realPathInside, reason } from './confined-path';
import { folderSize } from './folder-size';
import { runLocally } from './local-command';
import { type Command, type CommandResult, type Workspace, WorkspaceError } from './workspace';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const FILE_MODE = 0o600;

/** A workspace whose commands are processes of this container, with this program's user. */
export class LocalWorkspace implements Workspace {
  constructor(
    private readonly path: string,
    /** Unit: bytes. */
    private readonly quota: number,
  ) {}

  public async run(command: Command, signal: AbortSignal): Promise<CommandResult> {
    return runLocally(await this.root(), command, signal);
  }

  public async readFile(path: string, limit: number): Promise<Buffer> {
    const root = await this.root();
    const real = await realPathInside(root, path);
    return told(`${path} cannot be read`, () =>
      inFolderOf(root, real, false, async (inFolder) => {
        // Without O_NONBLOCK, opening a pipe that nobody writes to never ends.
        const file = await open(inFolder, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        try {
          const { size } = await regularFile(file);
          if (size > limit) {
            throw new WorkspaceError(`${path} has ${size} bytes, more than the ${limit} that can be read at once`);
          }
          return await file.readFile();
        } finally {
          await file.close();
        }
      }),
    );
  }

  public async writeFile(path: string, content: Buffer): Promise<void> {
    const root = await this.root();
    const real = await realPathInside(root, path);
    if (real === root) {
      throw new WorkspaceError(`${path} is the workspace itself: write the path of a file`);
    }
    const room = await this.room();
    if (content.length > room) {
      throw new WorkspaceError(`${path} cannot be written, the workspace is full: delete what is not needed`);
    }
    await told(`${path} cannot be written`, () =>
      inFolderOf(root, real, true, async (inFolder) => {
        const mode = await modeOf(inFolder);
        const temporary = join(dirname(inFolder), `.${basename(inFolder).slice(0, 100)}.${randomUUID()}`);
        try {
          const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
          await file.writeFile(content).finally(() => file.close());
          await rename(temporary, inFolder);
        } catch (error) {
          await rm(temporary, { force: true });
          throw error;
        }
      }),
    );
  }

  public async locate(path: string): Promise<string> {
    const real = await realPathInside(await this.root(), path);
    await told(`${path} cannot be used`, () => stat(real));
    return real;
  }

  public async room(): Promise<number> {
    return this.quota - (await folderSize(await this.root()));
  }

  private root(): Promise<string> {
    return told('the workspace cannot be reached', () => realpath(this.path));
  }
}

async function regularFile(file: { stat(): Promise<{ isFile(): boolean; readonly size: number }> }) {
  const found = await file.stat();
  if (!found.isFile()) {
    throw new WorkspaceError('it is no regular file');
  }
  return found;
}

/** The mode of a file that is replaced; for a new one, readable by the owner only. */
async function modeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) {
      throw new WorkspaceError('it is a folder');
    }
    return found.mode & 0o777;
  } catch (error) {
    if (error instanceof WorkspaceError) {
      throw error;
    }
    return FILE_MODE;
  }
}

async function told<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof WorkspaceError ? error.message : reason(error);
    throw new WorkspaceError(why.startsWith(what.split(' ')[0]) ? why : `${what}: ${why}`);
  }
}
