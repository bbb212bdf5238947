import { PodWorkspace } from './pod-workspace';
import { type PodSource, SessionPod } from './session-pod';
import { folderName, type SessionWorkspaces } from './session-workspaces';
import { type Workspace, WorkspaceError } from './workspace';

/** What one session may keep. Unit: bytes. */
const QUOTA = 1024 ** 3;
/** Deletes all files of a session. Unit of the time: milliseconds. */
const WIPE = { argv: ['find', '.', '-mindepth', '1', '-delete'], timeoutMs: 60_000, outputLimit: 1000 } as const;

/** A pod for each session that uses a tool; its files are in a folder of a volume that only the pods see. */
export class PodWorkspaces implements SessionWorkspaces {
  private readonly pods = new Map<string, SessionPod>();

  constructor(
    private readonly source: PodSource,
    private readonly quota: number = QUOTA,
  ) {}

  /** The pod itself waits for the first tool: many chats never use one. */
  public async prepare(sessionId: string): Promise<string> {
    return this.podOf(sessionId).path;
  }

  public of(sessionId: string): Workspace {
    return new PodWorkspace(this.source, this.podOf(sessionId), this.quota);
  }

  public async release(sessionId: string): Promise<void> {
    const pod = this.pods.get(sessionId);
    this.pods.delete(sessionId);
    if (pod?.made) {
      await pod.delete();
    }
  }

  public async remove(sessionId: string): Promise<void> {
    try {
      await this.wipe(sessionId).catch((error) => {
        // The pod that was there has ended, which is found out by using it; then another one is made.
        if (error instanceof WorkspaceError) return this.wipe(sessionId);
        throw error;
      });
    } finally {
      await this.release(sessionId);
    }
  }

  private async wipe(sessionId: string): Promise<void> {
    const { argv, ...limits } = WIPE;
    const { exitCode, stderr } = await this.of(sessionId).run(
      { argv: [...argv], ...limits },
      new AbortController().signal,
    );
    if (exitCode !== 0) {
      throw new Error(`the files of a session could not be deleted: ${stderr.toString('utf8').slice(0, 300)}`);
    }
  }

  public async close(): Promise<void> {
    await Promise.allSettled([...this.pods.keys()].map((sessionId) => this.release(sessionId)));
    await this.source.api.close();
  }

  private podOf(sessionId: string): SessionPod {
    const pod = this.pods.get(sessionId) ?? new SessionPod(this.source, folderName(sessionId));
    this.pods.set(sessionId, pod);
    return pod;
  }
}
