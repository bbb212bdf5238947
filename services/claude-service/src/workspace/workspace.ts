/** A program that a tool runs, without a shell of its own. Reading from stdin ends at once. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** Folder in which it runs, from `Workspace.locate`. @default - the workspace */
  readonly folder?: string;
  /** Unit: milliseconds. */
  readonly timeoutMs: number;
  /** What is kept of stdout and of stderr; of more, the beginning and the end. Unit: bytes. */
  readonly outputLimit: number;
  /** No file may grow beyond this. Unit: bytes. */
  readonly fileSizeLimit?: number;
}

export interface CommandResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Undefined where it was killed. */
  readonly exitCode?: number;
  readonly end: CommandEnd;
  /** How much of stdout was left out. Unit: bytes. */
  readonly omitted: number;
}

export enum CommandEnd {
  EXITED = 'exited',
  TIMED_OUT = 'timed-out',
  /** It wrote more than anybody will read. */
  FLOODED = 'flooded',
  CANCELLED = 'cancelled',
}

/** Why a workspace did not do what a tool asked; the message is a sentence for the model. */
export class WorkspaceError extends Error {}

/** The folder of a session cannot be made now; it may be later. */
export class WorkspaceUnavailable extends Error {}

/**
 * Where the tools of one session work: a folder that they cannot leave. Paths are as the model writes them, relative
 * to the folder or absolute within it. Error: `WorkspaceError`.
 */
export interface Workspace {
  /** Runs a command to its end, and ends all that it leaves behind. */
  run(command: Command, signal: AbortSignal): Promise<CommandResult>;
  /** Error: not there, outside, no regular file, or larger than `limit` bytes. */
  readFile(path: string, limit: number): Promise<Buffer>;
  /** Makes missing folders, and replaces the file as a whole. */
  writeFile(path: string, content: Buffer): Promise<void>;
  /** The real place of a file or folder, for a command. Error: not there, or outside. */
  locate(path: string): Promise<string>;
  /** How much more may be written; negative where the workspace is too full. Unit: bytes. */
  room(): Promise<number>;
}
