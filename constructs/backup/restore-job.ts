import type { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { apartFrom, together } from '../data-copy/placement';
import { addNote } from '../platform/notes';
import { OneOffJob, type OneOffJobDefaults } from '../platform/one-off-job';
import type { Workload, WorkloadProps } from '../platform/workload';

/** The archive that a restore takes: `newest`, or a file's name. */
const ARCHIVE = 'cdk8s-open-webui/archive';
/** Whether a restore may replace what people have made: `true` puts it aside first. */
const OVERWRITE = 'cdk8s-open-webui/overwrite';

/**
 * A restore that a person starts, and tells which archive and whether to overwrite, in one command: annotations of the
 * template, which may still change while a Job is suspended and has never run. Source: Kubernetes, "Jobs", mutable
 * scheduling directives.
 */
export abstract class RestoreJob extends OneOffJob {
  /** @param stopped the program that must not run meanwhile */
  protected constructor(
    scope: Construct,
    id: string,
    props: WorkloadProps,
    stopped: Workload,
    defaults: OneOffJobDefaults,
  ) {
    super(scope, id, props, { ...defaults, suspended: true, backoffLimit: 2 });
    // While a pod of the program exists this one is not scheduled, and the other way round.
    this._pod.setSpec({ affinity: together(props.affinity, apartFrom(stopped.selector)) });
    this._pod.annotate(ARCHIVE, 'newest');
    this._pod.annotate(OVERWRITE, 'false');
    fromAnnotation(this, 'ARCHIVE', ARCHIVE);
    fromAnnotation(this, 'OVERWRITE', OVERWRITE);
  }

  /** @internal */
  protected _noteStart(): void {
    addNote(
      this.node.findChild('Job') as ApiObject,
      `Suspended: a person starts it by setting spec.suspend to false, and with the annotations of the template says which archive (${ARCHIVE}) and whether what is there may be put aside (${OVERWRITE}).`,
    );
  }
}

/** Gives a container what an annotation of its pod says. */
export function fromAnnotation(workload: Workload, variable: string, annotation: string): void {
  workload._pod.env.addExtra({
    name: variable,
    // The API server writes the version too, and a server-side apply would find a conflict.
    valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['${annotation}']` } },
  });
}
