import { closeSync, fsyncSync, openSync } from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** The part of Emscripten's file system in a folder that is changed here. */
interface FolderModule {
  readonly NODEFS: {
    realPath(node: object): string;
    readonly stream_ops: { fsync?(stream: FolderStream): number };
  };
}

/** `nfd` is the descriptor of an open file; a folder has none. */
interface FolderStream {
  readonly node: object;
  readonly nfd?: number;
}

/**
 * PostgreSQL's files in a folder, written through to the disk when PostgreSQL says so. PGlite does not do that by itself:
 * it starts PostgreSQL without `fsync`, and its file system has none, so that a node that loses its power may leave a
 * database behind that cannot be opened.
 */
export class DurableFolder extends NodeFS {
  /** @param aborted PostgreSQL has ended itself (`PANIC`); PGlite would go on calling it, for ever */
  constructor(
    folder: string,
    private readonly aborted: () => void,
  ) {
    super(folder);
  }

  public override async init(...[postgres, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(postgres, options);
    const preRun = [emscriptenOpts.preRun ?? []].flat();
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...preRun, writeThrough], onAbort: this.aborted } };
  }
}

/** Parameters of PostgreSQL for it, after those of PGlite without `-F`. Emscripten's `fdatasync` does nothing. */
export const DURABLE = ['-c', 'fsync=on', '-c', 'wal_sync_method=fsync'];

/** "I/O error" as WASI numbers it. */
const EIO = 29;

function writeThrough(module: unknown): void {
  const { NODEFS } = module as FolderModule;
  NODEFS.stream_ops.fsync = ({ node, nfd }) => {
    try {
      if (nfd === undefined) syncFolder(NODEFS.realPath(node));
      else fsyncSync(nfd);
      return 0;
    } catch {
      return EIO;
    }
  };
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
