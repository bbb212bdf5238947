import { App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { ClaudeService } from '../../constructs/claude-service';
import { LiteLlmGateway } from '../../constructs/litellm-gateway';
import { OAuthProvider } from '../../constructs/oauth/oauth-provider';
import { OAuthSidecar } from '../../constructs/oauth-sidecar';
import { OpenWebUiRelease } from '../../constructs/open-webui-release';
import { Platform } from '../../constructs/platform/platform';
import { SecretForm } from '../../constructs/platform/secret-form';
import { SecretSource } from '../../constructs/platform/secret-source';
import { Secrets } from '../../constructs/platform/secrets';
import { Workspace } from '../../constructs/workspace';
import { problemsOf } from '../../synth/render';
import { describeRules } from '../broken-rules';
import { render } from '../render';
import { Program } from './program';

const KEY_VAULT = SecretSource.azureKeyVault({
  vaultUrl: 'https://openwebui-prod.vault.azure.net',
  tenantId: '11111111-1111-1111-1111-111111111111',
  clientId: '22222222-2222-2222-2222-222222222222',
});
const VAULT = SecretSource.vault({ server: 'https://vault.company.com:8200', role: 'open-webui' });

function secrets(source: SecretSource) {
  return render(
    (scope) => {
      const secret = Secrets.of(scope).secret('open-webui-secrets');
      secret.key('WEBUI_SECRET_KEY', SecretForm.hex(32), 'signs sessions');
      secret.key('client-id', SecretForm.issuedBy('Entra'), 'signs in');
    },
    { secrets: source },
  );
}
const kindsOf = (source: SecretSource) =>
  secrets(source)
    .allManifests.map(({ kind }) => kind)
    .filter((kind) =>
      ['Secret', 'ExternalSecret', 'SecretStore', 'ClusterSecretStore', 'ServiceAccount'].includes(kind),
    );

describe('where values come from', () => {
  test('existing Secrets: nothing is rendered', () => {
    expect(kindsOf(SecretSource.existing())).toEqual([]);
  });

  test('Azure Key Vault, by workload identity', () => {
    const rendered = secrets(KEY_VAULT);
    expect(rendered.problems).toEqual([]);
    expect(['ServiceAccount', 'SecretStore', 'ExternalSecret'].map((kind) => rendered.find(kind))).toMatchSnapshot();
  });

  test('Vault, by the ServiceAccount of the namespace', () => {
    const rendered = secrets(VAULT);
    expect(rendered.problems).toEqual([]);
    expect(['ServiceAccount', 'SecretStore', 'ExternalSecret'].map((kind) => rendered.find(kind))).toMatchSnapshot();
  });

  test("a store of the cluster's owners, or one of the namespace", () => {
    const reference = (clusterWide?: boolean) =>
      secrets(SecretSource.externalStore({ name: 'theirs', clusterWide })).find('ExternalSecret').spec.secretStoreRef;
    expect(reference()).toEqual({ name: 'theirs', kind: 'ClusterSecretStore' });
    expect(reference(false)).toEqual({ name: 'theirs', kind: 'SecretStore' });
    expect(kindsOf(SecretSource.externalStore({ name: 'theirs' }))).toEqual(['ExternalSecret']);
  });

  test('never from here: no object carries a value', () => {
    for (const source of [SecretSource.existing(), KEY_VAULT, VAULT, SecretSource.externalStore({ name: 'theirs' })]) {
      expect(kindsOf(source)).not.toContain('Secret');
    }
  });
});

describe('an ExternalSecret', () => {
  const dataOf = (source: SecretSource) => secrets(source).find('ExternalSecret').spec.data;

  test('asks Key Vault for names of its own form: letters, digits and dashes', () => {
    expect(dataOf(KEY_VAULT)).toEqual([
      { secretKey: 'WEBUI_SECRET_KEY', remoteRef: { key: 'open-webui-secrets-webui-secret-key' } },
      { secretKey: 'client-id', remoteRef: { key: 'open-webui-secrets-client-id' } },
    ]);
  });

  test('asks Vault for the keys of one secret', () => {
    expect(dataOf(VAULT)).toEqual([
      { secretKey: 'WEBUI_SECRET_KEY', remoteRef: { key: 'open-webui-secrets', property: 'WEBUI_SECRET_KEY' } },
      { secretKey: 'client-id', remoteRef: { key: 'open-webui-secrets', property: 'client-id' } },
    ]);
  });

  test("keeps the Secret when the vault is silent: running programs' pods may start again", () => {
    expect(secrets(VAULT).find('ExternalSecret').spec.target).toEqual({
      name: 'open-webui-secrets',
      creationPolicy: 'Owner',
      deletionPolicy: 'Retain',
    });
  });

  test('is refused where two keys would read one value of the vault', () => {
    const { problems } = render(
      (scope) => {
        const secret = Secrets.of(scope).secret('secrets');
        secret.key('API_KEY', SecretForm.token(), 'one');
        secret.key('api.key', SecretForm.token(), 'another');
      },
      { secrets: KEY_VAULT },
    );
    expect(problems).toEqual([expect.stringContaining('secrets-api-key')]);
  });
});

describe('keys', () => {
  test('are collected while programs declare them, and stand sorted', () => {
    const { construct } = render((scope) => Secrets.of(scope));
    construct.secret('b').key('Z', SecretForm.token(), 'last');
    construct.secret('b').key('A', SecretForm.token(), 'first');
    construct.secret('a').key('X', SecretForm.token(), 'alone');
    expect(construct.all.map(({ secretName, keys }) => [secretName, keys.map(({ key }) => key)])).toEqual([
      ['a', ['X']],
      ['b', ['A', 'Z']],
    ]);
  });

  test('asked for twice are one', () => {
    const { construct } = render((scope) => Secrets.of(scope));
    const first = construct.secret('a').key('X', SecretForm.hex(8), 'one purpose');
    expect(construct.secret('a').key('X', SecretForm.token(), 'another') === first).toBe(true);
  });

  test('are named in a container, never read', () => {
    const { construct } = render((scope) => Secrets.of(scope).secret('a').key('X', SecretForm.token(), 'a test'));
    expect(construct.toEnvVar('NAME')).toEqual({
      name: 'NAME',
      valueFrom: { secretKeyRef: { name: 'a', key: 'X' } },
    });
  });
});

test('programs without Secrets above them share those that the first one makes', () => {
  const { app } = render((scope) => scope);
  const alone = new Construct(app, 'alone');
  const chart = new Chart(alone, 'chart');
  const [a, b] = [new Program(chart, 'a'), new Program(chart, 'b')];
  expect(Secrets.of(a) === Secrets.of(b)).toBe(true);
});

test('an option that a source does not know is refused with the name of the factory', () => {
  const options = { vaultUrl: 'https://a.vault.azure.net', tenantId: 'x', clientID: 'x' };
  expect(() => SecretSource.azureKeyVault(options as never)).toThrow(
    'SecretSource.azureKeyVault: clientID: unknown key; did you mean clientId?',
  );
  expect(() => SecretSource.vault({ server: 'https://a' } as never)).toThrow('SecretSource.vault: role: missing');
  expect(() => SecretSource.externalStore({ nam: 'x' } as never)).toThrow(
    'SecretSource.externalStore: nam: unknown key',
  );
});

const ID = '11111111-1111-1111-1111-111111111111';
const KEY_VAULT_OPTIONS = { vaultUrl: 'https://ours.vault.azure.net', tenantId: ID, clientId: ID };
const from = (source: SecretSource, secretName = 'ours') => ({
  declare: (scope: Construct) => Secrets.of(scope).secret(secretName),
  surroundings: { secrets: source },
});

const PG = { host: 'pg.company.com', database: 'chat', user: 'chat' };
const keyed =
  (...forms: [secretName: string, form: SecretForm][]) =>
  (scope: Construct) => {
    for (const [index, [secretName, form]] of forms.entries()) {
      Secrets.of(scope)
        .secret(secretName)
        .key('DATABASE_URL', form, `database ${index + 1}`);
    }
  };

const CNPG = { ...PG, host: 'pg-rw.databases.svc.cluster.local' };

/** Two namespaces with the same database; with platforms, each in a cluster of its own. */
function twoWorkspaces(scope: Construct, database: typeof PG, platforms: readonly Platform[] = []): void {
  for (const [index, name] of ['first', 'second'].entries()) {
    const chart = new Chart(scope, name, { namespace: name });
    platforms[index]?.attach(chart);
    const secrets = new Secrets(chart, 'secrets');
    secrets.attach(chart);
    secrets.secret('ours').key('DATABASE_URL', SecretForm.postgresUrl(database), `the database of ${name}`);
  }
}

describe('one name of a database', () => {
  const platforms = () => [Platform.aks(), Platform.aks()];
  const problems = (declare: (scope: Construct) => void) => render(declare).problems;

  test('is another host in another cluster, where it is a name of the cluster', () => {
    expect(problems((scope) => twoWorkspaces(scope, CNPG, platforms()))).toEqual([]);
    expect(problems((scope) => twoWorkspaces(scope, PG, platforms()))).toEqual([
      expect.stringContaining('are one, chat at pg.company.com'),
    ]);
  });

  test('is another Service in another namespace, where it names none', () => {
    expect(problems((scope) => twoWorkspaces(scope, { ...PG, host: 'pg-rw' }))).toEqual([]);
  });

  test('is one in an app without a platform, which is one cluster', () => {
    const app = new App();
    twoWorkspaces(app, CNPG);
    expect(problemsOf(app)).toEqual([expect.stringContaining('are one, chat at pg-rw.databases')]);
  });

  test('may stand in a workspace per cluster of one app', () => {
    const app = new App();
    for (const name of ['staging', 'production']) {
      new Workspace(app, name, {
        platform: Platform.kind(),
        namespace: { name },
        openWebUi: { database: CNPG },
      });
    }
    expect(problemsOf(app)).toEqual([]);
  });
});

test('a key may be asked for twice where its value is one, whoever issues it by whatever name', () => {
  const url = SecretForm.postgresUrl(PG);
  const written = SecretForm.postgresUrl({ ...PG, port: 5432 });
  expect(render(keyed(['ours', url], ['ours', written])).problems).toEqual([]);
  const issued = ['OpenAI', 'the provider of gpt'].map((issuer) => SecretForm.issuedBy(issuer));
  expect(render(keyed(['ours', issued[0]], ['ours', issued[1]])).problems).toEqual([]);
});

describeRules('constructs/platform/secrets.ts', [
  {
    rule: 'secret-key-means-one-thing',
    when: 'two programs with databases of their own and one Secret',
    declare: keyed(
      ['ours', SecretForm.postgresUrl(PG)],
      ['ours', SecretForm.postgresUrl({ ...PG, database: 'litellm' })],
    ),
    sentence:
      'DATABASE_URL of the Secret ours would be postgresql:// URL of pg.company.com/chat (database 1) and postgresql:// URL of pg.company.com/litellm (database 2): give one of the programs a secretName of its own',
  },
  {
    rule: 'secret-key-means-one-thing',
    when: 'what one makes, another is given',
    declare: keyed(['ours', SecretForm.token()], ['ours', SecretForm.issuedBy('Azure')]),
    sentence:
      'DATABASE_URL of the Secret ours would be URL-safe token (database 1) and issued by Azure (database 2): give one of the programs a secretName of its own',
  },
  {
    rule: 'databases-differ',
    when: 'two programs in one database',
    declare: keyed(
      ['ours', SecretForm.postgresUrl(PG)],
      ['theirs', SecretForm.postgresUrl({ ...PG, port: 5432, user: 'litellm' })],
    ),
    sentence:
      "database 1 and database 2 are one, chat at pg.company.com, and each would change what is the other's: give each program a database of its own",
  },
  {
    rule: 'databases-differ',
    when: 'two programs with one Secret and one database',
    declare: (scope) => {
      const model = { name: 'a', model: 'openai/a', apiKey: 'OPENAI_API_KEY' };
      new LiteLlmGateway(scope, 'litellm', { secretName: 'ours', models: [model], database: PG });
      new ClaudeService(scope, 'claude', { secretName: 'ours', database: PG }).useAnthropicApi();
    },
    sentence:
      "the database of LiteLLM and the database of the Claude service are one, chat at pg.company.com, and each would change what is the other's: give each program a database of its own",
  },
  {
    rule: 'databases-differ',
    when: 'two workspaces of one app',
    declare: (scope) => twoWorkspaces(scope, PG),
    sentence:
      "the database of first (test/chart/first/secrets) and the database of second (test/chart/second/secrets) are one, chat at pg.company.com, and each would change what is the other's: give each program a database of its own, or render each cluster from an App of its own",
  },
  {
    rule: 'databases-differ',
    when: 'two namespaces of one cluster, at a Service of a third',
    declare: (scope) => twoWorkspaces(scope, CNPG),
    sentence:
      "the database of first (test/chart/first/secrets) and the database of second (test/chart/second/secrets) are one, chat at pg-rw.databases.svc.cluster.local, and each would change what is the other's: give each program a database of its own, or each cluster a Platform object of its own, or render each cluster from an App of its own",
  },
  {
    rule: 'cookie-secrets-differ',
    when: 'two sign-ins keep the usual name of the Secret',
    declare: (scope) => {
      const provider = OAuthProvider.oidc({ issuerUrl: 'https://login.company.com', emailDomains: ['company.com'] });
      for (const name of ['first', 'second']) {
        const edge = { host: `${name}.company.com`, gatewayClassName: 'envoy' };
        const release = new OpenWebUiRelease(scope, name, { adminEmail: 'ada@company.com', edge });
        new OAuthSidecar(release, 'oauth-sidecar', { release, provider });
      }
    },
    sentence:
      'cookie-secret of the Secret oauth-config would be that of two sign-ins, and each would let in whom the other knows: give one of them a secretName of its own',
  },
  {
    rule: 'secret-name',
    when: 'capitals',
    ...from(SecretSource.existing(), 'Our_Secrets'),
    sentence:
      'secretName "Our_Secrets" must be a DNS subdomain: at most 253 lower-case letters, digits, hyphens and dots',
  },
  ...['foo', 'http://ours.vault.azure.net'].map((vaultUrl) => ({
    rule: 'key-vault-url',
    when: vaultUrl,
    ...from(SecretSource.azureKeyVault({ ...KEY_VAULT_OPTIONS, vaultUrl })),
    sentence: `SecretSource.azureKeyVault: vaultUrl "${vaultUrl}" is not the address of a vault: write it like https://openwebui-prod.vault.azure.net`,
  })),
  ...['tenantId', 'clientId'].map((option) => ({
    rule: 'key-vault-ids',
    when: option,
    ...from(SecretSource.azureKeyVault({ ...KEY_VAULT_OPTIONS, [option]: 'ours' })),
    sentence: `SecretSource.azureKeyVault: ${option} "ours" is not a GUID: write it like 11111111-2222-3333-4444-555555555555`,
  })),
  ...['vault.company.com', 'http://vault:8200'].map((server) => ({
    rule: 'vault-url',
    when: server,
    ...from(SecretSource.vault({ server, role: 'reader' })),
    sentence: `SecretSource.vault: server "${server}" is not the https address of a Vault: write it like https://vault.company.com:8200`,
  })),
]);

test("a Vault without TLS is for a developer's machine", () => {
  const secretSource = SecretSource.vault({ server: 'http://vault:8200', role: 'reader' });
  const surroundings = { secrets: secretSource, platform: Platform.kind() };
  expect(render((scope) => Secrets.of(scope), surroundings).problems).toEqual([]);
});
