import { Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { Claim, type ClaimProps } from '../../constructs/platform/claim';
import { Platform } from '../../constructs/platform/platform';
import { describeRules } from '../broken-rules';
import { render } from '../render';
import { Program } from './program';

const claim = (props: Partial<ClaimProps> = {}, platform = Platform.kubernetes()) =>
  render(
    (scope) => {
      const owner = new Program(scope, 'program');
      return new Claim(owner, 'Data', owner, { size: props.existingClaim ? undefined : Size.gibibytes(10), ...props });
    },
    { platform },
  );
const specOf = (props: Partial<ClaimProps> = {}, platform = Platform.kubernetes()) =>
  claim(props, platform).find('PersistentVolumeClaim').spec;

test('as a manifest', () => {
  const rendered = claim({ selector: { disk: 'fast' }, annotations: { backup: 'daily' } });
  expect(rendered.problems).toEqual([]);
  expect(rendered.find('PersistentVolumeClaim')).toMatchSnapshot();
});

test('outlives its program: neither Argo CD nor Flux deletes it', () => {
  expect(claim().find('PersistentVolumeClaim').metadata.annotations).toMatchObject({
    'argocd.argoproj.io/sync-options': 'Delete=false,Prune=false',
    'kustomize.toolkit.fluxcd.io/prune': 'disabled',
  });
});

test('for one node or for several', () => {
  expect(specOf().accessModes).toEqual(['ReadWriteOnce']);
  expect(specOf({ shared: true, storageClass: 'nfs' }).accessModes).toEqual(['ReadWriteMany']);
});

describe('the storage class', () => {
  const aks = Platform.aks({ storageClass: 'managed-csi-premium' });

  test("is the platform's for that kind of volume", () => {
    expect(specOf({}, aks).storageClassName).toBe('managed-csi-premium');
    expect(specOf({ shared: true }, aks).storageClassName).toBe('azurefile-csi');
  });

  test("is the volume's own where it has one", () => {
    expect(specOf({ storageClass: 'own' }, aks).storageClassName).toBe('own');
    expect(specOf({ shared: true, storageClass: 'own' }, aks).storageClassName).toBe('own');
  });

  test("is the cluster's default where nobody says anything", () => {
    expect(specOf()).not.toHaveProperty('storageClassName');
  });
});

test('that exists already is used and not rendered', () => {
  const rendered = claim({ existingClaim: 'handbook' });
  expect(rendered.ofKind('PersistentVolumeClaim')).toEqual([]);
  expect(rendered.construct.toVolume('data')).toEqual({
    name: 'data',
    persistentVolumeClaim: { claimName: 'handbook' },
  });
});

test('is named after its program, unless somebody needs another name', () => {
  expect(claim().construct.claimName).toBe('program-data');
  expect(claim({ claimName: 'openwebui-data-pvc' }).construct.claimName).toBe('openwebui-data-pvc');
});

const made = (props: ClaimProps) => (scope: Construct) => {
  const owner = new Program(scope, 'program');
  return new Claim(owner, 'Data', owner, props);
};

describeRules('constructs/platform/claim.ts', [
  {
    rule: 'existing-claim-is-as-it-is',
    when: 'with all that only a new one can have',
    declare: made({
      existingClaim: 'theirs',
      size: Size.gibibytes(1),
      claimName: 'ours',
      storageClass: 'fast',
      selector: { disk: 'fast' },
      annotations: { note: 'x' },
    }),
    sentence:
      'theirs: the claim exists already, so that size, claimName, storageClass, selector, annotations would change nothing: leave out either that or existingClaim',
  },
  {
    rule: 'new-claim-has-a-size',
    when: 'none',
    declare: made({}),
    sentence: 'program-data: a new claim needs a size: write size, or existingClaim for one that exists',
  },
  {
    rule: 'shared-claim-has-a-class',
    when: 'neither its own nor one of the platform',
    declare: made({ size: Size.gibibytes(1), shared: true }),
    sentence:
      "program-data: few clusters' default storage class can be mounted by several nodes: write storageClass, or sharedStorageClass in the platform",
  },
]);

test('a claim that exists, shared or not, needs nothing more', () => {
  expect(claim({ existingClaim: 'handbook', shared: true, subPath: 'docs' }).problems).toEqual([]);
});
