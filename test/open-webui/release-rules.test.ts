import { Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { ClaudeService } from '../../constructs/claude-service';
import { LiteLlmGateway } from '../../constructs/litellm-gateway';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../../constructs/open-webui-release';
import type { RequestScaling } from '../../constructs/platform/autoscaler';
import { ComponentKind, UpdateStrategy } from '../../constructs/platform/component';
import { Platform } from '../../constructs/platform/platform';
import { SecretForm } from '../../constructs/platform/secret-form';
import { SecretKey } from '../../constructs/platform/secrets';
import { Redis } from '../../constructs/redis';
import { describeRules } from '../broken-rules';
import { render } from '../render';
import { Tools } from './neighbours';
import { DATABASE } from './samples';

const declared =
  (props: OpenWebUiReleaseProps, more: (made: OpenWebUiRelease, scope: Construct) => void = () => {}) =>
  (scope: Construct) =>
    more(new OpenWebUiRelease(scope, 'open-webui', props), scope);
const withRedis = (made: OpenWebUiRelease, scope: Construct) => made.useRedis(new Redis(scope, 'redis'));
const behindProxy = (made: OpenWebUiRelease) => made._listenOnLoopback();
const sessions = (scope: Construct) => {
  const claude = new ClaudeService(scope, 'claude-service', { taskModel: 'claude-sonnet-5-5' });
  const model = { name: 'claude-sonnet-5-5', model: 'anthropic/claude-sonnet-5-5', apiKey: 'ANTHROPIC_API_KEY' };
  const gateway = new LiteLlmGateway(scope, 'litellm', { models: [model] });
  claude.useModelGateway(gateway);
  gateway.route(claude);
  return { claude, gateway };
};
const SHARED = { size: Size.gibibytes(1), shared: true, storageClass: 'files' };

const REQUESTS = { prometheusUrl: 'http://prometheus.monitoring:9090', requestsPerSecond: 20 };
const scaledBy = (requests: RequestScaling) =>
  declared(
    { autoscaling: { minReplicas: 1, maxReplicas: 2, requests }, database: DATABASE, storage: SHARED },
    withRedis,
  );

test('a person who counts the requests otherwise needs no collector', () => {
  expect(render(scaledBy({ ...REQUESTS, query: 'sum(rate(gateway_requests_total[2m]))' })).problems).toEqual([]);
});

describeRules('constructs/open-webui/release-rules.ts', [
  {
    rule: 'release-requests-counted',
    when: 'no collector takes the counter',
    declare: scaledBy(REQUESTS),
    sentence:
      'open-webui: scaling by requests waits for a counter that nobody serves: call useCollector with an OtlpCollector, in a Workspace write otlpCollector, or write query',
  },
  {
    rule: 'replicas-need-postgres',
    when: '3 replicas',
    declare: declared({ replicas: 3, storage: SHARED }, withRedis),
    sentence: 'open-webui: 3 replicas need PostgreSQL, SQLite belongs to one pod: pass database, or set replicas to 1',
  },
  {
    rule: 'replicas-need-redis',
    when: 'an autoscaler up to 4',
    declare: declared({ autoscaling: { minReplicas: 1, maxReplicas: 4 }, database: DATABASE, storage: SHARED }),
    sentence: 'open-webui: 4 replicas need a shared Redis: call useRedis, or set replicas to 1',
  },
  {
    rule: 'replicas-need-shared-files',
    when: 'the volume that one replica had',
    declare: declared({ replicas: 2, database: DATABASE }, withRedis),
    sentence:
      'open-webui: 2 replicas mount one data folder, and open-webui-data is a volume of one node: write shared: true in storage, which takes a new claim where that one exists (docs/scaling-out.md, "From one replica to several"), or set replicas to 1',
  },
  {
    rule: 'replicas-need-shared-files',
    when: 'a volume of one node beside an object store, which the pods mount all the same',
    declare: declared(
      {
        autoscaling: { minReplicas: 1, maxReplicas: 3 },
        database: DATABASE,
        storage: { existingClaim: 'files' },
        objectStorage: { gcs: { bucket: 'files' } },
      },
      withRedis,
    ),
    sentence:
      'open-webui: 3 replicas mount one data folder, and files is a volume of one node: write shared: true in storage, which takes a new claim where that one exists (docs/scaling-out.md, "From one replica to several"), or set replicas to 1',
  },
  {
    rule: 'volume-of-one-node-rolls',
    when: 'RollingUpdate by hand',
    declare: declared({ updateStrategy: UpdateStrategy.ROLLING_UPDATE }),
    sentence:
      'open-webui: a new pod would wait for ever for the volume that the old one holds: set storage.shared, or leave updateStrategy out',
  },
  {
    rule: 'version-change-recreates',
    when: 'RollingUpdate by hand',
    declare: declared({
      database: DATABASE,
      storage: SHARED,
      upgradingFrom: '0.11.0',
      updateStrategy: UpdateStrategy.ROLLING_UPDATE,
    }),
    sentence:
      'open-webui: 0.11.0 and 0.12.4 must not run side by side on one database: leave updateStrategy out and use a Deployment',
  },
  {
    rule: 'version-change-recreates',
    when: 'a StatefulSet',
    declare: declared({
      database: DATABASE,
      storage: SHARED,
      upgradingFrom: '0.11.0',
      kind: ComponentKind.STATEFUL_SET,
    }),
    sentence:
      'open-webui: 0.11.0 and 0.12.4 must not run side by side on one database: leave updateStrategy out and use a Deployment',
  },
  {
    rule: 'database-connections',
    when: 'one replica on the smallest server',
    declare: declared({ database: { ...DATABASE, maxConnections: 100 } }),
    sentence:
      'open-webui: 1 pods with up to 105 connections each need 105, but openwebui-pg-prod.postgres.database.azure.com allows 85 (15 stay reserved): make connectionPool smaller, allow fewer replicas, or take a larger server',
  },
  {
    rule: 'database-connections',
    when: 'the surge of an update',
    declare: declared(
      {
        replicas: 2,
        database: { ...DATABASE, maxConnections: 315 },
        storage: SHARED,
        connectionPool: { size: 30, maxOverflow: 5 },
      },
      withRedis,
    ),
    sentence:
      'open-webui: 3 pods with up to 105 connections each need 315, but openwebui-pg-prod.postgres.database.azure.com allows 300 (15 stay reserved): make connectionPool smaller, allow fewer replicas, or take a larger server',
  },
  {
    rule: 'connection-pool-of-postgres',
    when: 'SQLite',
    declare: declared({ connectionPool: { size: 5 } }),
    sentence: 'open-webui: connectionPool is that of PostgreSQL: pass database too, or leave it out',
  },
  ...[{ size: 0 }, { size: 2.5 }, { maxOverflow: -1 }].map((connectionPool) => ({
    rule: 'connection-pool-positive',
    when: JSON.stringify(connectionPool),
    declare: declared({ database: DATABASE, connectionPool }),
    sentence:
      'open-webui: connectionPool takes whole numbers: write a size of at least 1 and a maxOverflow of at least 0',
  })),
  {
    rule: 'storage-identity-or-key',
    when: 'both',
    declare: declared({
      objectStorage: {
        azure: {
          endpoint: 'https://files.blob.core.windows.net',
          container: 'files',
          managedIdentity: false,
          clientId: '11111111-1111-1111-1111-111111111111',
        },
      },
    }),
    sentence:
      'open-webui: objectStorage.azure.clientId names an identity, and managedIdentity is false: leave one of them out',
  },
  {
    rule: 'some-way-to-sign-in',
    when: 'no form and no provider',
    declare: declared({ signIn: { loginForm: false } }),
    sentence:
      'open-webui: without the login form nobody can sign in: leave signIn.loginForm out, write google, microsoft, github or oidc, or put an OAuthSidecar in front',
  },
  {
    rule: 'e-mail-address',
    when: 'the administrator',
    declare: declared({ adminEmail: 'admin' }),
    sentence: 'open-webui: adminEmail "admin" is not an e-mail address: write it like admin@company.com',
  },
  {
    rule: 'e-mail-address',
    when: 'the owner',
    declare: declared({ ownerEmail: 'the owner' }, behindProxy),
    sentence: 'open-webui: ownerEmail "the owner" is not an e-mail address: write it like admin@company.com',
  },
  {
    rule: 'one-object-store',
    when: 'none',
    declare: declared({ objectStorage: {} }),
    sentence: 'open-webui: objectStorage names exactly one of azure, s3 and gcs',
  },
  {
    rule: 'one-object-store',
    when: 'two',
    declare: declared({ objectStorage: { gcs: { bucket: 'a' }, s3: { bucket: 'b', region: 'c' } } }),
    sentence: 'open-webui: objectStorage names exactly one of azure, s3 and gcs',
  },
  {
    rule: 'image-matches-version',
    when: 'a tag of another version',
    declare: declared({ image: 'registry.company.com/open-webui:0.11.0' }),
    sentence:
      "open-webui: the image registry.company.com/open-webui:0.11.0 is not version 0.12.4: set version to the image's, migrations depend on it",
  },
  {
    rule: 'somebody-signs-in',
    when: 'no sign-in in production',
    declare: declared({ signIn: { enabled: false } }),
    sentence:
      'open-webui: without sign-in everybody who reaches the app is its administrator: leave signIn.enabled out, or put an OAuthSidecar in front',
  },
  {
    rule: 'first-administrator',
    when: 'a provider and nobody named',
    declare: declared({ signIn: { github: { clientId: 'id' } } }),
    sentence:
      'open-webui: whoever signs in first becomes administrator: write adminEmail, so that it is made at the first start',
  },
  {
    rule: 'first-administrator',
    when: 'a proxy and nobody named',
    declare: declared({}, behindProxy),
    sentence:
      'open-webui: whoever signs in first becomes administrator: write adminEmail, so that it is made at the first start',
  },
  {
    rule: 'owner-of-sqlite',
    when: 'a database beside it',
    declare: declared({ database: DATABASE, ownerEmail: 'owner@company.com' }, behindProxy),
    sentence:
      'open-webui: ownerEmail renames an account in the SQLite file, which a release with database does not read: leave it out',
  },
  {
    rule: 'owner-signs-in-at-proxy',
    when: 'no proxy',
    declare: declared({ ownerEmail: 'owner@company.com' }),
    sentence:
      'open-webui: the account that ownerEmail takes over has a well-known password: put an OAuthSidecar in front, so that nobody signs in with it',
  },
  {
    rule: 'sessions-know-their-user',
    when: 'LiteLLM routes to the Claude service, and nobody signs',
    declare: declared({}, (made, scope) => made.useModels(sessions(scope).gateway)),
    sentence:
      'open-webui: some of its models are sessions, and nothing says whose, so that each question would be answered alone: call identifyUsersTo with the jwtSecret of the Claude service',
  },
  {
    rule: 'sessions-know-their-user',
    when: 'the Claude service itself, and nobody signs',
    declare: declared({}, (made, scope) => made.useModels(sessions(scope).claude)),
    sentence:
      'open-webui: some of its models are sessions, and nothing says whose, so that each question would be answered alone: call identifyUsersTo with the jwtSecret of the Claude service',
  },
  {
    rule: 'tool-server-ids-differ',
    when: 'two gateways that nobody gave an id',
    declare: declared({}, (made, scope) => {
      for (const id of ['first', 'second']) {
        made.useTools(Object.defineProperty(new Tools(scope, id), 'toolServerId', { value: 'mcp' }));
      }
    }),
    sentence:
      'open-webui: two tool servers have the id mcp, by which the app tells their tools apart: give one of them another toolServerId',
  },
  {
    rule: 'upgrading-from-other-version',
    when: 'the same version',
    declare: declared({ upgradingFrom: '0.12.4' }),
    sentence: 'open-webui: upgradingFrom is the same version 0.12.4: leave it out after the upgrade',
  },
]);

const release = (props: OpenWebUiReleaseProps, platform = Platform.kubernetes()) =>
  render(declared(props), { platform });

describe('what is right passes', () => {
  test.each<[string, OpenWebUiReleaseProps]>([
    ['a digest instead of a tag', { image: `registry.company.com/open-webui@sha256:${'0'.repeat(64)}` }],
    ['another version with its image', { version: '0.13.0' }],
    ['a server that has exactly enough connections', { database: { ...DATABASE, maxConnections: 120 } }],
    ['a server of unknown size', { database: { ...DATABASE, maxConnections: undefined } }],
  ])('%s', (_what, props) => {
    expect(release(props).problems).toEqual([]);
  });

  test('no login form where people sign in at a proxy', () => {
    const props = { signIn: { loginForm: false }, adminEmail: 'admin@company.com' };
    expect(render(declared(props, behindProxy)).problems).toEqual([]);
  });

  test.each<[string, (made: OpenWebUiRelease, jwtSecret: SecretKey) => void]>([
    ['declared', (made, jwtSecret) => made.identifyUsersTo(jwtSecret)],
    ['written by hand', () => {}],
  ])('sessions whose user is signed by a secret that is %s', (how, sign) => {
    const byHand = new SecretKey('identity', 'JWT', SecretForm.token(), 'signs users');
    const props = how === 'declared' ? {} : { extraSecretEnv: { FORWARD_USER_INFO_HEADER_JWT_SECRET: byHand } };
    const declare = declared(props, (made, scope) => {
      const { claude, gateway } = sessions(scope);
      made.useModels(gateway);
      sign(made, claude.jwtSecret);
    });
    expect(render(declare).problems).toEqual([]);
  });

  test("no sign-in on a developer's machine", () => {
    expect(release({ signIn: { enabled: false } }, Platform.kind()).problems).toEqual([]);
  });
});
