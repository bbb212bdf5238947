import { Size } from 'cdk8s';
import type { k8s } from 'cdk8s-plus-30';
import { OAuthProvider } from '../constructs/oauth/oauth-provider';
import { OAuthSidecar } from '../constructs/oauth-sidecar';
import { Ollama } from '../constructs/ollama';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../constructs/open-webui-release';
import { ComponentKind } from '../constructs/platform/component';
import { Platform } from '../constructs/platform/platform';
import { Redis } from '../constructs/redis';
import { Tika } from '../constructs/tika';
import { Models, Tools } from './open-webui/neighbours';
import { DATABASE, declareProduction, declareWithOllama, EDGE, PRODUCTION } from './open-webui/samples';
import { environmentOf, kubernetes, render } from './render';

const release = (props: OpenWebUiReleaseProps = {}, platform = kubernetes()) =>
  render((scope) => new OpenWebUiRelease(scope, 'open-webui', props), { platform });
const production = (props: Partial<OpenWebUiReleaseProps> = {}) =>
  render((scope) => declareProduction(scope, { ...PRODUCTION, ...props }));
const podOf = (rendered: ReturnType<typeof release>) =>
  rendered.ofKind('Deployment').find(({ metadata }) => metadata.name === 'open-webui')?.spec.template.spec;
const environment = (rendered: ReturnType<typeof release>) => environmentOf(podOf(rendered).containers[0]);

describe('as manifests', () => {
  test('the smallest: one replica, SQLite in its volume', () => {
    const rendered = release();
    expect(rendered.problems).toEqual([]);
    expect(rendered.manifests).toMatchSnapshot();
  });

  test('in production: replicas, PostgreSQL, Redis, models and tools', () => {
    const rendered = production();
    expect(rendered.problems).toEqual([]);
    const own = /^open-webui/;
    expect(rendered.manifests.filter(({ metadata }) => own.test(metadata.name))).toMatchSnapshot();
  });

  test('on AKS and on OpenShift nothing is wrong with it', () => {
    const on = (platform: Platform, edge = PRODUCTION.edge) =>
      render((scope) => declareProduction(scope, { ...PRODUCTION, edge }), { platform }).problems;
    expect(on(Platform.aks({ edgePeer: { cidrs: ['10.225.8.0/24'] } }))).toEqual([]);
    expect(on(Platform.openshift(), { host: 'chat.company.com' })).toEqual([]);
  });
});

describe('the app under a read-only root', () => {
  const pod = podOf(release());
  const [container] = pod.containers;

  test('finds every folder that it writes to: its data, its static files and a place for temporary ones', () => {
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
    const writable = container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath);
    expect(writable).toEqual(expect.arrayContaining(['/app/backend/data', '/tmp', '/app/static']));
    expect(environmentOf(container)).toMatchObject({ HOME: '/tmp', STATIC_DIR: '/app/static' });
  });

  test("empties its folder of static files at the start, so that folder is nobody else's", () => {
    const { STATIC_DIR: folder } = environmentOf(container);
    const { name } = container.volumeMounts.find(({ mountPath }: { mountPath: string }) => mountPath === folder);
    expect(pod.volumes.find((volume: { name: string }) => volume.name === name)).toHaveProperty('emptyDir');
    const users = [...pod.initContainers, ...pod.containers].flatMap(({ volumeMounts }) => volumeMounts ?? []);
    expect(users.filter((mount: { name: string }) => mount.name === name)).toHaveLength(1);
  });

  test('installs no packages at its start', () => {
    expect(environmentOf(container).ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS).toBe('false');
  });

  test("has the image's models in the volume that covers them, copied once and never over newer files", () => {
    const [copy] = pod.initContainers;
    expect(copy).toMatchObject({ name: 'copy-app-data', image: container.image });
    // What it does is tested with the real Python: e2e/python/copy-app-data.test.ts.
    expect(copy.command.slice(0, 2)).toEqual(['python3', '-c']);
    expect(podOf(release({ copyAppData: false }))).not.toHaveProperty('initContainers');
  });

  test('asks no model hub: the pod reaches none', () => {
    expect(environmentOf(container)).toMatchObject({ HF_HUB_OFFLINE: '1', RAG_EMBEDDING_MODEL_AUTO_UPDATE: 'false' });
  });

  test('keeps its data in the folder of the volume that somebody names, also where the models are copied', () => {
    const rendered = release({ storage: { size: Size.gibibytes(2), subPath: 'webui' } });
    const mounts = [...podOf(rendered).initContainers, ...podOf(rendered).containers]
      .flatMap(({ volumeMounts }) => volumeMounts)
      .filter((mount: { name: string }) => mount.name === 'data');
    expect(mounts.map(({ subPath }: { subPath?: string }) => subPath)).toEqual(['webui', 'webui']);
  });
});

