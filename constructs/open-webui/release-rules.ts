import type { OpenWebUiRelease } from '../open-webui-release';
import { ComponentKind, UpdateStrategy } from '../platform/component';
import { RESERVED_CONNECTIONS, usableConnections } from '../platform/postgres';
import type { Rule } from '../platform/rules';
import { parseEmail } from '../tenants/email';
import { isPool, poolConnections } from './database';
import { hasProvider } from './sign-in';

const several = (release: OpenWebUiRelease): boolean => release.maxReplicas > 1;

/** What can be wrong with a release. Source of most rows: Open WebUI's documentation, "Scaling". */
export const RELEASE_RULES: readonly Rule<OpenWebUiRelease>[] = [
  {
    id: 'replicas-need-postgres',
    broken: (release) => several(release) && !release.props.database,
    message: ({ name, maxReplicas }) =>
      `${name}: ${maxReplicas} replicas need PostgreSQL, SQLite belongs to one pod: pass database, or set replicas to 1`,
  },
  {
    id: 'replicas-need-redis',
    broken: (release) => several(release) && !release._redis,
    message: ({ name, maxReplicas }) =>
      `${name}: ${maxReplicas} replicas need a shared Redis: call useRedis, or set replicas to 1`,
  },
  {
    id: 'replicas-need-shared-files',
    broken: (release) => several(release) && !release.storage.shared,
    message: ({ name, maxReplicas, storage }) =>
      `${name}: ${maxReplicas} replicas mount one data folder, and ${storage.claimName} is a volume of one node: write shared: true in storage, which takes a new claim where that one exists (docs/scaling-out.md, "From one replica to several"), or set replicas to 1`,
  },
  {
    id: 'volume-of-one-node-rolls',
    broken: (release) =>
      release.kind === ComponentKind.DEPLOYMENT &&
      !release.storage.shared &&
      release.updateStrategy === UpdateStrategy.ROLLING_UPDATE,
    message: ({ name }) =>
      `${name}: a new pod would wait for ever for the volume that the old one holds: set storage.shared, or leave updateStrategy out`,
  },
  {
    id: 'version-change-recreates',
    broken: ({ props, version, updateStrategy, kind }) =>
      props.upgradingFrom !== undefined &&
      props.upgradingFrom !== version &&
      (updateStrategy !== UpdateStrategy.RECREATE || kind === ComponentKind.STATEFUL_SET),
    message: ({ name, props, version }) =>
      `${name}: ${props.upgradingFrom} and ${version} must not run side by side on one database: leave updateStrategy out and use a Deployment`,
  },
  {
    id: 'database-connections',
    broken: (release) => neededConnections(release) > usableConnections(release.props.database),
    message: (release) =>
      `${release.name}: ${release.maxPods} pods with up to ${poolConnections(release.props.connectionPool)} connections each need ${neededConnections(release)}, but ${release.props.database?.host} allows ${usableConnections(release.props.database)} (${RESERVED_CONNECTIONS} stay reserved): make connectionPool smaller, allow fewer replicas, or take a larger server`,
  },
  {
    id: 'connection-pool-of-postgres',
    broken: ({ props }) => props.connectionPool !== undefined && props.database === undefined,
    message: ({ name }) => `${name}: connectionPool is that of PostgreSQL: pass database too, or leave it out`,
  },
  {
    id: 'connection-pool-positive',
    broken: ({ props: { connectionPool = {} } }) => !isPool(connectionPool),
    message: ({ name }) =>
      `${name}: connectionPool takes whole numbers: write a size of at least 1 and a maxOverflow of at least 0`,
  },
  {
    id: 'one-object-store',
    broken: ({ props: { objectStorage: o } }) => o !== undefined && [o.azure, o.s3, o.gcs].filter(Boolean).length !== 1,
    message: ({ name }) => `${name}: objectStorage names exactly one of azure, s3 and gcs`,
  },
  {
    id: 'storage-identity-or-key',
    broken: ({ props: { objectStorage } }) =>
      objectStorage?.azure?.clientId !== undefined && objectStorage.azure.managedIdentity === false,
    message: ({ name }) =>
      `${name}: objectStorage.azure.clientId names an identity, and managedIdentity is false: leave one of them out`,
  },
  {
    id: 'image-matches-version',
    broken: ({ _pod, version }) => !_pod.main.image.includes('@') && !_pod.main.image.endsWith(`:${version}`),
    message: ({ name, _pod, version }) =>
      `${name}: the image ${_pod.main.image} is not version ${version}: set version to the image's, migrations depend on it`,
  },
  {
    id: 'somebody-signs-in',
    broken: ({ props, platform, _behindProxy }) =>
      platform.production && props.signIn?.enabled === false && !_behindProxy,
    message: ({ name }) =>
      `${name}: without sign-in everybody who reaches the app is its administrator: leave signIn.enabled out, or put an OAuthSidecar in front`,
  },
  {
    id: 'some-way-to-sign-in',
    broken: ({ props: { signIn = {} }, _behindProxy }) =>
      signIn.enabled !== false && signIn.loginForm === false && !hasProvider(signIn) && !_behindProxy,
    message: ({ name }) =>
      `${name}: without the login form nobody can sign in: leave signIn.loginForm out, write google, microsoft, github or oidc, or put an OAuthSidecar in front`,
  },
  {
    id: 'e-mail-address',
    broken: (release) => badAddress(release) !== undefined,
    message: (release) =>
      `${release.name}: ${badAddress(release)} is not an e-mail address: write it like admin@company.com`,
  },
  {
    id: 'first-administrator',
    broken: ({ props, platform, _behindProxy }) =>
      platform.production &&
      !props.adminEmail &&
      !props.ownerEmail &&
      (_behindProxy || hasProvider(props.signIn ?? {})),
    message: ({ name }) =>
      `${name}: whoever signs in first becomes administrator: write adminEmail, so that it is made at the first start`,
  },
  {
    id: 'owner-of-sqlite',
    broken: ({ props }) => props.ownerEmail !== undefined && props.database !== undefined,
    message: ({ name }) =>
      `${name}: ownerEmail renames an account in the SQLite file, which a release with database does not read: leave it out`,
  },
  {
    id: 'owner-signs-in-at-proxy',
    broken: ({ props, _behindProxy }) =>
      props.ownerEmail !== undefined && props.signIn?.enabled !== false && !_behindProxy,
    message: ({ name }) =>
      `${name}: the account that ownerEmail takes over has a well-known password: put an OAuthSidecar in front, so that nobody signs in with it`,
  },
  {
    id: 'sessions-know-their-user',
    broken: ({ _models, _pod }) =>
      _models.some(({ servesSessions }) => servesSessions) && !_pod.env.has('FORWARD_USER_INFO_HEADER_JWT_SECRET'),
    message: ({ name }) =>
      `${name}: some of its models are sessions, and nothing says whose, so that each question would be answered alone: call identifyUsersTo with the jwtSecret of the Claude service`,
  },
  {
    id: 'tool-server-ids-differ',
    broken: (release) => repeatedToolServer(release) !== undefined,
    message: (release) =>
      `${release.name}: two tool servers have the id ${repeatedToolServer(release)}, by which the app tells their tools apart: give one of them another toolServerId`,
  },
  {
    id: 'release-requests-counted',
    broken: ({ autoscaling, _pod }) =>
      autoscaling?.requests !== undefined &&
      autoscaling.requests.query === undefined &&
      _pod.env.value('ENABLE_OTEL_METRICS')?.toLowerCase() !== 'true',
    message: ({ name }) =>
      `${name}: scaling by requests waits for a counter that nobody serves: call useCollector with an OtlpCollector, in a Workspace write otlpCollector, or write query`,
  },
  {
    id: 'upgrading-from-other-version',
    broken: ({ props, version }) => props.upgradingFrom === version,
    message: ({ name, version }) =>
      `${name}: upgradingFrom is the same version ${version}: leave it out after the upgrade`,
  },
];

function repeatedToolServer({ _tools }: OpenWebUiRelease): string | undefined {
  const ids = _tools.map(({ toolServerId }) => toolServerId);
  return ids.find((id, index) => ids.indexOf(id) < index);
}

/** The prop whose address is none, with what it says. */
function badAddress({ props: { adminEmail, ownerEmail } }: OpenWebUiRelease): string | undefined {
  return Object.entries({ adminEmail, ownerEmail })
    .filter(([, address]) => address !== undefined && parseEmail(address) === undefined)
    .map(([prop, address]) => `${prop} "${address}"`)
    .at(0);
}

/** Every pod keeps three pools: the app's two and the vector store's. */
function neededConnections(release: OpenWebUiRelease): number {
  return release.props.database ? release.maxPods * poolConnections(release.props.connectionPool) : 0;
}
