import fs from 'node:fs';
import path from 'node:path';
import type { Construct } from 'constructs';
import { OpenWebUiRelease } from '../../constructs/open-webui-release';
import type { Manifest } from '../manifests';
import { podOwners } from '../manifests';
import { environmentOf, render } from '../render';
import { declareProduction, declareWithOllama, VARIANTS } from './samples';

/** What Open WebUI 0.12.4 reads from the environment: taken once from the sources of its wheel, names only. */
const KNOWN = new Set(
  fs
    .readFileSync(path.join(__dirname, '..', 'fixtures', 'open-webui-0.12.4-variables.txt'), 'utf8')
    .trim()
    .split('\n'),
);

/** What others than the app's Python sources read. */
const READ_BY_OTHERS: { readonly [name: string]: string } = {
  HOME: 'the shell and every library that keeps a cache',
  HOST: 'start.sh, which gives it to uvicorn',
  HF_HUB_OFFLINE: 'huggingface_hub',
  UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN: 'uvicorn, whose options are variables with the prefix UVICORN_',
};

/** Names that only other variables refer to. */
const OWN = /^(OPENAI_API_KEY_\d+|MCP_PROXY_API_KEY(_\d+)?|REDIS_PASSWORD)$/;

const IMAGE = 'ghcr.io/open-webui/open-webui:';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

function containersOf(manifests: readonly Manifest[]): Container[] {
  return podOwners(manifests).flatMap(({ spec }) => [
    ...(spec.template.spec.initContainers ?? []),
    ...spec.template.spec.containers,
  ]);
}

const SET_UPS: readonly [string, (scope: Construct) => unknown][] = [
  ...Object.entries(VARIANTS).map(([title, props]): [string, (scope: Construct) => unknown] => [
    title,
    (scope) => declareProduction(scope, props),
  ]),
  ['with Ollama and Tika', declareWithOllama],
];

describe.each(SET_UPS)('a release %s', (_title, declare) => {
  const containers = containersOf(render(declare).manifests);
  const main = containers.find(({ name }) => name === 'open-webui');

  test('sets no variable that the app does not read: it would be a promise that nobody keeps', () => {
    const appContainers = containers.filter(
      ({ name, image }) => image.startsWith(IMAGE) && ['open-webui', 'migrate', 'wait-for-migration'].includes(name),
    );
    const names = appContainers.flatMap(({ env }) => (env ?? []).map(({ name }) => name));
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((name) => !KNOWN.has(name) && !READ_BY_OTHERS[name] && !OWN.test(name))).toEqual([]);
  });

  test('refers only to variables that stand earlier: Kubernetes leaves the others as they are', () => {
    for (const { env = [] } of containers) {
      const earlier = new Set<string>();
      for (const { name, value } of env) {
        for (const [, reference] of (value ?? '').matchAll(/\$\(([^)]+)\)/g)) {
          expect({ name, refersTo: reference, isEarlier: earlier.has(reference) }).toMatchObject({ isEarlier: true });
        }
        earlier.add(name);
      }
    }
  });

  test('sets each variable once: Kubernetes takes the last of two', () => {
    for (const { env = [] } of containers) {
      expect(new Set(env.map(({ name }) => name)).size).toBe(env.length);
    }
  });

  test('writes true and false: the app takes 1, yes and on for false', () => {
    const booleans = Object.entries(environmentOf(main)).filter(([name]) =>
      /^(ENABLE|BYPASS)_|_(ACCESS|SECURE|CACHE|OFFLINE)$|^WEBUI_AUTH$/.test(name),
    );
    expect(booleans.length).toBeGreaterThan(8);
    const others = booleans.filter(([name, value]) => !['true', 'false'].includes(value) && name !== 'HF_HUB_OFFLINE');
    expect(others).toEqual([]);
  });

  test('writes nothing that came of a missing value', () => {
    for (const { env = [] } of containers) {
      expect(env.filter(({ value }) => /undefined|null|NaN|\[object/.test(value ?? ''))).toEqual([]);
    }
  });

  test('reaches every secret value through a Secret', () => {
    const secret = /PASSWORD|SECRET|_KEY(_\d+)?$|KEYS$|DATABASE_URL|DB_URL|CREDENTIALS/;
    for (const { env = [] } of containers) {
      const plain = env.filter(({ name, value }) => secret.test(name) && value !== undefined);
      expect(plain.filter(({ value }) => !/^(\$\([A-Z_0-9]+\);?)+$/.test(value ?? ''))).toEqual([]);
    }
  });
});

test('the list of known names is sorted, and none of the exceptions stands in it', () => {
  const names = [...KNOWN];
  expect(names).toEqual([...names].sort());
  expect(names.length).toBeGreaterThan(900);
  expect(Object.keys(READ_BY_OTHERS).filter((name) => KNOWN.has(name))).toEqual([]);
});

test('a permission that nobody decided is not written', () => {
  const { find } = {
    find: (workspacePermissions: object) =>
      environmentOf(
        render((scope) => new OpenWebUiRelease(scope, 'open-webui', { workspacePermissions })).find('Deployment').spec
          .template.spec.containers[0],
      ),
  };
  expect(find({ models: undefined, tools: true })).toMatchObject({ USER_PERMISSIONS_WORKSPACE_TOOLS_ACCESS: 'true' });
  expect(find({ models: undefined })).not.toHaveProperty('USER_PERMISSIONS_WORKSPACE_MODELS_ACCESS');
});
