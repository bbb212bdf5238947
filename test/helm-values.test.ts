import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { transformSync } from '@swc/core';
import { App } from 'cdk8s';
import { runValues } from '../cli/values-command';
import * as library from '../constructs';
import { CHART_KEYS, chartReads } from '../constructs/helm-values/chart-keys';
import { CONVERSIONS } from '../constructs/helm-values/conversions';
import { HelmFindingKind } from '../constructs/helm-values/finding';
import { fromHelmValues, HelmValues } from '../constructs/helm-values/helm-values';
import { typeScriptOf } from '../constructs/helm-values/typescript';
import { problemsOf } from '../synth/render';

const SEED = path.join(__dirname, 'fixtures', 'values-production.seed.yaml');
const CORRECTED = path.join(__dirname, 'fixtures', 'values-production.corrected.yaml');
const NO_EFFECT = [HelmFindingKind.DEAD, HelmFindingKind.IGNORED, HelmFindingKind.RENAMED];

function kindsOf(values: HelmValues): { [path: string]: HelmFindingKind } {
  return Object.fromEntries(values.findings.map(({ path: at, kind }) => [at, kind]));
}

/** Runs the text of an app, with this repository's constructs in the place of the package. */
function runApp(text: string): App {
  let made: App | undefined;
  class Unwritten extends App {
    public override synth(): void {
      made = this;
    }
  }
  const modules: { [name: string]: unknown } = {
    cdk8s: { ...jest.requireActual('cdk8s'), App: Unwritten },
    'cdk8s-plus-30': jest.requireActual('cdk8s-plus-30'),
    'cdk8s-open-webui': library,
  };
  const { code } = transformSync(text, { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } });
  new Function('require', 'exports', code)((name: string) => modules[name], {});
  if (!made) throw new Error('the app did not call synth');
  return made;
}

describe("the seed's values file", () => {
  const values = fromHelmValues(SEED);

  test.each([
    ['env', HelmFindingKind.IGNORED],
    ['env[ENABLE_WORKSPACE]', HelmFindingKind.DEAD],
    ['postgresql', HelmFindingKind.IGNORED],
    ['redis', HelmFindingKind.IGNORED],
    ['podDisruptionBudget', HelmFindingKind.RENAMED],
    ['ingress.className', HelmFindingKind.RENAMED],
    ['ingress.hosts', HelmFindingKind.RENAMED],
    ['ingress.tls', HelmFindingKind.RENAMED],
    ['livenessProbe.enabled', HelmFindingKind.DEAD],
    ['readinessProbe.enabled', HelmFindingKind.DEAD],
  ])('%s did nothing: %s', (at, kind) => {
    expect(kindsOf(values)[at]).toBe(kind);
  });

  test('says nothing of a key that the chart reads that it did nothing', () => {
    const wrong = values.findings.filter(({ kind, path: at }) => NO_EFFECT.includes(kind) && chartReads(at.split('.')));
    // Only the list under `tls`, which the chart takes for true.
    expect(wrong.map(({ path: at }) => at)).toEqual(
      ['ingress.tls', 'livenessProbe.enabled', 'readinessProbe.enabled'].filter((at) => chartReads(at.split('.'))),
    );
  });

  test('becomes an app that synthesizes with nothing done by hand', () => {
    const app = runApp(typeScriptOf(values));
    expect(problemsOf(app)).toEqual([]);
    const objects = app.charts.flatMap((chart) => chart.toJson());
    const find = (kind: string) =>
      objects.find((object) => object.kind === kind && object.metadata.name === 'open-webui');
    expect(find('Deployment').spec.replicas).toBe(3);
    expect(find('PodDisruptionBudget').spec.minAvailable).toBe(2);
    expect(find('Ingress').spec.rules[0].host).toBe('chat.company.com');
    const { env } = find('Deployment').spec.template.spec.containers[0];
    expect(env).toContainEqual({
      name: 'DATABASE_URL',
      valueFrom: { secretKeyRef: { name: 'open-webui-secrets', key: 'DATABASE_URL' } },
    });
  });

  test('names what stands for a value that the file does not tell', () => {
    expect(Object.keys(values.placeholders)).toEqual(['postgres.example.com']);
    expect(typeScriptOf(values)).toContain('// postgres.example.com stands for the server');
  });

  test('the props are those of the text', () => {
    expect(values.workspace).toMatchSnapshot();
    expect(values.findings).toMatchSnapshot();
  });
});

