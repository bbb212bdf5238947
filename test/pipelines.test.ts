import { Chart, Size, Testing } from 'cdk8s';
import { Pipelines, type PipelinesProps } from '../constructs/pipelines';
import { Platform } from '../constructs/platform/platform';
import { Secrets } from '../constructs/platform/secrets';
import { Tika } from '../constructs/tika';

function render(props?: PipelinesProps, prepare?: (pipelines: Pipelines, chart: Chart) => void) {
  const chart = new Chart(Testing.app(), 'workspace', { namespace: 'open-webui' });
  Platform.kubernetes().attach(chart);
  new Secrets(chart, 'secrets').attach(chart);
  const pipelines = new Pipelines(chart, 'pipelines', props);
  prepare?.(pipelines, chart);
  const errors = chart.node.findAll().flatMap((construct) => construct.node.validate());
  const manifests = errors.length > 0 ? [] : Testing.synth(chart);
  const find = (kind: string) =>
    manifests.find(({ kind: found, metadata }) => found === kind && metadata.name.startsWith('pipelines'));
  const container = find('Deployment')?.spec.template.spec.containers[0];
  return { pipelines, errors, manifests, find, container };
}

test('renders Pipelines', () => {
  expect(render().manifests).toMatchSnapshot();
});

test('runs a version that stays the same', () => {
  expect(render().container.image).toMatch(/:git-[0-9a-f]{7}$/);
});

test('takes its key from a Secret, never the one that everybody knows', () => {
  const { container, manifests } = render({ secretName: 'shared' });
  expect(container.env).toContainEqual({
    name: 'PIPELINES_API_KEY',
    valueFrom: { secretKeyRef: { name: 'shared', key: 'PIPELINES_API_KEY' } },
  });
  expect(JSON.stringify(manifests)).not.toContain('0p3n-w3bu!');
});

test('is what Open WebUI connects to', () => {
  const { pipelines } = render();
  expect(pipelines.apiBaseUrl).toBe('http://pipelines:9099');
  expect(pipelines.apiKey.key).toBe('PIPELINES_API_KEY');
});

test('installs nothing from the network', () => {
  const { container, find } = render();
  expect(container.env).toContainEqual({ name: 'PIP_NO_INDEX', value: '1' });
  expect(find('NetworkPolicy')?.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
  expect(find('NetworkPolicy')?.spec.egress).toBeUndefined();
});

test('is open to its clients only: most of its paths ask for no key', () => {
  expect(render().find('NetworkPolicy')?.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
  expect(render().find('NetworkPolicy')?.spec.ingress).toBeUndefined();
  const { find } = render({}, (pipelines, chart) => pipelines.allowClient(new Tika(chart, 'client')));
  expect(find('NetworkPolicy')?.spec.ingress).toEqual([
    {
      from: [
        {
          podSelector: {
            matchLabels: { 'app.kubernetes.io/name': 'tika', 'app.kubernetes.io/instance': 'client' },
          },
        },
      ],
      ports: [{ port: 9099, protocol: 'TCP' }],
    },
  ]);
});

test('keeps pipelines and settings in a volume that is its own', () => {
  const { find, container } = render({ storage: { size: Size.gibibytes(5) } });
  expect(find('PersistentVolumeClaim')?.spec.resources.requests.storage).toBe('5Gi');
  expect(container.volumeMounts).toContainEqual({ name: 'pipelines', mountPath: '/app/pipelines' });
  expect(find('Deployment')?.spec.strategy).toEqual({ type: 'Recreate' });
});

test.each<[string, PipelinesProps, RegExp]>([
  ['several replicas', { replicas: 2 }, /a change reaches only one of them: set replicas to 1/],
  [
    'code from the network',
    { extraEnv: { PIPELINES_URLS: 'https://example.com/filter.py' } },
    /PIPELINES_URLS would run code from the network at every start/,
  ],
  ['an image that floats', { image: 'ghcr.io/open-webui/pipelines:main' }, /can change under its name/],
])('refuses %s', (_title, props, message) => {
  const { errors } = render(props);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(message);
});
