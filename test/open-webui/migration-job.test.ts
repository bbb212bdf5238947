import { OpenWebUiLogLevel, type OpenWebUiReleaseProps } from '../../constructs/open-webui-release';
import { environmentOf, render } from '../render';
import { declareProduction, PRODUCTION } from './samples';

const production = (props: Partial<OpenWebUiReleaseProps> = {}) =>
  render((scope) => declareProduction(scope, { ...PRODUCTION, ...props }));
const jobOf = (props: Partial<OpenWebUiReleaseProps> = {}) => production(props).find('Job');
const podOf = (props: Partial<OpenWebUiReleaseProps> = {}) =>
  production(props).find('Deployment', 'open-webui').spec.template.spec;

test('as a manifest', () => {
  expect(jobOf()).toMatchSnapshot();
});

describe('the schema is changed by one program, once', () => {
  test('the job: Alembic takes no lock, pods that all migrate at their start would race', () => {
    const [container] = jobOf().spec.template.spec.containers;
    expect(container).toMatchObject({
      command: ['alembic', 'upgrade', 'head'],
      workingDir: '/app/backend/open_webui',
      image: 'ghcr.io/open-webui/open-webui:0.12.4',
    });
  });

  test('and never a pod of the app, nor the import of its modules by the job itself', () => {
    expect(environmentOf(podOf().containers[0]).ENABLE_DB_MIGRATIONS).toBe('false');
    expect(environmentOf(jobOf().spec.template.spec.containers[0]).ENABLE_DB_MIGRATIONS).toBe('false');
    const [wait] = podOf().initContainers.filter(({ name }: { name: string }) => name === 'wait-for-migration');
    expect(environmentOf(wait).ENABLE_DB_MIGRATIONS).toBe('false');
  });
});

describe('the pods wait for it', () => {
  const [wait] = podOf().initContainers.filter(({ name }: { name: string }) => name === 'wait-for-migration');

  test('by the check that only reads, in their own image: its schema is what they need', () => {
    expect(wait.command.join(' ')).toContain('until alembic current --check-heads');
    expect(wait.image).toBe(podOf().containers[0].image);
    expect(wait.workingDir).toBe('/app/backend/open_webui');
  });

  test('with the two variables that the check needs', () => {
    expect(environmentOf(wait)).toMatchObject({
      DATABASE_URL: 'open-webui-secrets/DATABASE_URL',
      WEBUI_SECRET_KEY: 'open-webui-secrets/WEBUI_SECRET_KEY',
    });
  });

  test('before the app, and after nothing that needs the database', () => {
    const names = podOf().initContainers.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['copy-app-data', 'wait-for-migration']);
  });
});

describe('it waits for the old version', () => {
  const waitOf = (props: Partial<OpenWebUiReleaseProps> = {}) => jobOf(props).spec.template.spec.initContainers[0];

  test('by asking the Service which one answers', () => {
    expect(environmentOf(waitOf())).toMatchObject({
      VERSION_URL: 'http://open-webui:8080/api/version',
      TARGET_VERSION: '0.12.4',
      UPGRADING: 'false',
    });
    expect(environmentOf(waitOf({ upgradingFrom: '0.11.0' })).UPGRADING).toBe('true');
    expect(environmentOf(waitOf({ serviceName: 'webui', servicePort: 80 })).VERSION_URL).toBe(
      'http://webui:80/api/version',
    );
  });

  test('and, where a sign-in hides that, Alembic: as the pods do that wait for the schema', () => {
    const [waits] = podOf().initContainers.filter(({ name }: { name: string }) => name === 'wait-for-migration');
    const { VERSION_URL, TARGET_VERSION, UPGRADING, ...others } = environmentOf(waitOf());
    expect(others).toEqual(environmentOf(waits));
    for (const field of ['workingDir', 'resources', 'volumeMounts'] as const) {
      expect(waitOf()[field]).toEqual(waits[field]);
    }
  });

  test('and may ask: the policies of both ends know it', () => {
    const rendered = production();
    const app = JSON.stringify(rendered.find('NetworkPolicy', 'open-webui').spec.ingress);
    const job = JSON.stringify(rendered.find('NetworkPolicy', 'open-webui-migration').spec.egress);
    expect(app).toContain('"app.kubernetes.io/instance":"open-webui-migration"');
    expect(job).toContain('"app.kubernetes.io/instance":"open-webui"');
  });
});

describe('a new job', () => {
  test('is made by a new version, and by nothing else of the release', () => {
    const name = jobOf().metadata.name;
    expect(jobOf({ version: '0.13.0', upgradingFrom: '0.12.4' }).metadata.name).not.toBe(name);
    expect(jobOf({ autoscaling: { minReplicas: 2, maxReplicas: 4 }, disruptionBudget: undefined }).metadata.name).toBe(
      name,
    );
    expect(jobOf({ logLevel: OpenWebUiLogLevel.DEBUG }).metadata.name).toBe(name);
  });
});

describe('it runs where the pods of the app run', () => {
  const where: Partial<OpenWebUiReleaseProps> = {
    nodeSelector: { pool: 'apps' },
    tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    imagePullPolicy: 'IfNotPresent',
    imagePullSecrets: ['registry'],
    runtimeClassName: 'gvisor',
    hostAliases: [{ ip: '203.0.113.1', hostnames: ['legacy'] }],
    podSecurityContext: { fsGroup: 30000 },
  };

  test.each(['nodeSelector', 'tolerations', 'imagePullSecrets', 'runtimeClassName', 'hostAliases', 'securityContext'])(
    'with the same %s',
    (field) => {
      expect(jobOf(where).spec.template.spec[field]).toEqual(podOf(where)[field]);
    },
  );

  test('with the same pull policy', () => {
    expect(jobOf(where).spec.template.spec.containers[0].imagePullPolicy).toBe('IfNotPresent');
  });
});
