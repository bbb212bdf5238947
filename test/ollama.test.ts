import { Chart, Size, Testing } from 'cdk8s';
import { Ollama, type OllamaProps } from '../constructs/ollama';
import { Platform } from '../constructs/platform/platform';
import { Tika } from '../constructs/tika';

function render(props?: OllamaProps, prepare?: (ollama: Ollama, chart: Chart) => void) {
  const chart = new Chart(Testing.app(), 'workspace');
  Platform.kubernetes().attach(chart);
  const ollama = new Ollama(chart, 'ollama', props);
  prepare?.(ollama, chart);
  const errors = chart.node.findAll().flatMap((construct) => construct.node.validate());
  const manifests = errors.length > 0 ? [] : Testing.synth(chart);
  const find = (kind: string) =>
    manifests.find(({ kind: found, metadata }) => found === kind && metadata.name.startsWith('ollama'));
  const container = find('Deployment')?.spec.template.spec.containers[0];
  return { ollama, errors, manifests, find, container };
}

test('renders Ollama', () => {
  expect(render().manifests).toMatchSnapshot();
});

test('says where it answers, and keeps models in its volume', () => {
  const { ollama, container, find } = render({ storage: { size: Size.gibibytes(200) } });
  expect(ollama.serverUrl).toBe('http://ollama:11434');
  expect(container.env).toContainEqual({ name: 'OLLAMA_MODELS', value: '/models' });
  expect(container.volumeMounts).toContainEqual({ name: 'models', mountPath: '/models' });
  expect(find('PersistentVolumeClaim')?.spec.resources.requests.storage).toBe('200Gi');
});

test('reaches no registry unless one is named', () => {
  expect(render().find('NetworkPolicy')?.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
  expect(render().find('NetworkPolicy')?.spec.egress).toBeUndefined();
  const { find } = render({ extraEgress: [{ host: 'registry.ollama.ai', cidrs: ['203.0.113.0/24'] }] });
  expect(find('NetworkPolicy')?.spec.egress[1].to).toEqual([{ ipBlock: { cidr: '203.0.113.0/24' } }]);
});

test('is reached by declared clients', () => {
  expect(render().find('NetworkPolicy')?.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
  expect(render().find('NetworkPolicy')?.spec.ingress).toBeUndefined();
  const { find } = render({}, (ollama, chart) => ollama.allowClient(new Tika(chart, 'client')));
  expect(find('NetworkPolicy')?.spec.ingress[0].ports).toEqual([{ port: 11434, protocol: 'TCP' }]);
});

test.each<[string, OllamaProps['gpu'], object]>([
  ['none', undefined, { cpu: '4', memory: '16Gi', 'ephemeral-storage': '1Gi' }],
  ['one', {}, { cpu: '4', memory: '16Gi', 'ephemeral-storage': '1Gi', 'nvidia.com/gpu': '1' }],
  [
    'several of another maker',
    { count: 2, resource: 'amd.com/gpu' },
    { cpu: '4', memory: '16Gi', 'ephemeral-storage': '1Gi', 'amd.com/gpu': '2' },
  ],
])('takes %s of the graphics processors', (_title, gpu, limits) => {
  const { errors, container } = render({ gpu });
  expect(errors).toEqual([]);
  expect(container.resources.limits).toEqual(limits);
});

test.each<[string, OllamaProps, RegExp]>([
  ['several replicas', { replicas: 2 }, /set replicas to 1, and declare a second Ollama/],
  ['half a processor', { gpu: { count: 0.5 } }, /0\.5 graphics processors: write a whole number/],
])('refuses %s', (_title, props, message) => {
  const { errors } = render(props);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(message);
});
