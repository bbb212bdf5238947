import type { Size } from 'cdk8s';
import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import { Construct } from 'constructs';
import { Platform } from './platform';
import { sizeQuantity } from './quantity';
import type { Workload } from './workload';

/** A volume that outlives pods. */
export interface ClaimProps {
  /** Unit: as `Size` says; rendered in binary units. */
  readonly size: Size;
  /** Several nodes may mount it at once (ReadWriteMany). @default false */
  readonly shared?: boolean;
  /** @default - the platform's class for that kind of volume */
  readonly storageClass?: string;
  /** Use this claim, which exists already, and render none. @default - render one */
  readonly existingClaim?: string;
  /** Name of the rendered claim. @default - the component's name and `-data` */
  readonly claimName?: string;
  /** Folder inside the volume. @default - its root */
  readonly subPath?: string;
  /** Labels of the PersistentVolume to bind. @default - any, or a new one */
  readonly selector?: { [key: string]: string };
  /** @default - none */
  readonly annotations?: { [key: string]: string };
}

/** A PersistentVolumeClaim that GitOps tools never delete by themselves. */
export class Claim extends Construct {
  public readonly claimName: string;
  public readonly shared: boolean;

  constructor(
    scope: Construct,
    id: string,
    owner: Workload,
    public readonly props: ClaimProps,
  ) {
    super(scope, id);
    const platform = Platform.of(this);
    this.shared = props.shared ?? false;
    this.claimName = props.existingClaim ?? props.claimName ?? `${owner.name}-data`;
    if (props.existingClaim) {
      return;
    }
    new ApiObject(
      this,
      'Resource',
      k8s.KubePersistentVolumeClaim.manifest({
        metadata: {
          name: this.claimName,
          labels: owner.labels,
          annotations: {
            'argocd.argoproj.io/sync-options': 'Delete=false,Prune=false',
            'kustomize.toolkit.fluxcd.io/prune': 'disabled',
            ...props.annotations,
          },
        },
        spec: {
          accessModes: [this.shared ? 'ReadWriteMany' : 'ReadWriteOnce'],
          resources: { requests: { storage: k8s.Quantity.fromString(sizeQuantity(props.size)) } },
          storageClassName: props.storageClass ?? (this.shared ? platform.sharedStorageClass : platform.storageClass),
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
