import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import { LiteLlmGateway } from '../constructs/litellm-gateway';
import { OpenWebUiRelease } from '../constructs/open-webui-release';
import { UpdateStrategy } from '../constructs/platform/component';
import { Platform } from '../constructs/platform/platform';
import { SecretKind } from '../constructs/platform/secret-form';
import { Secrets } from '../constructs/platform/secrets';
import { type ExternalRedisProps, Redis, type RedisProps } from '../constructs/redis';
import { describeRules } from './broken-rules';
import { Program } from './platform/program';
import { environmentOf, render } from './render';

const redis = (props: RedisProps = {}) => render((scope) => new Redis(scope, 'redis', props));
const external = (props: Partial<ExternalRedisProps> = {}, platform = Platform.kubernetes()) =>
  render(
    (scope) => {
      const made = Redis.external(scope, 'redis', { host: 'redis.company.com', secretName: 'redis-access', ...props });
      const client = new Program(scope, 'client');
      made.allowClient(client);
      return { made, client };
    },
    { platform },
  );

test('as manifests', () => {
  const rendered = redis();
  expect(rendered.problems).toEqual([]);
  expect(rendered.manifests).toMatchSnapshot();
});

describe('the password', () => {
  const rendered = redis();
  const pod = rendered.find('Deployment').spec.template.spec;

  test('comes from a Secret under the name that the whole workspace uses', () => {
    expect(environmentOf(pod.containers[0])).toEqual({ REDIS_PASSWORD: 'redis-secrets/REDIS_PASSWORD' });
    expect(rendered.construct.password).toMatchObject({ secretName: 'redis-secrets', key: 'REDIS_PASSWORD' });
    expect(redis({ secretName: 'shared' }).construct.password.secretName).toBe('shared');
    expect(rendered.construct.password.form.kind).toBe(SecretKind.TOKEN);
  });

  test('stands in no argument list: the shell expands it, not Kubernetes', () => {
    const line = [...pod.containers[0].command, ...pod.containers[0].args].join(' ');
    expect(line).toContain('"$REDIS_PASSWORD"');
    expect(line).not.toContain('$(REDIS_PASSWORD)');
    expect(JSON.stringify(pod.containers[0].startupProbe)).not.toContain('$(REDIS_PASSWORD)');
  });

  test('goes into a file in memory that only this user may read, and the server becomes process 1', () => {
    const [line] = pod.containers[0].args;
    expect(line).toMatch(/^umask 077; .*> \/run\/valkey\/password\.conf; exec valkey-server/);
    const { mountPath, name } = pod.containers[0].volumeMounts[0];
    expect(mountPath).toBe('/run/valkey');
    expect(pod.volumes.find((volume: { name: string }) => volume.name === name).emptyDir.medium).toBe('Memory');
  });

  test('stands in no ConfigMap', () => {
    expect(rendered.find('ConfigMap').data['valkey.conf']).not.toMatch(/requirepass/);
    expect(rendered.find('ConfigMap').data['valkey.conf']).toContain('include /run/valkey/password.conf');
  });
});

describe('the server', () => {
  const configuration = (props: RedisProps = {}) => redis(props).find('ConfigMap').data['valkey.conf'].split('\n');

  test('keeps what it was told: sessions are state, so it evicts nothing and appends every write to a file', () => {
    expect(configuration()).toEqual(
      expect.arrayContaining(['appendonly yes', 'dir /data', 'maxmemory-policy noeviction', 'maxmemory 384mb']),
    );
  });

  test('survives the idle connections that Open WebUI leaves behind', () => {
    expect(configuration()).toEqual(expect.arrayContaining(['maxclients 10000', 'timeout 1800', 'tcp-keepalive 60']));
  });

  test('restarts when its configuration changes', () => {
    const checksum = (props: RedisProps) =>
      redis(props).find('Deployment').spec.template.metadata.annotations['checksum/config'];
    expect(checksum({ maxMemory: '200mb' })).not.toBe(checksum({}));
    expect(checksum({ replicas: 1 })).toBe(checksum({}));
  });

  test('lets the old pod go first: one append-only file has one writer', () => {
    expect(redis().find('Deployment').spec.strategy).toEqual({ type: 'Recreate' });
  });

  test('is asked for a PONG: redis-cli ends with 0 also when the password is refused', () => {
    const { startupProbe, readinessProbe, livenessProbe } = redis().find('Deployment').spec.template.spec.containers[0];
    for (const probe of [startupProbe, readinessProbe]) {
      expect(probe.exec.command.join(' ')).toMatch(/valkey-cli .*ping \| grep -q PONG$/);
    }
    expect(livenessProbe.tcpSocket.port).toBe(6379);
  });

  test('may take minutes to read a large file before it is given up', () => {
    const { startupProbe } = redis().find('Deployment').spec.template.spec.containers[0];
    expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBeGreaterThanOrEqual(120);
  });

  test('needs no root and no fixed user: any one may write to its volumes', () => {
    const rendered = render((scope) => new Redis(scope, 'redis'), { platform: Platform.openshift() });
    expect(rendered.problems).toEqual([]);
    expect(rendered.find('Deployment').spec.template.spec.securityContext).not.toHaveProperty('runAsUser');
  });
});

