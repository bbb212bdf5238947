import path from 'node:path';
import type { Construct } from 'constructs';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../../constructs/open-webui-release';
import { Redis } from '../../constructs/redis';
import { render } from '../../test/render';

const helmExecutable = process.env.HELM ?? 'helm';
const chart = path.join(__dirname, 'chart');
const DATABASE = { host: 'db.company.com', database: 'openwebui', user: 'openwebui' };

/** A release with everything that a chart could lose, in chart mode. */
function inflated(
  props: OpenWebUiReleaseProps = {},
  before: (release: OpenWebUiRelease, scope: Construct) => void = () => {},
) {
  return render((scope) => {
    const release = new OpenWebUiRelease(scope, 'open-webui', props);
    before(release, scope);
    release.inflateChart({ chart, helmExecutable });
    return release;
  });
}

test('the pods come from the chart, and are what the construct would have made', () => {
  const props: OpenWebUiReleaseProps = {
    autoscaling: { minReplicas: 3, maxReplicas: 10 },
    database: DATABASE,
    storage: { existingClaim: 'chats', shared: true },
    extraEnv: { WEBUI_NAME: 'Chat', DEFAULT_USER_ROLE_NOTE: 'Hello {{USER_NAME}}' },
    pluginVariables: ['DEFAULT_USER_ROLE_NOTE'],
    podAnnotations: { team: 'chat' },
    tolerations: [{ key: 'chat', operator: 'Exists' }],
  };
  const withRedis = (release: OpenWebUiRelease, scope: Construct) => release.useRedis(new Redis(scope, 'redis'));
  const typed = render((scope) => {
    const release = new OpenWebUiRelease(scope, 'open-webui', props);
    withRedis(release, scope);
    return release;
  });
  const charted = inflated(props, withRedis);
  expect(charted.problems).toEqual([]);
  const [from, to] = [typed, charted].map((rendered) => rendered.find('Deployment', 'open-webui'));
  expect(to.metadata.labels?.['helm.sh/chart']).toBe('open-webui-16.0.0');
  const byName = (env: { name: string }[]) => [...env].sort((a, b) => (a.name < b.name ? -1 : 1));
  const [mainFrom, mainTo] = [from, to].map(({ spec }) => spec.template.spec.containers[0]);
  const websocket = { name: 'ENABLE_WEBSOCKET_SUPPORT', value: 'True' };
  expect(byName(mainTo.env)).toEqual(
    byName([...mainFrom.env.filter(({ name }: { name: string }) => name !== websocket.name), websocket]),
  );
  expect(mainTo.lifecycle).toEqual(mainFrom.lifecycle);
  expect(to.spec.replicas).toBeUndefined();
  expect(to.spec.template.spec.terminationGracePeriodSeconds).toBe(
    from.spec.template.spec.terminationGracePeriodSeconds,
  );
});

test('everything around the pods stays, once', () => {
  const charted = inflated();
  expect(charted.problems).toEqual([]);
  const names = charted.manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();
  expect(names).toEqual([
    'Deployment/open-webui',
    'NetworkPolicy/open-webui',
    'PersistentVolumeClaim/open-webui-data',
    'Service/open-webui',
    'ServiceAccount/open-webui',
  ]);
  const { selector } = charted.find('Service', 'open-webui').spec;
  expect(charted.find('Deployment', 'open-webui').spec.template.metadata.labels).toMatchObject(selector);
});

/** The chart with a value that breaks it on purpose. */
function broken(key: string, value: string): string[] {
  const fs = jest.requireActual('node:fs');
  const folder = fs.mkdtempSync(path.join(jest.requireActual('node:os').tmpdir(), 'chart-'));
  fs.cpSync(chart, folder, { recursive: true });
  const file = path.join(folder, 'values.yaml');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(`${key}: ""`, `${key}: ${value}`));
  try {
    return render((scope) => new OpenWebUiRelease(scope, 'open-webui').inflateChart({ chart: folder, helmExecutable }))
      .problems;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

test.each([
  ['forget', 'readinessProbe', 'readinessProbe'],
  ['forget', 'resources', 'resources'],
  ['forget', 'extraEnvVars', 'variable WEBUI_SECRET_KEY'],
  ['twice', 'LOG_FORMAT', 'variable LOG_FORMAT once'],
])('a chart that loses something does not synthesize: %s %s', (key, value, lost) => {
  const problems = broken(key, value);
  expect(problems.filter((problem) => problem.includes('the chart did not render what it was told')).join()).toContain(
    lost,
  );
});

test('what is declared after inflateChart is a mistake', () => {
  const { problems } = render((scope) => {
    const release = new OpenWebUiRelease(scope, 'open-webui');
    release.inflateChart({ chart, helmExecutable });
    release.useRedis(new Redis(scope, 'redis'));
  });
  expect(problems.join()).toContain('open-webui: something was declared after inflateChart');
});

test('a chart that is not there, in the words of helm', () => {
  expect(() =>
    render((scope) => new OpenWebUiRelease(scope, 'a').inflateChart({ chart: './none', helmExecutable })),
  ).toThrow(/^a: helm could not render \.\/none: /);
});