describe('probes', () => {
  const [container] = podOf(release()).containers;

  test('wait for five minutes at the start: migrations and models take time', () => {
    expect(container.startupProbe.httpGet).toEqual({ path: '/health', port: 8080 });
    expect(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold).toBe(300);
  });

  test('take a pod out of the Service when it has no database or Redis, and do not restart it', () => {
    expect(container.readinessProbe.httpGet.path).toBe('/ready');
    expect(container.livenessProbe.httpGet.path).toBe('/health');
  });

  test('run inside the container once only a proxy of the pod reaches the app', () => {
    const rendered = render((scope) => {
      const made = new OpenWebUiRelease(scope, 'open-webui', { adminEmail: 'admin@company.com' });
      made._listenOnLoopback();
      return made;
    });
    expect(rendered.problems).toEqual([]);
    const [behind] = podOf(rendered).containers;
    expect(environmentOf(behind).HOST).toBe('127.0.0.1');
    for (const [probe, path] of [
      ['startupProbe', '/health'],
      ['readinessProbe', '/ready'],
      ['livenessProbe', '/health'],
    ]) {
      expect(behind[probe]).not.toHaveProperty('httpGet');
      expect(behind[probe].exec.command.at(-1)).toBe(`http://127.0.0.1:8080${path}`);
      expect(behind[probe].exec.command).toContain('--fail');
      expect(behind[probe].timeoutSeconds).toBeGreaterThanOrEqual(4);
    }
  });

  test('keep what somebody wrote instead, behind a proxy too', () => {
    const own: k8s.Probe = { exec: { command: ['/own'] }, periodSeconds: 99 };
    const rendered = render((scope) => {
      const props = { startupProbe: own, readinessProbe: own, livenessProbe: own, adminEmail: 'admin@company.com' };
      const made = new OpenWebUiRelease(scope, 'open-webui', props);
      made._listenOnLoopback();
      return made;
    });
    const { startupProbe, readinessProbe, livenessProbe } = podOf(rendered).containers[0];
    expect([startupProbe, readinessProbe, livenessProbe]).toEqual([own, own, own]);
  });
});

describe('the end of a pod', () => {
  test('gives running chats half a minute before SIGTERM: they do not survive it', () => {
    const pod = podOf(release());
    expect(pod.containers[0].lifecycle).toEqual({ preStop: { sleep: { seconds: 30 } } });
    expect(pod.terminationGracePeriodSeconds).toBe(90);
  });

  test('lets uvicorn give up before the kubelet does', () => {
    const seconds = Number(environment(release()).UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN);
    expect(seconds).toBeLessThan(90 - 30);
  });
});

describe('an update', () => {
  const strategy = (props: OpenWebUiReleaseProps) =>
    production(props).find('Deployment', 'open-webui').spec.strategy.type;

  test('rolls where replicas share everything', () => {
    expect(strategy({})).toBe('RollingUpdate');
  });

  test('takes the old pods away first when the version changes: two versions must not share a database', () => {
    expect(strategy({ version: '0.12.4', upgradingFrom: '0.11.0' })).toBe('Recreate');
  });

  test('takes the old pod away first where two cannot share the volume or the SQLite file', () => {
    expect(release().find('Deployment').spec.strategy.type).toBe('Recreate');
    expect(
      release({ database: DATABASE, storage: { size: Size.gibibytes(1) } }).find('Deployment').spec.strategy.type,
    ).toBe('Recreate');
  });

  test('replaces pod after pod in a StatefulSet', () => {
    const rendered = release({ kind: ComponentKind.STATEFUL_SET });
    expect(rendered.problems).toEqual([]);
    expect(rendered.find('StatefulSet').spec).not.toHaveProperty('strategy');
  });
});

