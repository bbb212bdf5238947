import { databaseUrlForm, poolConnections, poolVariables } from '../../constructs/open-webui/database';
import type { OpenWebUiReleaseProps } from '../../constructs/open-webui-release';
import { PostgresSslMode } from '../../constructs/platform/postgres';
import { SecretForm } from '../../constructs/platform/secret-form';
import { SecretKey } from '../../constructs/platform/secrets';
import { developmentValue } from '../../synth/development-secrets';
import { environmentOf, render } from '../render';
import { DATABASE, declareProduction, PRODUCTION } from './samples';

const rendered = render((scope) => declareProduction(scope));
const pod = rendered.find('Deployment', 'open-webui').spec.template.spec;

test('the address comes from the Secret, for chats and for vectors alike', () => {
  expect(environmentOf(pod.containers[0])).toMatchObject({
    DATABASE_URL: 'open-webui-secrets/DATABASE_URL',
    PGVECTOR_DB_URL: 'open-webui-secrets/DATABASE_URL',
    VECTOR_DB: 'pgvector',
  });
  expect(JSON.stringify(rendered.manifests)).not.toContain('openwebui_admin');
});

test('has the form that the app and Alembic read', () => {
  expect(developmentValue(databaseUrlForm(DATABASE))).toMatch(
    /^postgresql:\/\/openwebui_admin:[A-Za-z0-9_-]{32}@openwebui-pg-prod\.postgres\.database\.azure\.com:5432\/openwebui\?sslmode=require$/,
  );
  expect(developmentValue(databaseUrlForm({ ...DATABASE, port: 6432, sslMode: PostgresSslMode.DISABLE }))).toMatch(
    /:6432\/openwebui\?sslmode=disable$/,
  );
});

