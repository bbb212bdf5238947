import { Chart, Testing } from 'cdk8s';
import { Platform } from '../constructs/platform/platform';
import { Tika } from '../constructs/tika';

function render(prepare?: (tika: Tika, chart: Chart) => void) {
  const chart = new Chart(Testing.app(), 'workspace');
  Platform.kubernetes().attach(chart);
  const tika = new Tika(chart, 'tika');
  prepare?.(tika, chart);
  const errors = chart.node.findAll().flatMap((construct) => construct.node.validate());
  const manifests = Testing.synth(chart);
  const policy = manifests.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'tika');
  return { tika, errors, manifests, policy };
}

test('renders Tika', () => {
  const { errors, manifests } = render();
  expect(errors).toEqual([]);
  expect(manifests).toMatchSnapshot();
});

test('says where documents go', () => {
  expect(render().tika.serverUrl).toBe('http://tika:9998');
});

test('reaches nothing: what it parses may come from anybody', () => {
  expect(render().policy.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
  expect(render().policy.spec.egress).toBeUndefined();
});

test('is reached by declared clients', () => {
  expect(render().policy.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
  expect(render().policy.spec.ingress).toBeUndefined();
  const { policy } = render((tika, chart) => tika.allowClient(new Tika(chart, 'client')));
  expect(policy.spec.ingress[0].ports).toEqual([{ port: 9998, protocol: 'TCP' }]);
});