describe('storage', () => {
  test('is of one node unless somebody says that it is shared', () => {
    const modes = (props: OpenWebUiReleaseProps) => release(props).find('PersistentVolumeClaim').spec.accessModes;
    expect(modes({})).toEqual(['ReadWriteOnce']);
    expect(modes({ storage: { size: Size.gibibytes(10) } })).toEqual(['ReadWriteOnce']);
    expect(modes({ storage: { size: Size.gibibytes(10), shared: true } })).toEqual(['ReadWriteMany']);
  });
});

describe('Redis', () => {
  const variables = environment(production());

  test('is given in both of the variables that the app reads, and switched on', () => {
    expect(variables).toMatchObject({
      REDIS_PASSWORD: 'redis-secrets/REDIS_PASSWORD',
      REDIS_URL: 'redis://:$(REDIS_PASSWORD)@redis:6379/0',
      WEBSOCKET_REDIS_URL: 'redis://:$(REDIS_PASSWORD)@redis:6379/0',
      WEBSOCKET_MANAGER: 'redis',
      ENABLE_WEBSOCKET_SUPPORT: 'true',
    });
  });

  test('keeps the keys of two releases apart', () => {
    const rendered = render((scope) => {
      const made = new OpenWebUiRelease(scope, 'second', {});
      made.useRedis(new Redis(scope, 'redis'));
    });
    expect(environmentOf(rendered.find('Deployment', 'second').spec.template.spec.containers[0]).REDIS_KEY_PREFIX).toBe(
      'second',
    );
  });

  test('notices dead connections before the server closes idle ones', () => {
    const idle = 1800;
    expect(Number(variables.REDIS_HEALTH_CHECK_INTERVAL)).toBeLessThan(idle);
  });
});

describe('the way in', () => {
  test('is what the app calls itself, with every host that browsers come from', () => {
    const variables = environment(release({ edge: { ...EDGE, additionalHosts: ['ai.company.com'] } }));
    expect(variables).toMatchObject({
      WEBUI_URL: 'https://chat.company.com',
      CORS_ALLOW_ORIGIN: 'https://chat.company.com;https://ai.company.com',
      WEBUI_SESSION_COOKIE_SECURE: 'true',
      WEBUI_AUTH_COOKIE_SECURE: 'true',
    });
  });

  test('without TLS sends cookies over plain HTTP, or nobody could sign in', () => {
    const variables = environment(release({ edge: { host: 'openwebui.local', tls: false } }, Platform.kind()));
    expect(variables).toMatchObject({
      WEBUI_URL: 'http://openwebui.local',
      CORS_ALLOW_ORIGIN: 'http://openwebui.local',
      WEBUI_SESSION_COOKIE_SECURE: 'false',
      WEBUI_AUTH_COOKIE_SECURE: 'false',
    });
  });

  test("is believed about people's addresses where it is known, and behind a proxy only that proxy is", () => {
    const platform = Platform.kubernetes({ edgePeer: { cidrs: ['10.225.8.0/24'] } });
    expect(environment(release({ edge: EDGE }, platform)).FORWARDED_ALLOW_IPS).toBe('10.225.8.0/24');
    expect(environment(release({ edge: EDGE }))).not.toHaveProperty('FORWARDED_ALLOW_IPS');
    const behind = render(
      (scope) => {
        const made = new OpenWebUiRelease(scope, 'open-webui', { edge: EDGE, adminEmail: 'admin@company.com' });
        const provider = OAuthProvider.oidc({ issuerUrl: 'https://login.company.com', emailDomains: ['company.com'] });
        new OAuthSidecar(made, 'oauth-sidecar', { release: made, provider });
        return made;
      },
      { platform },
    );
    expect(environment(behind).FORWARDED_ALLOW_IPS).toBe('127.0.0.1');
  });

  test('may be none: the Service is all there is', () => {
    const rendered = release();
    expect(rendered.construct.edge).toBeUndefined();
    expect(rendered.find('NetworkPolicy', 'open-webui').spec).not.toHaveProperty('ingress');
    expect(environment(rendered)).not.toHaveProperty('WEBUI_URL');
  });

  test('has the number that the Service is given, in front of the same port of the pods', () => {
    const rendered = release({ servicePort: 80, edge: EDGE });
    expect(rendered.find('Service').spec.ports).toMatchObject([{ port: 80, targetPort: 8080 }]);
    expect(rendered.find('HTTPRoute', 'open-webui').spec.rules[0].backendRefs[0].port).toBe(80);
    expect(rendered.construct.url()).toBe('http://open-webui:80');
  });
});