describe('the same intent in keys that the chart reads', () => {
  const values = fromHelmValues(CORRECTED);

  test('has nothing that does nothing', () => {
    expect(values.findings.filter(({ kind }) => NO_EFFECT.includes(kind))).toEqual([]);
  });

  test('gives the same replicas, host, volume and database', () => {
    const { openWebUi } = values.workspace;
    const seed = fromHelmValues(SEED).workspace.openWebUi;
    expect(openWebUi.edge?.host).toBe(seed.edge?.host);
    expect(openWebUi.edge?.tlsSecretName).toBe(seed.edge?.tlsSecretName);
    expect(openWebUi.storage).toEqual(seed.storage);
    expect(openWebUi.database).toEqual(seed.database);
    expect(openWebUi.resources).toEqual(seed.resources);
  });

  test('leaves out what the construct sets by itself', () => {
    const kinds = kindsOf(values);
    expect(kinds['extraEnvVars[UVICORN_WORKERS]']).toBe(HelmFindingKind.REPLACED);
    expect(values.workspace.openWebUi.extraEnv).toBeUndefined();
  });
});

describe('other files', () => {
  test('a key with a letter too many is named, with the one that was meant', () => {
    expect(HelmValues.fromText('replicaCounts: 3').findings).toEqual([
      {
        path: 'replicaCounts',
        kind: HelmFindingKind.DEAD,
        text: 'the chart has no such key (did you mean replicaCount?)',
      },
    ]);
  });

  test('what the chart turns on by itself is there', () => {
    expect(Object.keys(HelmValues.fromText('').workspace).sort()).toEqual([
      'ollama',
      'openWebUi',
      'pipelines',
      'redis',
    ]);
  });

  test('a database URL in clear goes into database, without its password', () => {
    const { workspace, findings } = HelmValues.fromText(
      'databaseUrl: postgresql://webui:hunter2@db.company.com:6432/chats',
    );
    expect(workspace.openWebUi.database).toEqual({
      host: 'db.company.com',
      port: 6432,
      user: 'webui',
      database: 'chats',
    });
    expect(JSON.stringify([workspace, findings])).not.toContain('hunter2');
  });

  describe('keys and passwords in clear', () => {
    const { workspace, findings, ...rest } = HelmValues.fromText(`extraEnvVars:
  - { name: OPENAI_API_KEY, value: sk-proj-hunter2 }
  - { name: OPENAI_API_BASE_URLS, value: "https://api.openai.com/v1" }
  - { name: REDIS_URL, value: "redis://:hunter2@redis.company.com:6379/0" }
  - { name: TAVILY_API_KEY, value: hunter2 }
  - { name: HTTPS_PROXY, value: "http://webui:hunter2@proxy.company.com:3128" }
  - { name: WEBUI_SECRET_KEY, value: hunter2 }
  - { name: BRAVE_SEARCH_API_KEY, valueFrom: { secretKeyRef: { name: search, key: brave } } }
  - { name: GOOGLE_PSE_API_KEY, value: "" }
  - { name: ENABLE_API_KEYS, value: "true" }`);
    const values = { workspace, findings, ...rest } as HelmValues;
    const replace = '; the value, which stood in a file, wants to be replaced';

    test('reach neither the report nor the text of the app', () => {
      expect(JSON.stringify(findings)).not.toContain('hunter2');
      expect(typeScriptOf(values)).not.toContain('hunter2');
      expect(workspace.openWebUi.extraEnv).toEqual({ GOOGLE_PSE_API_KEY: '', ENABLE_API_KEYS: 'true' });
    });

    test('are reported with what says the same', () => {
      const byName = Object.fromEntries(findings.map(({ path: at, kind, text }) => [at.slice(13, -1), [kind, text]]));
      const models = 'it is declared by useModels, for example with a LiteLlmGateway';
      expect(byName).toMatchObject({
        OPENAI_API_KEY: [HelmFindingKind.REPLACED, `${models}${replace}`],
        OPENAI_API_BASE_URLS: [HelmFindingKind.REPLACED, models],
        REDIS_URL: [HelmFindingKind.REPLACED, expect.stringMatching(/^it is declared by useRedis.* wants to be repl/)],
        TAVILY_API_KEY: [
          HelmFindingKind.TO_FILL_IN,
          `extraSecretEnv: TAVILY_API_KEY, from a key of a Secret${replace}`,
        ],
        HTTPS_PROXY: [HelmFindingKind.TO_FILL_IN, `extraSecretEnv: HTTPS_PROXY, from a key of a Secret${replace}`],
        WEBUI_SECRET_KEY: [HelmFindingKind.REPLACED, `the construct sets it by itself${replace}`],
        BRAVE_SEARCH_API_KEY: [
          HelmFindingKind.CARRIED,
          'extraSecretEnv: BRAVE_SEARCH_API_KEY, the key brave of search',
        ],
      });
    });

    test('leave an app that synthesizes', () => {
      expect(problemsOf(runApp(typeScriptOf(values)))).toEqual([]);
    });
  });

  test('a Service that leads outside lets in whom a person names', () => {
    const values = HelmValues.fromText('service: { type: LoadBalancer }');
    expect(values.findings).toContainEqual({
      path: 'service.type',
      kind: HelmFindingKind.TO_FILL_IN,
      text: 'allowFrom of the release: 203.0.113.0/24 stands for the addresses of the clients',
    });
    const app = runApp(typeScriptOf(values));
    expect(problemsOf(app)).toEqual([]);
    const policies = app.charts.flatMap((chart) => chart.toJson()).filter(({ kind }) => kind === 'NetworkPolicy');
    expect(JSON.stringify(policies)).toContain('"203.0.113.0/24"');
  });

  test('an Ingress class whose pods nobody can know the place of asks for their namespace', () => {
    const values = HelmValues.fromText('ingress: { enabled: true, class: traefik, host: chat.company.com }');
    expect(values.findings).toContainEqual({
      path: 'ingress.class',
      kind: HelmFindingKind.TO_FILL_IN,
      text: 'edgePeer of the platform: ingress-controller stands for the namespace of the pods of the Ingress class traefik',
    });
    const app = runApp(typeScriptOf(values));
    expect(problemsOf(app)).toEqual([]);
    const policies = app.charts.flatMap((chart) => chart.toJson()).filter(({ kind }) => kind === 'NetworkPolicy');
    expect(JSON.stringify(policies)).toContain('"ingress-controller"');
    const usual = HelmValues.fromText('ingress: { enabled: true, class: nginx, host: chat.company.com }');
    expect(typeScriptOf(usual)).not.toContain('edgePeer');
  });

  test('providers of the sign-in', () => {
    const text =
      'sso: { enabled: true, microsoft: { enabled: true, clientId: id, tenantId: tenant }, google: { enabled: false, clientId: x } }';
    expect(HelmValues.fromText(text).workspace.openWebUi.signIn).toEqual({
      microsoft: { clientId: 'id', tenantId: 'tenant' },
    });
  });

  test('groups and roles of the sign-in', () => {
    const text = `sso:
  enabled: true
  enableGroupManagement: true
  oidc: { enabled: true, clientId: id, providerUrl: "https://login.company.com/.well-known/openid-configuration" }
  roleManagement: { rolesClaim: jobs, allowedRoles: "staff,guests", adminRoles: admins }`;
    const { signIn } = HelmValues.fromText(text).workspace.openWebUi;
    expect(signIn?.groups).toEqual({});
    expect(signIn?.roles).toEqual({ claim: 'jobs', allowedRoles: ['staff', 'guests'], adminRoles: ['admins'] });
  });

  test('only the store that is the provider is used', () => {
    const text =
      'persistence: { provider: azure, azure: { endpointUrl: "https://x.blob.core.windows.net", container: files }, s3: { bucket: "" } }';
    const { objectStorage } = HelmValues.fromText(text).workspace.openWebUi;
    expect(objectStorage).toEqual({ azure: { endpoint: 'https://x.blob.core.windows.net', container: 'files' } });
  });

  test('a claim that exists is as it is', () => {
    const text = 'persistence: { existingClaim: chats, size: 5Gi, storageClass: fast, accessModes: [ReadWriteMany] }';
    expect(HelmValues.fromText(text).workspace.openWebUi.storage).toEqual({ existingClaim: 'chats', shared: true });
  });

  describe('several replicas, and not a word of the volume', () => {
    const DATABASE = 'databaseUrl: postgresql://webui@db.company.com/chats\nwebsocket: { enabled: true }\n';
    const accessModes = (values: HelmValues) =>
      values.findings.filter(({ path: at }) => at === 'persistence.accessModes').map(({ text }) => text);

    test.each([
      ['replicaCount: 3', { storageClass: 'shared-files' }],
      ['autoscaling: { enabled: true, maxReplicas: 4 }', { storageClass: 'shared-files' }],
      ['replicaCount: 3\npersistence: { storageClass: nfs }', { storageClass: 'nfs' }],
      ['replicaCount: 3\npersistence: { existingClaim: chats }', { existingClaim: 'chats' }],
    ])('%j becomes an app that synthesizes, with a volume of several nodes', (text, storage) => {
      const values = HelmValues.fromText(DATABASE + text);
      expect(values.workspace.openWebUi.storage).toMatchObject({ ...storage, shared: true });
      expect(accessModes(values)).toEqual([
        expect.stringContaining('an existing claim of one node cannot become a shared one'),
      ]);
      expect(Object.keys(values.placeholders)).toEqual(
        Object.values(storage).filter((name) => name === 'shared-files'),
      );
      expect(problemsOf(runApp(typeScriptOf(values)))).toEqual([]);
    });

    test.each(['replicaCount: 1', 'replicaCount: 3\npersistence: { accessModes: [ReadWriteOnce] }'])(
      '%j is taken as it is',
      (text) => {
        const values = HelmValues.fromText(DATABASE + text);
        expect(values.workspace.openWebUi.storage?.shared ?? false).toBe(false);
        expect(values.placeholders).toEqual({});
      },
    );
  });

  test.each([
    ['a: [', 'the values is not YAML: '],
    ['- a', 'the values is not a values file: it must be a mapping of keys'],
  ])('%j is refused', (text, sentence) => {
    expect(() => HelmValues.fromText(text)).toThrow(sentence);
  });
});

