import { databaseUrlForm, poolConnections, poolVariables } from '../../constructs/open-webui/database';
import { PostgresSslMode } from '../../constructs/platform/postgres';
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
