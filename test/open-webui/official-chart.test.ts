import fs from 'node:fs';
import path from 'node:path';
import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import { loadAll } from 'js-yaml';
import { OpenWebUiRelease } from '../../constructs/open-webui-release';
import { EdgeKind, Platform } from '../../constructs/platform/platform';
import { Redis } from '../../constructs/redis';
import facts from '../fixtures/official-chart-16.0.0.json';
import type { Manifest } from '../manifests';
import { render } from '../render';
import { type Leaves, leavesOf } from './flatten';
import { Models, Tools } from './neighbours';
import { DATABASE } from './samples';

// What the official Helm chart 16.0.0 renders for Open WebUI from the first seed's values, as a list of values at their
// paths. Nothing of it may be missing here without a reason.

const CHART = path.join(
  __dirname,
  ...['..', '..', '..', 'shared', 'reference', 'open-webui-chart-16.0.0', 'rendered-corrected.yaml'],
);

const ENV = 'spec.template.spec.containers[open-webui].env';
const LABELS = /(metadata|matchLabels|selector)\.?(labels)?\.(helm\.sh|app\.kubernetes\.io)\//;

/** What is not as in the chart, and why. A path is a beginning of those in the list, or a pattern. */
const DIFFERENCES: readonly { readonly kind?: string; readonly path: string | RegExp; readonly reason: string }[] = [
  {
    path: LABELS,
    reason: 'our labels name the program and its instance; Helm and the version of the chart are not there',
  },
  { kind: 'ServiceAccount', path: 'metadata.name', reason: 'each program has a ServiceAccount of its own name' },
  { path: 'spec.template.spec.serviceAccountName', reason: 'each program has a ServiceAccount of its own name' },
  {
    path: 'spec.template.spec.initContainers[copy-app-data]',
    reason: 'copies the same folder to another place, hidden files included, and has limits: the quota asks for them',
  },
  { path: /imagePullPolicy$/, reason: 'Always: a tag can be pushed again; on kind IfNotPresent' },
  { path: 'spec.template.spec.containers[open-webui].tty', reason: 'colours are for terminals; the log is JSON' },
  { path: /Probe\.httpGet\.port$/, reason: 'by number: a proxy may take the name of the port over' },
  { path: 'spec.ports[http].targetPort', reason: 'by number: a proxy may take the name of the port over' },
  { path: `${ENV}[ENABLE_OLLAMA_API]`, reason: 'the same in lower case: the app reads any case, people read one' },
  {
    path: `${ENV}[ENABLE_WEBSOCKET_SUPPORT]`,
    reason: 'the same in lower case: the app reads any case, people read one',
  },
  {
    path: new RegExp(`^${ENV.replaceAll(/[.[\]]/g, '\\$&')}\\[(WEBSOCKET_)?REDIS_URL\\]`),
    reason: 'put together from the link and the password, so that no address stands in a Secret',
  },
  {
    path: `${ENV}[OPENAI_API_KEYS]`,
    reason: "put together from each gateway's own key, so that no key stands in two Secrets",
  },
  {
    path: `${ENV}[OPENAI_API_BASE_URLS]`,
    reason: 'the addresses come from the links: names of the same namespace',
  },
];

function release() {
  const rendered = render(
    (scope) => {
      const made = new OpenWebUiRelease(scope, 'open-webui', {
        version: '0.12.4',
        replicas: 3,
        secretName: 'open-webui-secrets',
        resources: {
          cpu: { request: Cpu.units(1), limit: Cpu.units(4) },
          memory: { request: Size.gibibytes(2), limit: Size.gibibytes(8) },
        },
        database: { ...DATABASE },
        disruptionBudget: { minAvailable: 2 },
        storage: { size: Size.gibibytes(10), shared: true, storageClass: 'azurefile-csi', claimName: 'open-webui' },
        edge: { host: 'chat.company.com', kind: EdgeKind.INGRESS, clusterIssuer: 'letsencrypt-prod' },
      });
      made.useRedis(new Redis(scope, 'redis'));
      made.useModels(new Models(scope, 'pipelines'));
      made.useModels(new Models(scope, 'litellm'));
      made.useTools(new Tools(scope, 'mcp'));
    },
    { platform: Platform.aks() },
  );
  expect(rendered.problems).toEqual([]);
  return rendered;
}

const OWN = new Set(['open-webui', 'open-webui-sa']);

/** The values of the objects that belong to Open WebUI, by kind. */
function factsOf(manifests: readonly Manifest[]): { [kind: string]: Leaves } {
  const own = manifests.filter(({ metadata }) => OWN.has(metadata.name));
  return Object.fromEntries(
    own
      .map(({ kind, apiVersion: _, metadata: { namespace: __, ...metadata }, ...rest }): [string, Leaves] => [
        kind,
        leavesOf({ metadata, ...rest, kind: undefined }),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const chart = facts as unknown as { readonly [kind: string]: Leaves };
const ours = factsOf(release().manifests);

function isListed(kind: string, at: string): boolean {
  return DIFFERENCES.some((difference) => covers(difference, kind, at));
}

function covers(difference: (typeof DIFFERENCES)[number], kind: string, at: string): boolean {
  const { path: listed } = difference;
  const fits =
    typeof listed === 'string'
      ? at === listed || at.startsWith(`${listed}.`) || at.startsWith(`${listed}[`)
      : listed.test(at);
  return fits && (difference.kind === undefined || difference.kind === kind);
}

const missing = Object.entries(chart).flatMap(([kind, leaves]) =>
  Object.entries(leaves)
    .filter(([at, value]) => ours[kind]?.[at] !== value)
    .map(([at, value]) => ({ kind, at, value, here: ours[kind]?.[at] })),
);

test('every kind of object that the chart renders is rendered here', () => {
  expect(Object.keys(chart).filter((kind) => !ours[kind])).toEqual([]);
  expect(Object.keys(chart)).toEqual([
    'Deployment',
    'Ingress',
    'PersistentVolumeClaim',
    'PodDisruptionBudget',
    'Service',
    'ServiceAccount',
  ]);
});

test('every value that the chart renders is rendered here, or there is a reason', () => {
  expect(missing.filter(({ kind, at }) => !isListed(kind, at))).toEqual([]);
});

test('every reason is needed', () => {
  const needless = DIFFERENCES.filter((difference) => !missing.some(({ kind, at }) => covers(difference, kind, at)));
  expect(needless).toEqual([]);
});

test('every variable that the chart sets is set here too, whatever its value', () => {
  const names = (leaves: Leaves) =>
    new Set(
      Object.keys(leaves).flatMap((at) =>
        [...at.matchAll(/containers\[open-webui\]\.env\[([A-Z_]+)\]/g)].map(([, name]) => name),
      ),
    );
  const here = names(ours.Deployment);
  expect([...names(chart.Deployment)].filter((name) => !here.has(name))).toEqual([]);
  expect(names(chart.Deployment).size).toBeGreaterThan(14);
});

if (fs.existsSync(CHART)) {
  test('the committed list is what the chart renders', () => {
    const manifests = loadAll(fs.readFileSync(CHART, 'utf8')).filter(Boolean) as Manifest[];
    expect(factsOf(manifests)).toEqual(chart);
  });
} else {
  test('the committed list stands for the chart: shared/reference is not beside this clone, so it is not compared', () => {
    process.stderr.write(`Open WebUI's official chart was not compared: ${path.relative('', CHART)} is not there.\n`);
    expect(Object.keys(chart.Deployment).length).toBeGreaterThan(50);
  });
}