describe('the tables', () => {
  test('every key of the chart is accounted for', () => {
    const missing = CHART_KEYS.filter((key) => {
      const parts = key.replace(/\.\*\*$/, '').split('.');
      return !CONVERSIONS.some(({ path: row }) => {
        const from = row.replace(/\.\*\*$/, '');
        const text = parts.join('.');
        return text === from || (row.endsWith('.**') && text.startsWith(`${from}.`)) || from.startsWith(`${text}.`);
      });
    });
    // For these a person decides, and the report says so.
    expect(missing).toMatchSnapshot();
  });
});

describe('the command', () => {
  const written: string[] = [];
  const errors: string[] = [];
  let folder: string;

  beforeEach(() => {
    written.length = 0;
    errors.length = 0;
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'values-'));
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => errors.push(String(text)) > 0);
  });
  afterEach(() => {
    jest.restoreAllMocks();
    fs.rmSync(folder, { recursive: true });
  });

  test('prints what did nothing first', () => {
    expect(runValues([SEED])).toBe(0);
    expect(written.join('')).toMatch(/^dead \(3\)\n {2}env\[ENABLE_WORKSPACE\]/);
  });

  test('prints the same as JSON', () => {
    expect(runValues([SEED, '--json'])).toBe(0);
    expect(JSON.parse(written.join('')).findings).toEqual(fromHelmValues(SEED).findings);
  });

  test('writes an app once, and never over a file', () => {
    const file = path.join(folder, 'main.ts');
    expect(runValues([SEED, '--typescript', file])).toBe(0);
    expect(fs.readFileSync(file, 'utf8')).toContain("from 'cdk8s-open-webui'");
    expect(runValues([SEED, '--typescript', file])).toBe(1);
    expect(errors.join('')).toContain('EEXIST');
  });

  test.each([
    [[], 'which file?'],
    [['a', 'b'], 'one file at a time'],
    [['a', '--yaml'], "Unknown option '--yaml'"],
  ])('%j is a wrong command line', (argv, sentence) => {
    expect(runValues(argv)).toBe(64);
    expect(errors.join('')).toContain(sentence);
  });

  test('a file that is not there', () => {
    expect(runValues([path.join(folder, 'none.yaml')])).toBe(1);
    expect(errors.join('')).toContain('ENOENT');
  });
});
