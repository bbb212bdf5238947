import { Chart, type Size } from 'cdk8s';
import { isSchedule } from '../platform/manifest-rules/cron-schedule';
import { sizeQuantity } from '../platform/quantity';
import type { Rule } from '../platform/rules';
import type { Workload } from '../platform/workload';
import type { DataBackup } from './data-backup';
import type { DatabaseBackup } from './database-backup';
import type { ScheduledJob } from './scheduled-job';

function sameNamespace(one: Workload, other: Workload): boolean {
  return Chart.of(one).namespace === Chart.of(other).namespace;
}

function quantity(size?: Size): string {
  return size ? sizeQuantity(size) : '';
}

export const SCHEDULE_RULES: readonly Rule<ScheduledJob>[] = [
  {
    id: 'backup-schedule',
    broken: ({ schedule }) => !isSchedule(schedule),
    message: ({ name, schedule }) =>
      `${name}: schedule "${schedule}" is no time: write minute, hour, day, month and day of the week in UTC, for example "15 2 * * *", or @daily`,
  },
  {
    id: 'backup-keep',
    broken: ({ keep }) => !Number.isInteger(keep) || keep < 1,
    message: ({ name, keep }) =>
      `${name}: keep is ${keep}, and not even the newest archive would stay: write a whole number of at least 1`,
  },
];

export const DATA_BACKUP_RULES: readonly Rule<DataBackup>[] = [
  {
    id: 'data-backup-namespace',
    broken: (backup) => !sameNamespace(backup, backup.props.release),
    message: ({ name, props }) =>
      `${name}: a pod mounts only the volumes of its own namespace: put it into the namespace of ${props.release.name}`,
  },
  {
    id: 'data-backup-own-volume',
    broken: ({ storage, props }) => storage.claimName === props.release.storage.claimName,
    message: ({ name, storage }) =>
      `${name}: archives in ${storage.claimName} would be lost together with the data: give storage another claim`,
  },
  {
    id: 'data-backup-room',
    broken: ({ storage: { props }, _room }) =>
      props.size !== undefined && _room !== undefined && props.size.toKibibytes() < _room.toKibibytes(),
    message: ({ name, keep, storage, _room }) =>
      `${name}: ${keep} archives and the one being written need ${quantity(_room)} once the data volume is full, and ${storage.claimName} has ${quantity(storage.props.size)}: give it that size, or keep fewer`,
  },
];

export const DATABASE_BACKUP_RULES: readonly Rule<DatabaseBackup>[] = [
  {
    id: 'database-backup-namespace',
    broken: (backup) => !sameNamespace(backup, backup.props.usedBy),
    message: ({ name, props }) =>
      `${name}: it needs the Secret of ${props.usedBy.name}, and a restore waits for its pods: put it into the same namespace`,
  },
];
