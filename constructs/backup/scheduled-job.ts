import { ApiObject, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { WorkspaceNamespace } from '../platform/namespace';
import type { MainContainer } from '../platform/pod-template';
import { checkAtSynth } from '../platform/rules';
import { Workload, type WorkloadProps } from '../platform/workload';
import { SCHEDULE_RULES } from './backup-rules';

/** What a backup is told: when it runs, and how many archives stay. */
export interface ScheduledJobProps extends WorkloadProps {
  /** In UTC. Form: the five fields of cron, or `@daily` and its like. @default `15 2 * * *` */
  readonly schedule?: string;
  /** How many archives stay; the oldest go after a new one is whole. @default 7 */
  readonly keep?: number;
}

/** What is true of one program that runs again and again. */
export interface ScheduledJobDefaults {
  readonly program: string;
  readonly propsStruct: string;
}

const DEFAULT_SCHEDULE = '15 2 * * *';
const DEFAULT_KEEP = 7;

/** How long a finished run stays for people to read its log: over a weekend. Unit: seconds. */
const KEPT_SECONDS = 3 * 86_400;
/** A run that has not started by then is left out: the next is near. Unit: seconds. */
const LATEST_START = 3600;
/** Unit: seconds. */
const LONGEST_RUN = 2 * 3600;

/** A program that runs to its end at certain times, never twice at once. */
export abstract class ScheduledJob extends Workload {
  public readonly maxPods = 1;
  /** In UTC. Form: the five fields of cron, or `@daily` and its like. */
  public readonly schedule: string;
  /** How many archives stay. */
  public readonly keep: number;

  protected constructor(scope: Construct, id: string, props: ScheduledJobProps, defaults: ScheduledJobDefaults) {
    super(scope, id, { ...defaults, batch: true }, props);
    this.schedule = props.schedule ?? DEFAULT_SCHEDULE;
    this.keep = props.keep ?? DEFAULT_KEEP;
    this._pod.setSpec({
      restartPolicy: 'Never',
      priorityClassName: props.priorityClassName ?? WorkspaceNamespace.of(this)?.batchPriority,
    });
    checkAtSynth(this, SCHEDULE_RULES, () => this);
  }

  /** @internal */
  protected _addCronJob(container: MainContainer, props: WorkloadProps): void {
    this._setMain(container, props);
    new ApiObject(this, 'CronJob', {
      ...k8s.KubeCronJob.GVK,
      metadata: { name: this.name, labels: this.labels },
      spec: Lazy.any({ produce: () => k8s.KubeCronJob.manifest({ spec: this.cronJobSpec() }).spec }),
    });
  }

  private cronJobSpec(): k8s.CronJobSpec {
    return {
      schedule: this.schedule,
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: LATEST_START,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels: this.labels },
        spec: {
          backoffLimit: 2,
          activeDeadlineSeconds: LONGEST_RUN,
          ttlSecondsAfterFinished: KEPT_SECONDS,
          template: this._pod.render(this.labels),
        },
      },
    };
  }
}
