import { createHash } from 'node:crypto';
import type { Workspace } from './workspace';

/** The workspaces of all sessions. */
export interface SessionWorkspaces {
  /** Makes the folder of a session where it is missing. Answers its path, for `Turn.workspace`. Error: `WorkspaceUnavailable`. */
  prepare(sessionId: string): Promise<string>;
  /** What the tools of a session work with. */
  of(sessionId: string): Workspace;
  /** Frees what an idle session holds; its files stay. */
  release(sessionId: string): Promise<void>;
  /** Deletes a session's files, and frees what it holds. */
  remove(sessionId: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Name of a session's folder, and value of its label: nobody can choose it, it tells nothing about the session, and it
 * fits a label of Kubernetes.
 */
export function folderName(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('hex').slice(0, 40);
}