describe('who a request is from', () => {
  test('is signed with one secret, shared with the programs that verify it and never the key of sessions', () => {
    const variables = environment(production());
    expect(variables).toMatchObject({
      ENABLE_FORWARD_USER_INFO_HEADERS: 'true',
      FORWARD_USER_INFO_HEADER_JWT_SECRET: 'tools-secrets/JWT_SECRET',
      WEBUI_SECRET_KEY: 'open-webui-secrets/WEBUI_SECRET_KEY',
    });
  });

  test('may be asked for by several programs that hold the same secret', () => {
    const rendered = render((scope) => {
      const made = new OpenWebUiRelease(scope, 'open-webui');
      made.useTools(new Tools(scope, 'a'));
      made.useTools(new Tools(scope, 'b'));
    });
    expect(rendered.problems).toEqual([]);
  });

  test('cannot be signed with two: the app knows one', () => {
    const rendered = render((scope) => {
      const made = new OpenWebUiRelease(scope, 'open-webui');
      made.useTools(new Tools(scope, 'a'));
      made.useTools(new Tools(scope, 'b', 'other-secrets'));
    });
    expect(rendered.problems).toEqual([
      expect.stringMatching(
        /tools-secrets\/JWT_SECRET and other-secrets\/JWT_SECRET are asked for: give both programs the same Secret/,
      ),
    ]);
  });

  test('is sent to nobody where nobody verifies it', () => {
    expect(environment(release())).not.toHaveProperty('ENABLE_FORWARD_USER_INFO_HEADERS');
  });
});

describe('models', () => {
  test('come from the gateways that are linked, and from nowhere else: the app would ask api.openai.com', () => {
    expect(environment(release())).toMatchObject({ ENABLE_OPENAI_API: 'false', ENABLE_OLLAMA_API: 'false' });
    expect(environment(production()).ENABLE_OPENAI_API ?? 'true').toBe('true');
  });

  test('come from Ollama where it is named, and the policies open the way', () => {
    const rendered = release({ ollamaUrls: ['http://ollama.company.com:11434'] });
    expect(environment(rendered)).toMatchObject({
      ENABLE_OLLAMA_API: 'true',
      OLLAMA_BASE_URLS: 'http://ollama.company.com:11434',
    });
    expect(JSON.stringify(rendered.find('NetworkPolicy', 'open-webui').spec.egress)).toContain('11434');
  });
});

describe('Ollama and Tika in the cluster', () => {
  const rendered = render(declareWithOllama);

  test('are known by the addresses of their Services', () => {
    expect(rendered.problems).toEqual([]);
    expect(environment(rendered)).toMatchObject({
      ENABLE_OLLAMA_API: 'true',
      OLLAMA_BASE_URLS: 'http://ollama:11434',
      CONTENT_EXTRACTION_ENGINE: 'tika',
      TIKA_SERVER_URL: 'http://tika:9998',
    });
  });

  test('are reached by the release, beside servers outside', () => {
    const egress = JSON.stringify(rendered.find('NetworkPolicy', 'open-webui').spec.egress);
    expect(egress).toContain('"app.kubernetes.io/instance":"ollama"');
    expect(egress).toContain('"app.kubernetes.io/instance":"tika"');
    const both = render((scope) => {
      const made = new OpenWebUiRelease(scope, 'open-webui', { ollamaUrls: ['http://gpu.company.com:11434'] });
      made.useOllama(new Ollama(scope, 'ollama'));
    });
    const [container] = both.find('Deployment', 'open-webui').spec.template.spec.containers;
    expect(environmentOf(container).OLLAMA_BASE_URLS).toBe('http://gpu.company.com:11434;http://ollama:11434');
  });
});

test('of Redis and of Tika there is one: the second is refused by the name of the release', () => {
  expect(() =>
    render((scope) => {
      const made = new OpenWebUiRelease(scope, 'open-webui');
      made.useRedis(new Redis(scope, 'redis'));
      made.useRedis(new Redis(scope, 'other'));
    }),
  ).toThrow('open-webui: useRedis was called before, and the app has one Redis: call it once');
  expect(() =>
    render((scope) => {
      const made = new OpenWebUiRelease(scope, 'open-webui');
      made.useTika(new Tika(scope, 'tika'));
      made.useTika(new Tika(scope, 'other'));
    }),
  ).toThrow('open-webui: useTika was called before, and the app asks one server: call it once');
});