describe('how the connection is opened', () => {
  /** The variables of the three containers that open one beside the app. */
  const opening = (props: Partial<OpenWebUiReleaseProps>) => {
    const made = render((scope) => declareProduction(scope, { ...PRODUCTION, ...props }));
    expect(made.problems).toEqual([]);
    const { containers, initContainers } = made.find('Deployment', 'open-webui').spec.template.spec;
    const job = made.find('Job').spec.template.spec;
    const waits = initContainers.find(({ name }: { name: string }) => name === 'wait-for-migration');
    return [containers[0], waits, job.containers[0], job.initContainers[0]];
  };
  const environments = (props: Partial<OpenWebUiReleaseProps>) => opening(props).map(environmentOf);

  test.each([PostgresSslMode.VERIFY_CA, PostgresSslMode.VERIFY_FULL])(
    '%s: with the authorities of the image, where libpq itself would look for a file in the home folder',
    (sslMode) => {
      for (const variables of environments({ database: { ...DATABASE, sslMode } })) {
        expect(variables).toMatchObject({ PGSSLMODE: sslMode, PGSSLROOTCERT: '/etc/ssl/certs/ca-certificates.crt' });
      }
    },
  );

  test('without checking the certificate, no authority is named: libpq would begin to check', () => {
    for (const sslMode of [undefined, PostgresSslMode.REQUIRE, PostgresSslMode.DISABLE]) {
      for (const variables of environments({ database: { ...DATABASE, sslMode } })) {
        expect(Object.keys(variables).filter((name) => name.startsWith('PGSSL'))).toEqual([]);
      }
    }
  });

  test('with other authorities where somebody names them', () => {
    const database = { ...DATABASE, sslMode: PostgresSslMode.VERIFY_FULL };
    for (const variables of environments({ database, extraEnv: { PGSSLROOTCERT: '/own/ca.crt' } })) {
      expect(variables).toMatchObject({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/own/ca.crt' });
    }
  });

  test('with an authority that somebody mounts, in every container that needs it', () => {
    const database = { ...DATABASE, sslMode: PostgresSslMode.VERIFY_FULL };
    const mount = { name: 'authority', mountPath: '/own' };
    const props = {
      database,
      extraEnv: { PGSSLROOTCERT: '/own/ca.crt' },
      extraVolumes: [
        { name: 'authority', configMap: { name: 'authority' } },
        { name: 'logos', emptyDir: {} },
      ],
      extraVolumeMounts: [mount, { name: 'logos', mountPath: '/logos' }],
    };
    const [, ...others] = opening(props);
    for (const { volumeMounts } of others) {
      expect(volumeMounts).toContainEqual(mount);
      expect(JSON.stringify(volumeMounts)).not.toContain('logos');
    }
    const { volumes } = render((scope) => declareProduction(scope, { ...PRODUCTION, ...props })).find('Job').spec
      .template.spec;
    expect(volumes).toContainEqual({ name: 'authority', configMap: { name: 'authority' } });
  });

  test('with an authority whose path is in a Secret', () => {
    const database = { ...DATABASE, sslMode: PostgresSslMode.VERIFY_FULL };
    const path = new SecretKey('login', 'authority', SecretForm.token(), 'where the authority is');
    for (const variables of environments({ database, extraSecretEnv: { PGSSLROOTCERT: path } })) {
      expect(variables).toMatchObject({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: 'login/authority' });
    }
  });

  test('as somebody says by hand, to the migration too: it would change another schema than the app reads', () => {
    const byHand = {
      extraEnv: { DATABASE_SCHEMA: 'webui', PGOPTIONS: '-c lock_timeout=5000', WEBUI_NAME: 'Chat' },
      extraSecretEnv: { DATABASE_PASSWORD: new SecretKey('login', 'password', SecretForm.token(), 'the login') },
      extraEnvFrom: [{ configMapRef: { name: 'database' } }],
    };
    const [app, ...others] = opening(byHand);
    expect(environmentOf(app)).toMatchObject({ DATABASE_SCHEMA: 'webui', WEBUI_NAME: 'Chat' });
    for (const container of others) {
      expect(environmentOf(container)).toMatchObject({
        DATABASE_SCHEMA: 'webui',
        PGOPTIONS: '-c lock_timeout=5000',
        DATABASE_PASSWORD: 'login/password',
      });
      expect(environmentOf(container)).not.toHaveProperty('WEBUI_NAME');
      expect(container.envFrom).toEqual([{ configMapRef: { name: 'database' } }]);
    }
  });

  test('and the address is in the Secret alone, which is said once', () => {
    const props = { ...PRODUCTION, extraEnv: { DATABASE_URL: 'sqlite://' } };
    const { problems } = render((scope) => declareProduction(scope, props));
    expect(problems.filter((problem) => problem.includes('the construct sets itself'))).toHaveLength(1);
  });
});

test('every pod keeps three pools: the app has two, the vector store one', () => {
  expect(poolConnections()).toBe(3 * (15 + 20));
  expect(poolConnections({ size: 5, maxOverflow: 0 })).toBe(15);
});

test('both pools are told their size: the vector store would fall back to one of its own', () => {
  expect(poolVariables({ size: 5, maxOverflow: 2 })).toEqual({
    DATABASE_POOL_SIZE: '5',
    DATABASE_POOL_MAX_OVERFLOW: '2',
    DATABASE_POOL_TIMEOUT: '30',
    DATABASE_POOL_RECYCLE: '1800',
    PGVECTOR_POOL_SIZE: '5',
    PGVECTOR_POOL_MAX_OVERFLOW: '2',
    PGVECTOR_POOL_TIMEOUT: '30',
    PGVECTOR_POOL_RECYCLE: '1800',
  });
});

test("the extension is made by the server's administrator", () => {
  expect(environmentOf(pod.containers[0]).PGVECTOR_CREATE_EXTENSION).toBe('false');
});

test('the extension is made by the app where its login may', () => {
  const props = { ...PRODUCTION, createVectorExtension: true };
  const [container] = render((scope) => declareProduction(scope, props)).find('Deployment', 'open-webui').spec.template
    .spec.containers;
  expect(environmentOf(container).PGVECTOR_CREATE_EXTENSION).toBe('true');
});

test('is reached by the app and by its migration, and by nobody else', () => {
  const reaching = rendered
    .ofKind('NetworkPolicy')
    .filter(({ spec }) => JSON.stringify(spec.egress ?? []).includes('10.225.4.0/28'))
    .map(({ metadata }) => metadata.name);
  expect(reaching.sort()).toEqual(['open-webui', 'open-webui-migration']);
});

test('without one, nothing of PostgreSQL is left in the manifests', () => {
  const small = render((scope) => declareProduction(scope, {}));
  expect(small.ofKind('Job')).toEqual([]);
  expect(JSON.stringify(small.manifests)).not.toMatch(/DATABASE_URL|PGVECTOR|wait-for-migration/);
});
