import { App } from 'cdk8s';
import { load, loadAll } from 'js-yaml';
import { Platform } from '../../constructs/platform/platform';
import { SecretForm } from '../../constructs/platform/secret-form';
import { Workspace } from '../../constructs/workspace';
import { environments } from '../../environments';
import { developmentSecrets, developmentValue, standIns } from '../../synth/development-secrets';
import { type Manifest, manifestsOf } from '../manifests';

const secretsOf = (name: string, variables: NodeJS.ProcessEnv = {}): Manifest[] => {
  const environment = environments.find((candidate) => candidate.name === name);
  const app = new App();
  if (environment) {
    new Workspace(app, environment.name, environment.workspace);
  }
  return loadAll(developmentSecrets(app, variables)) as Manifest[];
};

/** Every `secretKeyRef`, and every file of a Secret that is mounted, wherever it stands in an object. */
function referencesIn(value: unknown): { secret: string; key: string }[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  // biome-ignore lint/suspicious/noExplicitAny: any object of any kind
  const { secretKeyRef, secret, optional, ...rest } = value as any;
  const mounted = secret?.items && !optional && !secret.optional ? secret : undefined;
  return [
    ...(secretKeyRef ? [{ secret: secretKeyRef.name, key: secretKeyRef.key }] : []),
    ...(mounted?.items ?? []).map(({ key }: { key: string }) => ({ secret: mounted.secretName ?? mounted.name, key })),
    ...Object.values(rest).flatMap(referencesIn),
  ];
}

describe.each(environments.map(({ name }) => name))('%s', (name) => {
  const secrets = secretsOf(name);

  test('has a value for every key that a pod refers to, in the namespace of the pod', () => {
    const missing = manifestsOf(name).flatMap((manifest) =>
      referencesIn(manifest.spec)
        .filter(
          ({ secret, key }) =>
            secrets.find(
              ({ metadata }) => metadata.name === secret && metadata.namespace === manifest.metadata.namespace,
            )?.stringData[key] === undefined,
        )
        .map(({ secret, key }) => `${manifest.kind} ${manifest.metadata.name}: ${secret}/${key}`),
    );
    expect(missing).toEqual([]);
    expect(manifestsOf(name).flatMap((manifest) => referencesIn(manifest.spec)).length).toBeGreaterThan(3);
  });

  test('has no value twice but where a Secret stands in two namespaces, and none from the last time', () => {
    const named = (manifests: readonly Manifest[]) =>
      manifests.flatMap(({ metadata, stringData }) =>
        Object.entries<string>(stringData).map(([key, value]) => [`${metadata.name}/${key}`, value] as const),
      );
    const byName = new Map(named(secrets));
    expect(new Set(byName.values()).size).toBe(byName.size);
    for (const [key, value] of named(secrets)) {
      expect(byName.get(key)).toBe(value);
    }
    expect(named(secretsOf(name)).filter(([key, value]) => byName.get(key) === value)).toEqual([]);
  });

  test('leaves no Secret in what is committed', () => {
    expect(manifestsOf(name).filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });
});

test('a value that somebody issues is taken from the variable of its name', () => {
  const litellm = secretsOf('phase1-kind', { ANTHROPIC_API_KEY: 'sk-ant-given' }).find(
    ({ metadata }) => metadata.name === 'litellm-secrets',
  );
  expect(litellm?.stringData.ANTHROPIC_API_KEY).toBe('sk-ant-given');
});

test('a name that is generated is never taken from the environment of the shell', () => {
  const redis = secretsOf('phase2-kind', { REDIS_PASSWORD: 'from-the-shell' }).find(
    ({ metadata }) => metadata.name === 'redis-secrets',
  );
  expect(redis?.stringData.REDIS_PASSWORD).not.toBe('from-the-shell');
});

describe('the password of a managed Redis', () => {
  const app = new App();
  new Workspace(app, 'managed', {
    platform: Platform.kind(),
    namespace: { name: 'managed' },
    externalRedis: { host: 'redis.company.com', secretName: 'redis-access' },
    openWebUi: {},
  });
  const access = (variables: NodeJS.ProcessEnv) =>
    (loadAll(developmentSecrets(app, variables)) as Manifest[]).find(({ metadata }) => metadata.name === 'redis-access')
      ?.stringData;

  test('stands percent-encoded in the key for URLs, given or not', () => {
    const given = { REDIS_PASSWORD: 'ab/cd+e=' };
    expect(access(given)).toEqual({ REDIS_PASSWORD: 'ab/cd+e=', REDIS_URL_PASSWORD: 'ab%2Fcd%2Be%3D' });
    const random = access({});
    expect(decodeURIComponent(random.REDIS_URL_PASSWORD)).toBe(random.REDIS_PASSWORD);
    expect(access({ ...given, REDIS_URL_PASSWORD: 'given' }).REDIS_URL_PASSWORD).toBe('given');
  });

  test('is asked for once', () => {
    const asked = (variables: NodeJS.ProcessEnv) =>
      [...standIns(app, variables).keys()].filter((name) => name.startsWith('REDIS'));
    expect(asked({})).toEqual(['REDIS_PASSWORD']);
    expect(asked({ REDIS_PASSWORD: 'given' })).toEqual([]);
    expect(developmentSecrets(app, {})).not.toContain('REDIS_URL_PASSWORD=');
  });
});

describe('values have the form that the program accepts', () => {
  test('a cookie secret decodes from URL-safe base64 to 32 bytes: oauth2-proxy refuses anything else', () => {
    for (let round = 0; round < 200; round++) {
      const value = developmentValue(SecretForm.cookieSecret());
      expect(value).toMatch(/^[A-Za-z0-9_-]+=*$/);
      expect(Buffer.from(value, 'base64url')).toHaveLength(32);
    }
  });

  test('a database URL needs no encoding and names its parts', () => {
    const value = developmentValue(
      SecretForm.postgresUrl({ host: 'db.company.com', database: 'openwebui', user: 'open webui' }),
    );
    const url = new URL(value);
    expect(decodeURIComponent(url.username)).toBe('open webui');
    expect(url.password).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect([url.host, url.pathname, url.search]).toEqual(['db.company.com:5432', '/openwebui', '?sslmode=require']);
  });

  test('a token survives a URL, a JSON string and YAML', () => {
    for (let round = 0; round < 200; round++) {
      const value = developmentValue(SecretForm.token('sk-'));
      expect(value).toMatch(/^sk-[A-Za-z0-9_-]{43}$/);
      expect(load(`key: ${value}`)).toEqual({ key: value });
    }
  });

  test('hexadecimal digits are two for a byte', () => {
    expect(developmentValue(SecretForm.hex(32))).toMatch(/^[0-9a-f]{64}$/);
  });
});