describe('an address without its scheme is refused at once: nobody could say which port it means', () => {
  test.each<[string, OpenWebUiReleaseProps]>([
    ['ollamaUrls "ollama.company.com"', { ollamaUrls: ['ollama.company.com'] }],
    ['ollamaUrls "ollama.company.com:11434"', { ollamaUrls: ['ollama.company.com:11434'] }],
    [
      'objectStorage.azure.endpoint "files.blob.core.windows.net"',
      { objectStorage: { azure: { endpoint: 'files.blob.core.windows.net', container: 'files' } } },
    ],
    [
      'objectStorage.s3.endpoint "s3.company.com:9000"',
      { objectStorage: { s3: { bucket: 'files', region: 'eu', endpoint: 's3.company.com:9000' } } },
    ],
    [
      'signIn.oidc.providerUrl "login.company.com"',
      { signIn: { oidc: { clientId: 'id', providerUrl: 'login.company.com' } }, adminEmail: 'admin@company.com' },
    ],
  ])('%s', (named, props) => {
    expect(() => release(props)).toThrow(`${named} is not an address: write it with its scheme`);
  });
});

describe('settings', () => {
  test('of these files win over those of the admin page', () => {
    expect(environment(release()).ENABLE_PERSISTENT_CONFIG).toBe('false');
    expect(environment(release({ persistentConfig: true })).ENABLE_PERSISTENT_CONFIG).toBe('true');
  });

  test('give no user every model', () => {
    expect(environment(release()).BYPASS_MODEL_ACCESS_CONTROL).toBe('false');
  });

  test('log to standard output in one form, the audit too: a file would fill the volume', () => {
    expect(environment(release())).toMatchObject({
      LOG_FORMAT: 'json',
      GLOBAL_LOG_LEVEL: 'INFO',
      AUDIT_LOG_LEVEL: 'METADATA',
      ENABLE_AUDIT_STDOUT: 'true',
      ENABLE_AUDIT_LOGS_FILE: 'false',
    });
  });

  test('show people as present who are: the app counts 180 seconds', () => {
    expect(Number(environment(release()).DATABASE_USER_ACTIVE_STATUS_UPDATE_INTERVAL)).toBeLessThan(180);
  });

  test('of one worker in a pod: replicas scale, and the pools count them', () => {
    expect(environment(release()).UVICORN_WORKERS).toBe('1');
  });

  test('of a person replace defaults, and not what the construct is sure of', () => {
    const rendered = release({ extraEnv: { LOG_FORMAT: 'text', WEBUI_NAME: 'Chat' } });
    expect(rendered.problems).toEqual([]);
    expect(environment(rendered)).toMatchObject({ LOG_FORMAT: 'text', WEBUI_NAME: 'Chat' });
    expect(release({ extraEnv: { WEBUI_AUTH: 'false' } }).problems).toEqual([
      expect.stringContaining('open-webui: extraEnv sets WEBUI_AUTH, which the construct sets itself'),
    ]);
  });
});

describe('the first administrator', () => {
  test('is made at the first start, with a password from the Secret', () => {
    expect(environment(release({ adminEmail: 'admin@company.com' }))).toMatchObject({
      WEBUI_ADMIN_EMAIL: 'admin@company.com',
      WEBUI_ADMIN_PASSWORD: 'open-webui-secrets/WEBUI_ADMIN_PASSWORD',
    });
    expect(environment(release())).not.toHaveProperty('WEBUI_ADMIN_PASSWORD');
  });
});

test('links to models and tools open the way there', () => {
  const rendered = render((scope) => {
    const made = new OpenWebUiRelease(scope, 'open-webui');
    made.useModels(new Models(scope, 'models'));
    made.useTools(new Tools(scope, 'tools'));
  });
  const egress = JSON.stringify(rendered.find('NetworkPolicy', 'open-webui').spec.egress);
  expect(egress).toContain('"app.kubernetes.io/instance":"models"');
  expect(egress).toContain('"app.kubernetes.io/instance":"tools"');
});
