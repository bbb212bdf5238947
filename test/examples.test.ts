import { App } from 'cdk8s';
import { problemsOf } from '../synth/render';
import type { Manifest } from './manifests';

/** Runs an example up to its synth, which would write files. */
function run(name: string): { readonly problems: string[]; readonly objects: Manifest[]; readonly printed: string } {
  const apps: App[] = [];
  const printed: string[] = [];
  const synth = jest.spyOn(App.prototype, 'synth').mockImplementation(function (this: App) {
    apps.push(this);
  });
  const log = jest.spyOn(console, 'log').mockImplementation((text) => void printed.push(String(text)));
  try {
    require(`../examples/${name}`);
  } finally {
    synth.mockRestore();
    log.mockRestore();
  }
  const [app] = apps;
  return {
    problems: problemsOf(app),
    objects: app.charts.flatMap((chart) => chart.toJson()),
    printed: printed.join('\n'),
  };
}

describe('one release for a small team', () => {
  const { problems, objects } = run('small-team');

  test('synthesizes', () => {
    expect(problems).toEqual([]);
    expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toMatchSnapshot();
  });

  test('is one replica that asks LiteLLM for its models', () => {
    const release = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'open-webui');
    expect(release?.spec.replicas).toBe(1);
    expect(release?.spec.template.spec.containers[0].env).toContainEqual({
      name: 'OPENAI_API_BASE_URLS',
      value: 'http://litellm:4000/v1',
    });
  });
});

describe('the gateway beside an Open WebUI of others', () => {
  const { problems, objects, printed } = run('gateway-alone');

  test('synthesizes, and touches nothing that is not its own', () => {
    expect(problems).toEqual([]);
    expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toMatchSnapshot();
    expect(objects.every(({ metadata }) => metadata.namespace === 'chat')).toBe(true);
    expect(objects.map(({ kind }) => kind)).not.toContain('Namespace');
  });

  test('lets in the pods of the official chart, and nobody else', () => {
    const policies = objects.filter(({ kind, spec }) => kind === 'NetworkPolicy' && spec.ingress);
    const callers = policies.flatMap(({ spec }) => spec.ingress).filter(({ ports }) => ports?.[0].port === 8000);
    expect(callers).toHaveLength(1);
    expect(callers[0].from).toEqual([
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'chat' } },
        podSelector: { matchLabels: { 'app.kubernetes.io/component': 'open-webui' } },
      },
    ]);
  });

  test('prints the connection for the chart', () => {
    const [connection] = JSON.parse(printed.replace(/^TOOL_SERVER_CONNECTIONS=/, ''));
    expect(connection).toMatchObject({ type: 'mcp', url: 'http://mcp-proxy:8000/mcp', auth_type: 'bearer' });
  });
});

describe('a program of one’s own', () => {
  const { problems, objects } = run('own-program');
  const find = (kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata.name === name);

  test('synthesizes', () => {
    expect(problems).toEqual([]);
    expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toMatchSnapshot();
  });

  test('is called by Open WebUI alone, at the port that it declares', () => {
    expect(find('Service', 'reranker')?.spec.ports).toMatchObject([{ name: 'http', port: 8080, targetPort: 8080 }]);
    const { ingress } = find('NetworkPolicy', 'reranker')?.spec ?? {};
    const callers = ingress.filter(({ ports }: Manifest['spec']) => ports[0].port === 8080);
    expect(callers).toHaveLength(1);
    expect(callers[0].from[0].podSelector.matchLabels['app.kubernetes.io/instance']).toBe('open-webui');
  });

  test('and its caller read the same key', () => {
    const valueFrom = { secretKeyRef: { name: 'reranker-secrets', key: 'API_KEY' } };
    for (const [program, name] of [
      ['reranker', 'API_KEY'],
      ['open-webui', 'RAG_EXTERNAL_RERANKER_API_KEY'],
    ]) {
      expect(find('Deployment', program)?.spec.template.spec.containers[0].env).toContainEqual({ name, valueFrom });
    }
  });
});
