import type { Logger } from '../../../runtime/log';
import { StoreUnavailable } from '../store/database';
import type { DeletionStore } from '../store/deletion-store';
import type { Deletion } from './deletion';

/** How long what is kept is kept. Unit: days; 0 is for ever. */
export interface RetentionDays {
  /** After the last use of a session. */
  readonly sessions: number;
  /** After a use of a tool, and after a day of costs. */
  readonly audit: number;
}

/** After the start, so that replicas that end and begin again do it too. Unit: milliseconds. */
const FIRST_MS = 60_000;
const EVERY_MS = 3_600_000;

/** Deletes what is older than it is to be kept, now and then. Every replica does; none does what another one is doing. */
export class Retention {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    private readonly deletion: Deletion,
    private readonly store: DeletionStore,
    private readonly days: RetentionDays,
    private readonly log: Logger,
  ) {
    if (days.sessions > 0 || days.audit > 0) this.plan(FIRST_MS);
  }

  public stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** Does it once. What fails is logged, and done the next time. */
  public async run(): Promise<void> {
    const { days } = this;
    try {
      const sessions = days.sessions > 0 ? await this.deletion.deleteUnused(days.sessions, () => this.isStopped) : 0;
      const auditRows = days.audit > 0 ? await this.store.deleteAudit(days.audit) : 0;
      if (sessions + auditRows > 0) this.log.info({ sessions, auditRows, days }, 'deleted what was kept long enough');
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) this.log.error({ err: error }, 'old sessions were not deleted');
    }
  }

  private plan(afterMs: number): void {
    this.timer = setTimeout(() => {
      void this.run().then(() => {
        if (!this.isStopped) this.plan(EVERY_MS);
      });
    }, afterMs).unref();
  }
}
