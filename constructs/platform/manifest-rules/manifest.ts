import { Part } from './part';

/** The kinds that make pods, and the Pod. */
export const POD_KINDS = ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'];

/** A whole object, with the places that many rules talk about. */
export class Manifest extends Part {
  public readonly kind = this.text('kind') ?? '';
  public readonly spec = this.at('spec');
  private knownPodSpec?: Part;
  private knownContainers?: Part[];

  /** The template of the pods that the object makes; a Pod is its own. Only for the kinds of POD_KINDS. */
  public get podTemplate(): Part {
    if (this.kind === 'Pod') {
      return this;
    }
    return (this.kind === 'CronJob' ? this.spec.at('jobTemplate').at('spec') : this.spec).at('template');
  }

  public get podSpec(): Part {
    this.knownPodSpec ??= this.podTemplate.at('spec');
    return this.knownPodSpec;
  }

  /** The containers of the pods, those that run before the others first. */
  public get containers(): Part[] {
    this.knownContainers ??= [...this.podSpec.items('initContainers'), ...this.podSpec.items('containers')];
    return this.knownContainers;
  }
}