describe('clients', () => {
  test('build a URL from the variable that stands before it, never from the value', () => {
    expect(redis().construct.connectionUrl(0)).toBe('redis://:$(REDIS_PASSWORD)@redis:6379/0');
    expect(redis({ serviceName: 'cache' }).construct.connectionUrl(3)).toBe('redis://:$(REDIS_PASSWORD)@cache:6379/3');
  });

  test('are let in one by one', () => {
    const rendered = render((scope) => {
      const made = new Redis(scope, 'redis');
      made.allowClient(new Program(scope, 'client'));
    });
    expect(rendered.find('NetworkPolicy', 'redis').spec.ingress).toEqual([
      {
        from: [
          {
            podSelector: {
              matchLabels: { 'app.kubernetes.io/name': 'program', 'app.kubernetes.io/instance': 'client' },
            },
          },
        ],
        ports: [{ port: 6379, protocol: 'TCP' }],
      },
    ]);
  });
});

describe('a managed server', () => {
  test('renders nothing but the way there', () => {
    const rendered = external();
    expect(rendered.problems).toEqual([]);
    expect(rendered.manifests.filter(({ metadata }) => metadata.name === 'redis')).toEqual([]);
    expect(JSON.stringify(rendered.find('NetworkPolicy', 'client').spec.egress)).toContain('6380');
  });

  test('speaks TLS unless somebody says otherwise', () => {
    expect(external().construct.made.connectionUrl(0)).toBe('rediss://:$(REDIS_PASSWORD)@redis.company.com:6380/0');
    expect(external({ tls: false, port: 6379 }).construct.made.connectionUrl(1)).toBe(
      'redis://:$(REDIS_PASSWORD)@redis.company.com:6379/1',
    );
    expect(external().construct.made).toMatchObject({ tls: true, host: 'redis.company.com', port: 6380 });
  });

  test('is reached at its addresses where they are known', () => {
    const { egress } = external({ cidrs: ['10.225.6.0/24'], port: 10_000 }).find('NetworkPolicy', 'client').spec;
    expect(egress).toContainEqual({
      to: [{ ipBlock: { cidr: '10.225.6.0/24' } }],
      ports: [{ port: 10_000, protocol: 'TCP' }],
    });
  });

  test('has a password that its owner issues: no generator can make one up', () => {
    const { construct } = external();
    expect(construct.made.password).toMatchObject({ secretName: 'redis-access', key: 'REDIS_PASSWORD' });
    expect(construct.made.password.form.kind).toBe(SecretKind.ISSUED);
    expect(Secrets.of(construct.client).all.map(({ secretName }) => secretName)).toEqual(['redis-access']);
  });

  test('has it percent-encoded where a client knows only URLs, and raw where it takes the key by itself', () => {
    const rendered = render((scope) => {
      const made = Redis.external(scope, 'redis', { host: 'redis.company.com', secretName: 'redis-access' });
      new OpenWebUiRelease(scope, 'webui').useRedis(made);
      const litellm = new LiteLlmGateway(scope, 'litellm', {
        models: [{ name: 'a', model: 'openai/a', apiKey: 'OPENAI_API_KEY' }],
      });
      litellm.useRedis(made);
      return litellm;
    });
    expect(rendered.problems).toEqual([]);
    const passwordOf = (name: string) =>
      environmentOf(rendered.find('Deployment', name).spec.template.spec.containers[0]).REDIS_PASSWORD;
    expect(passwordOf('webui')).toBe('redis-access/REDIS_URL_PASSWORD');
    expect(passwordOf('litellm')).toBe('redis-access/REDIS_PASSWORD');
    const access = Secrets.of(rendered.construct).all.find(({ secretName }) => secretName === 'redis-access');
    expect(access?.keys.map(({ key }) => key)).toEqual(['REDIS_PASSWORD', 'REDIS_URL_PASSWORD']);
  });

  test('is refused with an unknown key', () => {
    expect(() => external({ hots: 'x' } as object)).toThrow(/hots: unknown key/);
  });
});

const made = (props: RedisProps) => (scope: Construct) => new Redis(scope, 'redis', props);

describeRules('constructs/redis.ts', [
  {
    rule: 'redis-one-replica',
    when: 'three',
    declare: made({ replicas: 3 }),
    sentence:
      'redis: several replicas would each keep data of their own: leave replicas at 1, or use Redis.external with a managed, replicated server',
  },
  {
    rule: 'redis-one-replica',
    when: 'an autoscaler',
    declare: made({ autoscaling: { minReplicas: 1, maxReplicas: 2 } }),
    sentence:
      'redis: several replicas would each keep data of their own: leave replicas at 1, or use Redis.external with a managed, replicated server',
  },
  ...['lots', '', '1 gb', '1mb\nprotected-mode no'].map((maxMemory) => ({
    rule: 'redis-memory-form',
    when: JSON.stringify(maxMemory),
    declare: made({ maxMemory }),
    sentence: `redis: maxMemory ${JSON.stringify(maxMemory)} is no amount of memory: write a number and kb, mb or gb, for example 384mb`,
  })),
  {
    rule: 'redis-memory-fits',
    when: 'as much as the container has',
    declare: made({ maxMemory: '512mb' }),
    sentence:
      "redis: maxMemory 512mb is not below the container's limit of 512Mi, the kernel would kill the server: write less, or raise the limit in resources",
  },
  {
    rule: 'redis-recreates',
    when: 'RollingUpdate by hand',
    declare: made({ updateStrategy: UpdateStrategy.ROLLING_UPDATE }),
    sentence: 'redis: two servers would write one append-only file: leave updateStrategy out, the old pod goes first',
  },
]);

test('memory may grow with its container', () => {
  const resources = {
    cpu: { request: Cpu.millis(100), limit: Cpu.millis(500) },
    memory: { request: Size.gibibytes(1), limit: Size.gibibytes(5) },
  };
  expect(redis({ maxMemory: '4gb', resources }).problems).toEqual([]);
  expect(redis({ maxMemory: '2097152kb', resources }).problems).toEqual([]);
});
