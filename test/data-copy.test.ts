import { App, Chart, Size, Testing } from 'cdk8s';
import { DataExport, type DataExportProps, DataImport, type DataImportProps } from '../constructs/data-copy';
import { EXPORT_SCRIPT } from '../constructs/data-copy/export-script';
import { IMPORT_SCRIPT } from '../constructs/data-copy/import-script';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../constructs/open-webui-release';
import { noteOf } from '../constructs/platform/notes';
import { Platform } from '../constructs/platform/platform';
import { Secrets } from '../constructs/platform/secrets';

// biome-ignore lint/suspicious/noExplicitAny: rendered YAML has no type
type Manifest = any;

const IMAGE = 'ghcr.io/open-webui/open-webui:0.12.4';

interface Options {
  readonly export?: Partial<DataExportProps>;
  readonly import?: Partial<DataImportProps>;
  readonly release?: OpenWebUiReleaseProps;
  readonly oldNamespace?: string;
  readonly newNamespace?: string;
}

const BOTH_NAMESPACES: Options = { oldNamespace: 'openwebui', newNamespace: 'openwebui-prod' };

function render(options: Options = {}) {
  const { oldNamespace, newNamespace } = { ...BOTH_NAMESPACES, ...options };
  const app = new App({ outdir: Testing.app().outdir });
  Platform.kubernetes().attach(app);
  const oldChart = new Chart(app, 'old', { namespace: oldNamespace });
  const newChart = new Chart(app, 'new', { namespace: newNamespace });
  for (const chart of [oldChart, newChart]) {
    new Secrets(chart, 'secrets').attach(chart);
  }
  const source = new DataExport(oldChart, 'data-export', {
    image: IMAGE,
    besidePods: { app: 'openwebui' },
    ...options.export,
  });
  const release = new OpenWebUiRelease(newChart, 'open-webui', options.release);
  const target = new DataImport(newChart, 'data-import', { source, release, ...options.import });
  const errors = app.node.findAll().flatMap((construct) => construct.node.validate());
  const manifests: Manifest[] =
    errors.length > 0 ? [] : [oldChart, newChart].flatMap((chart) => chart.toJson()).filter(isOfCopy);
  const one = (kind: string, part: string) =>
    manifests.find((manifest) => manifest.kind === kind && isOf(manifest, part));
  const pod = (part: string) => one('Job', part)?.spec.template.spec;
  const env = (part: string): { [name: string]: string } =>
    Object.fromEntries(pod(part).containers[0].env.map((variable: Manifest) => [variable.name, variable.value]));
  return { errors, manifests, one, pod, env, source, target, oldChart, newChart };
}

const isOf = ({ metadata }: Manifest, part: string) => metadata.labels?.['app.kubernetes.io/name'] === part;
const isOfCopy = (manifest: Manifest) => isOf(manifest, 'data-export') || isOf(manifest, 'data-import');

test('both ends as manifests, each in its namespace', () => {
  const { errors, manifests } = render();
  expect(errors).toEqual([]);
  // The programs stand in files of their own, where they can be read.
  expect(
    manifests.map((manifest) =>
      manifest.kind === 'ConfigMap' ? { ...manifest, data: Object.keys(manifest.data) } : manifest,
    ),
  ).toMatchSnapshot();
});

test('each job runs its own program, and another program is another job', () => {
  const { one, pod } = render();
  for (const [part, script] of [
    ['data-export', EXPORT_SCRIPT],
    ['data-import', IMPORT_SCRIPT],
  ]) {
    const { metadata, data } = one('ConfigMap', part);
    expect(data['run.py']).toBe(script);
    const { containers, volumes } = pod(part);
    const [folder, file] = containers[0].command[1].split(/\/(?=[^/]+$)/);
    const { name } = containers[0].volumeMounts.find(({ mountPath }: Manifest) => mountPath === folder);
    expect(volumes).toContainEqual({ name, configMap: { name: metadata.name } });
    expect(data).toHaveProperty([file]);
    expect(one('Job', part).spec.template.metadata.annotations).toHaveProperty(['checksum/config']);
  }
});

test('the export cannot change the old volume, not even the owners of its files', () => {
  const { pod } = render();
  const { volumes, containers, securityContext } = pod('data-export');
  expect(volumes).toContainEqual({
    name: 'data',
    persistentVolumeClaim: { claimName: 'openwebui-data-pvc', readOnly: true },
  });
  expect(containers[0].volumeMounts).toContainEqual({ name: 'data', mountPath: '/data', readOnly: true });
  expect(securityContext).not.toHaveProperty('fsGroup');
});

test('the export runs where the volume is', () => {
  expect(render().pod('data-export').affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual([
    { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'openwebui' } } },
  ]);
  expect(render({ export: { besidePods: undefined } }).pod('data-export')).not.toHaveProperty('affinity');
});

test('the import writes into the volume of the release, and never while a pod of it exists', () => {
  const { pod } = render({
    release: { storage: { existingClaim: 'chats', subPath: 'webui' } },
  });
  const { volumes, containers, affinity } = pod('data-import');
  expect(volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'chats' } });
  expect(containers[0].volumeMounts).toContainEqual({ name: 'data', mountPath: '/data', subPath: 'webui' });
  const [term] = affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  expect(term.labelSelector.matchLabels).toEqual({
    'app.kubernetes.io/name': 'open-webui',
    'app.kubernetes.io/instance': 'open-webui',
  });
  // One value on every node: on another node the volume could be mounted beside the running release.
  expect(term.topologyKey).toBe('kubernetes.io/os');
});

