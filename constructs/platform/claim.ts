import type { Size } from 'cdk8s';
import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import { Construct } from 'constructs';
import { NEVER_PRUNED } from './never-pruned';
import { Platform } from './platform';
import { sizeQuantity } from './quantity';
import { checkAtSynth, type Rule } from './rules';
import type { Workload } from './workload';

/** A volume that outlives pods. */
export interface ClaimProps {
  /** Needed unless the claim exists. Unit: as `Size` says; rendered in binary units. @default - that of `existingClaim` */
  readonly size?: Size;
  /** Several nodes may mount it at once (ReadWriteMany). @default false */
  readonly shared?: boolean;
  /** @default - the platform's class for that kind of volume */
  readonly storageClass?: string;
  /** Use this claim, which exists already, and render none: `shared` then says what it is. @default - render one */
  readonly existingClaim?: string;
  /** Name of the rendered claim. @default - the component's name and that of the volume, for example `-data` */
  readonly claimName?: string;
  /** Folder inside the volume. @default - its root */
  readonly subPath?: string;
  /** Labels of the PersistentVolume to bind. @default - any, or a new one */
  readonly selector?: { [key: string]: string };
  /** @default - none */
  readonly annotations?: { [key: string]: string };
}

/** What only a claim can have that is rendered here. */
const OF_A_NEW_CLAIM = ['size', 'claimName', 'storageClass', 'selector', 'annotations'] as const;

const idle = ({ props, _defaultName }: Claim): string[] =>
  OF_A_NEW_CLAIM.filter(
    // Constructs with several volumes write the name themselves.
    (prop) => props[prop] !== undefined && (prop !== 'claimName' || props.claimName !== _defaultName),
  );

const RULES: readonly Rule<Claim>[] = [
  {
    id: 'existing-claim-is-as-it-is',
    broken: (claim) => claim.props.existingClaim !== undefined && idle(claim).length > 0,
    message: (claim) =>
      `${claim.claimName}: the claim exists already, so that ${idle(claim).join(', ')} would change nothing: leave out either that or existingClaim`,
  },
  {
    id: 'new-claim-has-a-size',
    broken: ({ props }) => props.existingClaim === undefined && props.size === undefined,
    message: ({ claimName }) =>
      `${claimName}: a new claim needs a size: write size, or existingClaim for one that exists`,
  },
  {
    id: 'shared-claim-has-a-class',
    broken: ({ shared, props, storageClass, platform }) =>
      shared && props.existingClaim === undefined && storageClass === undefined && platform.production,
    message: ({ claimName }) =>
      `${claimName}: few clusters' default storage class can be mounted by several nodes: write storageClass, or sharedStorageClass in the platform`,
  },
];

/** A PersistentVolumeClaim that GitOps tools never delete by themselves. */
export class Claim extends Construct {
  public readonly claimName: string;
  public readonly shared: boolean;
  /** @default - the cluster's default class */
  public readonly storageClass?: string;
  public readonly platform: Platform;
  /** @internal */
  public readonly _defaultName: string;

  constructor(
    scope: Construct,
    id: string,
    owner: Workload,
    public readonly props: ClaimProps,
  ) {
    super(scope, id);
    this.platform = Platform.of(this);
    this.shared = props.shared ?? false;
    this.storageClass =
      props.storageClass ?? (this.shared ? this.platform.sharedStorageClass : this.platform.storageClass);
    this._defaultName = `${owner.name}-${id.toLowerCase()}`;
    this.claimName = props.existingClaim ?? props.claimName ?? this._defaultName;
    checkAtSynth(this, RULES, () => this);
    if (props.existingClaim || !props.size) {
      return;
    }
    new ApiObject(
      this,
      'Resource',
      k8s.KubePersistentVolumeClaim.manifest({
        metadata: {
          name: this.claimName,
          labels: owner.labels,
          annotations: { ...NEVER_PRUNED, ...props.annotations },
        },
        spec: {
          accessModes: [this.shared ? 'ReadWriteMany' : 'ReadWriteOnce'],
          resources: { requests: { storage: k8s.Quantity.fromString(sizeQuantity(props.size)) } },
          storageClassName: this.storageClass,
          selector: props.selector ? { matchLabels: props.selector } : undefined,
        },
      }),
    );
  }

  /** The claim as a pod's volume. */
  public toVolume(name: string): k8s.Volume {
    return { name, persistentVolumeClaim: { claimName: this.claimName } };
  }
}
