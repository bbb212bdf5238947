import { StoreUnavailable } from '../store/database';
import type { HeldSession } from '../store/deletion-store';
import { newId } from './ids';
import { busy, type LiveSessions } from './live-sessions';
import type { SessionParts } from './sessions';

/** Deletes sessions with all that they have: memory, files, transcript. */
export class Deletion {
  constructor(
    private readonly parts: Pick<SessionParts, 'store' | 'workspaces' | 'log'>,
    private readonly live: LiveSessions,
  ) {}

  /** Deletes one, or leaves it as it was. Error: `ApiError` 409 while a turn runs. */
  public async delete(userId: string, id: string): Promise<void> {
    const { deletions } = this.parts.store;
    const held = await deletions.hold(newId(), userId, id);
    if (!held) throw busy();
    try {
      await this.deleteHeld(held);
    } catch (error) {
      await deletions.giveBack(held);
      throw error;
    }
  }

  /** Deletes all that nobody has used for so many days, until told to stop. Answers how many. */
  public async deleteUnused(days: number, isStopped: () => boolean = () => false): Promise<number> {
    const { store, log } = this.parts;
    let count = 0;
    while (!isStopped()) {
      const held = await store.deletions.holdUnused(newId(), days);
      if (!held) break;
      try {
        await this.deleteHeld(held);
        count++;
      } catch (error) {
        if (error instanceof StoreUnavailable) throw error;
        // It stays held for a while, so that the next round leaves it out; the next run tries again.
        log.warn({ err: error, session: held.sessionId }, 'an old session was not deleted');
      }
    }
    return count;
  }

  /** The files first: rows without files are found again, files without rows are not. */
  private async deleteHeld(held: HeldSession): Promise<void> {
    const { store, workspaces } = this.parts;
    const { sessionId } = held;
    this.live.drop(held);
    await workspaces.remove(sessionId);
    await store.deletions.delete(held);
  }
}
