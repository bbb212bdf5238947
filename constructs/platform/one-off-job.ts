import { createHash } from 'node:crypto';
import { ApiObject, Lazy } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { WorkspaceNamespace } from './namespace';
import type { MainContainer } from './pod-template';
import { Workload, type WorkloadProps } from './workload';

/** What is true of one job. */
export interface OneOffJobDefaults {
  readonly program: string;
  readonly propsStruct: string;
  /** Rendered suspended: a person starts it. @default false */
  readonly suspended?: boolean;
  /** Tries after the first. @default 6 */
  readonly backoffLimit?: number;
  /** Unit: seconds. @default 3600 */
  readonly activeDeadlineSeconds?: number;
}

/**
 * Of a program's props those that hold for a job with the same image too: how the image is pulled, where its pods may
 * run and as whom. @internal
 */
export function jobProps(props: WorkloadProps): WorkloadProps {
  return {
    imagePullPolicy: props.imagePullPolicy,
    imagePullSecrets: props.imagePullSecrets,
    podSecurityContext: props.podSecurityContext,
    securityContext: props.securityContext,
    nodeSelector: props.nodeSelector,
    tolerations: props.tolerations,
    runtimeClassName: props.runtimeClassName,
    hostAliases: props.hostAliases,
  };
}

/** How long a finished job stays for people to read its log. Unit: seconds. */
const KEPT_SECONDS = 86_400;

/**
 * A program that runs to its end once. A Job's template is immutable, so its name carries a digest of it: a changed
 * job is a new job, an unchanged one is left alone.
 */
export abstract class OneOffJob extends Workload {
  public readonly maxPods = 1;
  private readonly defaults: OneOffJobDefaults;

  protected constructor(scope: Construct, id: string, props: WorkloadProps, defaults: OneOffJobDefaults) {
    super(scope, id, { program: defaults.program, propsStruct: defaults.propsStruct, batch: true }, props);
    this.defaults = defaults;
    this._pod.setSpec({
      restartPolicy: 'Never',
      priorityClassName: props.priorityClassName ?? WorkspaceNamespace.of(this)?.batchPriority,
    });
  }

  /** Renders the Job; the last step of a constructor, because its name follows from its template. @internal */
  protected _addJob(container: MainContainer, props: WorkloadProps): void {
    this._setMain(container, props);
    const spec = Lazy.any({ produce: () => k8s.KubeJob.manifest({ spec: this.jobSpec() }).spec });
    new ApiObject(this, 'Job', {
      ...k8s.KubeJob.GVK,
      metadata: { name: Lazy.any({ produce: () => this.jobName() }) as unknown as string, labels: this.labels },
      spec,
    });
  }

  private jobSpec(): k8s.JobSpec {
    return {
      suspend: this.defaults.suspended,
      backoffLimit: this.defaults.backoffLimit ?? 6,
      activeDeadlineSeconds: this.defaults.activeDeadlineSeconds ?? 3600,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: this._pod.render(this.labels),
    };
  }

  private jobName(): string {
    const digest = createHash('sha256')
      .update(JSON.stringify(this._pod.render(this.labels)))
      .digest('hex');
    return `${this.name}-${digest.slice(0, 8)}`;
  }
}
