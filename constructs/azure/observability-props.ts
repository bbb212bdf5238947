import type { ServiceLevelObjective } from '../slo/objective';

/** Log Analytics, Azure Managed Prometheus and Grafana, and who is told. */
export interface ObservabilityProps {
  /** Unit: days, 30 to 730. @default 90 */
  readonly logRetentionDays?: number;
  /** Stop taking logs for the day after so much. Unit: GB. @default - no limit */
  readonly dailyLogLimitGb?: number;
  /** Addresses that alerts are sent to. */
  readonly alertEmails: string[];
  /** What is promised; each gives its recording rules and burn-rate alerts. @default - the workspace's own */
  readonly objectives?: ServiceLevelObjective[];
  /** Azure Managed Grafana. @default true */
  readonly grafana?: boolean;
}