test('the import is pulled, and runs, as the release does', () => {
  const tolerations = [{ key: 'pool', value: 'chat' }];
  const release: OpenWebUiReleaseProps = {
    image: 'registry.company.com/open-webui:0.12.4',
    imagePullSecrets: ['registry'],
    podSecurityContext: { runAsUser: 5000 },
    nodeSelector: { pool: 'chat' },
    tolerations,
  };
  const follows = {
    imagePullSecrets: [{ name: 'registry' }],
    securityContext: { runAsUser: 5000, runAsNonRoot: true },
    nodeSelector: { pool: 'chat' },
    tolerations,
  };
  const { errors, pod } = render({ release });
  expect(errors).toEqual([]);
  expect(pod('data-import')).toMatchObject({ ...follows, containers: [{ image: release.image }] });
  const own = { image: 'registry.company.com/python:3.11', nodeSelector: { pool: 'batch' } };
  expect(render({ release, import: own }).pod('data-import')).toMatchObject({
    ...follows,
    nodeSelector: own.nodeSelector,
    containers: [{ image: own.image }],
  });
});

test('where each end has to run holds whatever else is asked for', () => {
  const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } };
  const { pod } = render({ export: { affinity }, import: { affinity } });
  expect(pod('data-export').affinity).toMatchObject({
    ...affinity,
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }] },
  });
  expect(pod('data-import').affinity).toMatchObject({
    ...affinity,
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/os' }] },
  });
});

test('only the import reaches the export, and the import reaches nothing else', () => {
  const { one } = render();
  const peer = (namespace: string, part: string) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    podSelector: { matchLabels: { 'app.kubernetes.io/name': part, 'app.kubernetes.io/instance': part } },
  });
  const ports = [{ port: 8080, protocol: 'TCP' }];
  const atExport = one('NetworkPolicy', 'data-export').spec;
  expect(atExport.ingress).toEqual([{ from: [peer('openwebui-prod', 'data-import')], ports }]);
  expect(atExport.egress ?? []).toEqual([]);
  const atImport = one('NetworkPolicy', 'data-import').spec;
  expect(atImport.ingress ?? []).toEqual([]);
  expect(atImport.egress.slice(1)).toEqual([{ to: [peer('openwebui', 'data-export')], ports }]);
});

test('the import finds the export by its Service', () => {
  const { one, env } = render();
  const service = one('Service', 'data-export');
  expect(env('data-import').SOURCE_URL).toBe(
    `http://${service.metadata.name}.${service.metadata.namespace}.svc:${service.spec.ports[0].port}`,
  );
});

test('nothing runs before a person says so', () => {
  const waiting = render();
  const started = render({ export: { start: true }, import: { start: true } });
  for (const part of ['data-export', 'data-import']) {
    expect(waiting.one('Job', part).spec.suspend).toBe(true);
    expect(started.one('Job', part).spec.suspend).toBe(false);
    // The same job: starting it must not make a second one.
    expect(started.one('Job', part).metadata.name).toBe(waiting.one('Job', part).metadata.name);
  }
  // biome-ignore lint/suspicious/noExplicitAny: only its Job is asked for
  const note = ({ source }: ReturnType<typeof render>) => noteOf(source.node.findChild('Job') as any);
  expect(note(waiting)).toContain('Suspended');
  expect(note(started)).toBeUndefined();
});

test('both ends ask for one token, of the Secret that is named', () => {
  const { oldChart, newChart } = render({
    export: { secretName: 'copy-token' },
    import: { secretName: 'copy-token' },
  });
  for (const chart of [oldChart, newChart]) {
    const secret = Secrets.of(chart).all.find(({ secretName }) => secretName === 'copy-token');
    expect(secret?.keys.map(({ key }) => key)).toEqual(['DATA_COPY_TOKEN']);
  }
});

test('every prop given reaches the output', () => {
  const { pod, env } = render({
    export: { claimName: 'webui', subPath: 'data', scratchSize: Size.gibibytes(10) },
    import: { ownerEmail: 'Jane@company.com', overwrite: true, scratchSize: Size.gibibytes(20) },
  });
  expect(pod('data-export').volumes[0].persistentVolumeClaim.claimName).toBe('webui');
  expect(pod('data-export').containers[0].volumeMounts[0].subPath).toBe('data');
  expect(env('data-import')).toMatchObject({ OWNER_EMAIL: 'Jane@company.com', OVERWRITE: 'true' });
  const room = (part: string) => {
    const { volumes, containers } = pod(part);
    const scratch = volumes.find(({ name }: Manifest) => name === 'scratch').emptyDir.sizeLimit;
    return [scratch, containers[0].resources.limits['ephemeral-storage']];
  };
  expect(room('data-export')).toEqual(['10Gi', '10304Mi']);
  expect(room('data-import')).toEqual(['20Gi', '20544Mi']);
});

describe('what would not work', () => {
  test('an export without an image', () => {
    expect(() => render({ export: { image: undefined } })).toThrow('data-export: there is no image');
  });

  test.each<[string, Options, string]>([
    ['data-export-namespace', { oldNamespace: undefined }, 'give its chart the namespace of the old set-up'],
    ['data-import-namespace', { newNamespace: undefined }, 'give its chart the namespace of the new set-up'],
    [
      'data-import-sqlite',
      { release: { database: { host: 'pg.company.com', database: 'openwebui', user: 'openwebui' } } },
      'would not read the copied folder',
    ],
    ['data-import-owner', { import: { ownerEmail: 'jane' } }, 'ownerEmail "jane" is not an address'],
    ['data-copy-one-secret', { import: { secretName: 'other' } }, 'write the same secretName at both ends'],
  ])('%s', (_, options, sentence) => {
    expect(render(options).errors).toContainEqual(expect.stringContaining(sentence));
  });
});
