import { ApiObject, JsonPatch, type Size } from 'cdk8s';
import { Construct } from 'constructs';
import { VolumeSnapshot } from '../../imports/snapshot.storage.k8s.io';
import type { OpenWebUiRelease } from '../open-webui-release';
import { Claim } from '../platform/claim';
import { dnsLabel } from '../platform/manifest-rules/name-forms';
import { NEVER_PRUNED } from '../platform/never-pruned';
import { Platform, PlatformKind } from '../platform/platform';
import { checkName, checkProps } from '../platform/props-check';
import { checkAtSynth, type Rule } from '../platform/rules';
import type { Workload } from '../platform/workload';

/** Snapshots of all volumes of one program, taken once. */
export interface VolumeSnapshotsProps {
  /** Whose volumes. */
  readonly usedBy: Workload;
  /** What the snapshots' names end with; another name takes further ones. Form: DNS label, for example `before-0-13`. */
  readonly snapshotName: string;
  /** VolumeSnapshotClass. @default - the default class of the volumes' driver */
  readonly snapshotClass?: string;
}

/** What a snapshot becomes when it is needed. */
export interface RestoredClaimProps {
  /** Whose data it is; afterwards that release's `storage` names the claim as its `existingClaim`. */
  readonly release: OpenWebUiRelease;
  /** Name of the VolumeSnapshot. */
  readonly fromSnapshot: string;
  /** At least the size of the volume that was snapshotted. */
  readonly size: Size;
  /** Name of the new claim. */
  readonly claimName: string;
  /** @default - the platform's class; it must be of the snapshot's driver */
  readonly storageClass?: string;
}

const RULES: readonly Rule<VolumeSnapshots>[] = [
  {
    id: 'snapshots-of-volumes',
    broken: ({ claims }) => claims.length === 0,
    message: ({ props }) =>
      `${props.usedBy.name} has no volume of which a snapshot could be taken: leave its snapshots out`,
  },
  {
    id: 'snapshots-on-kind',
    broken: (snapshots) => Platform.of(snapshots).type === PlatformKind.KIND,
    message: ({ props }) =>
      `${props.usedBy.name}: the volumes of kind are folders of its node, which cannot be snapshotted: take archives instead`,
  },
];

/**
 * VolumeSnapshots of a program's volumes, taken when they are first applied. Nobody gets a right or a token: a program
 * that takes them by schedule could delete every snapshot of the namespace. As after a power failure: SQLite and
 * PGlite repair that when they start.
 */
export class VolumeSnapshots extends Construct {
  public readonly props: VolumeSnapshotsProps;
  /** The volumes. */
  public readonly claims: Claim[];

  constructor(scope: Construct, id: string, props: VolumeSnapshotsProps) {
    super(scope, id);
    checkProps(this, 'VolumeSnapshotsProps', props);
    checkName(this, 'snapshotName', props.snapshotName, dnsLabel);
    this.props = props;
    this.claims = props.usedBy.node.findAll().filter((construct): construct is Claim => construct instanceof Claim);
    for (const { claimName } of this.claims) {
      new ApiObject(
        this,
        claimName,
        VolumeSnapshot.manifest({
          metadata: {
            name: `${claimName}-${props.snapshotName}`,
            labels: props.usedBy.labels,
            annotations: NEVER_PRUNED,
          },
          spec: {
            source: { persistentVolumeClaimName: claimName },
            volumeSnapshotClassName: props.snapshotClass,
          },
        }),
      );
    }
    checkAtSynth(this, RULES, () => this);
  }
}

/**
 * A new claim that begins with the content of a snapshot. The old claim stays as it is: the way back is to name that one
 * again.
 */
export class RestoredClaim extends Claim {
  constructor(scope: Construct, id: string, props: RestoredClaimProps) {
    const { release, fromSnapshot, size, claimName, storageClass } = props;
    super(scope, id, release, { size, claimName, storageClass, shared: release.storage.shared });
    checkProps(this, 'RestoredClaimProps', props);
    const claim = this.node.findChild('Resource') as ApiObject;
    const dataSource = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: fromSnapshot };
    claim.addJsonPatch(JsonPatch.add('/spec/dataSource', dataSource));
  }
}
