import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reason } from './confined-path';
import { LocalWorkspace } from './local-workspace';
import { folderName, type SessionWorkspaces } from './session-workspaces';
import { type Workspace, WorkspaceUnavailable } from './workspace';

/** What one session may keep. Unit: bytes. */
const QUOTA = 1024 ** 3;
const FOLDER_MODE = 0o700;

/** A folder for each session below one folder, as a volume that all replicas share. */
export class LocalWorkspaces implements SessionWorkspaces {
  constructor(
    private readonly folder: string,
    private readonly quota: number = QUOTA,
  ) {}

  public async prepare(sessionId: string): Promise<string> {
    const path = this.pathOf(sessionId);
    try {
      if (!existsSync(this.folder)) await mkdir(this.folder, { recursive: true, mode: FOLDER_MODE });
      // Not recursive: of a full disk Node then says that the folder does not exist.
      if (!existsSync(path)) await mkdir(path, { mode: FOLDER_MODE });
      return path;
    } catch (error) {
      throw new WorkspaceUnavailable(reason(error), { cause: error });
    }
  }

  public of(sessionId: string): Workspace {
    return new LocalWorkspace(this.pathOf(sessionId), this.quota);
  }

  /** Nothing: a command ends with its call, and the folder is what a session keeps. */
  public async release(): Promise<void> {}

  public async remove(sessionId: string): Promise<void> {
    await rm(this.pathOf(sessionId), { recursive: true, force: true });
  }

  public async close(): Promise<void> {}

  private pathOf(sessionId: string): string {
    return join(this.folder, folderName(sessionId));
  }
}
