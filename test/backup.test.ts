import { App, Chart, Size } from 'cdk8s';
import type { Construct } from 'constructs';
import { Backup, BackupKind, type BackupProps } from '../constructs/backup';
import { DataBackup } from '../constructs/backup/data-backup';
import { DataCheck } from '../constructs/backup/data-check';
import { DatabaseBackup } from '../constructs/backup/database-backup';
import { VolumeSnapshots } from '../constructs/backup/volume-snapshots';
import { ClaudeService } from '../constructs/claude-service';
import { LiteLlmGateway } from '../constructs/litellm-gateway';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../constructs/open-webui-release';
import { noteOf } from '../constructs/platform/notes';
import { Platform } from '../constructs/platform/platform';
import { PostgresSslMode } from '../constructs/platform/postgres';
import { type BrokenRule, describeRules } from './broken-rules';
import type { Manifest } from './manifests';
import './matchers';
import { environmentOf, type Rendered, render } from './render';

const DATABASE = { host: 'pg.company.com', database: 'openwebui', user: 'webui', cidrs: ['10.225.4.0/28'] };

interface SetUp {
  readonly release?: OpenWebUiReleaseProps;
  readonly backup?: Partial<BackupProps>;
  readonly platform?: Platform;
}

function declare(scope: Construct, { release, backup }: SetUp = {}): Backup {
  return new Backup(scope, 'backup', { release: new OpenWebUiRelease(scope, 'open-webui', release), ...backup });
}

function rendered(setUp: SetUp = {}): Rendered<Backup> {
  return render((scope) => declare(scope, setUp), { platform: setUp.platform });
}

const named = (all: Rendered<unknown>, kind: string, name: string) =>
  all.ofKind(kind).find(({ metadata }) => metadata.name.startsWith(name)) as Manifest;
const podOf = ({ kind, spec }: Manifest) => (kind === 'CronJob' ? spec.jobTemplate : { spec }).spec.template.spec;
const volumeOf = (owner: Manifest, name: string) =>
  podOf(owner).volumes.find((volume: { name: string }) => volume.name === name);
const mountOf = (owner: Manifest, name: string) =>
  podOf(owner).containers[0].volumeMounts.find((mount: { name: string }) => mount.name === name);

/** What belongs to the backup; the programs stand in files of their own, where they can be read. */
function ofBackup(all: Rendered<unknown>): unknown[] {
  const programs = ['data-backup', 'data-restore', 'data-check', 'database-backup', 'database-restore'];
  return all.manifests
    .filter(
      ({ kind, metadata }) =>
        kind === 'VolumeSnapshot' || programs.includes(metadata.labels?.['app.kubernetes.io/name'] ?? ''),
    )
    .map((manifest) => (manifest.kind === 'ConfigMap' ? { ...manifest, data: Object.keys(manifest.data) } : manifest));
}

test('archives of a release with SQLite, and their way back', () => {
  const all = rendered();
  expect(all.problems).toEqual([]);
  expect(ofBackup(all)).toMatchSnapshot();
});

test('dumps of a release with PostgreSQL, and snapshots', () => {
  const all = rendered({
    release: { database: DATABASE },
    backup: { kinds: [BackupKind.DATABASE_DUMP, BackupKind.VOLUME_SNAPSHOT], snapshotName: 'before-0-13' },
  });
  expect(all.problems).toEqual([]);
  expect(ofBackup(all)).toMatchSnapshot();
});

test('every object is valid', () => {
  const all = rendered({
    release: { database: DATABASE },
    backup: {
      snapshotName: 'before-0-13',
      restoredClaim: { fromSnapshot: 'open-webui-data-before-0-13', size: Size.gibibytes(2), claimName: 'restored' },
    },
  });
  expect(all.problems).toEqual([]);
  for (const manifest of all.manifests) {
    expect(manifest).toBeValidManifest();
  }
});

describe('the archives', () => {
  test('are made without a change to the data, without a token and without a network', () => {
    const all = rendered();
    const job = all.find('CronJob');
    expect(volumeOf(job, 'data').persistentVolumeClaim).toEqual({ claimName: 'open-webui-data', readOnly: true });
    expect(mountOf(job, 'data')).toMatchObject({ readOnly: true });
    expect(podOf(job).automountServiceAccountToken).toBe(false);
    const { spec } = named(all, 'NetworkPolicy', 'open-webui-data-backup');
    expect(spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
    expect(spec.ingress ?? spec.egress).toBeUndefined();
    expect(all.ofKind('Role')).toEqual([]);
  });

  test('are made beside the pod that has the volume, and anywhere when the volume is shared', () => {
    const term = (setUp: SetUp) =>
      podOf(rendered(setUp).find('CronJob')).affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const pods = { 'app.kubernetes.io/name': 'open-webui', 'app.kubernetes.io/instance': 'open-webui' };
    expect(term({})).toEqual([{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: pods } }]);
    const storage = { size: Size.gibibytes(2), shared: true, storageClass: 'files' };
    expect(term({ release: { storage } })).toBeUndefined();
  });

  test('are made beside that pod whatever else is asked for', () => {
    const zone = { topologyKey: 'zone', labelSelector: {} };
    const all = render((scope) => {
      const release = new OpenWebUiRelease(scope, 'open-webui');
      return new DataBackup(scope, 'backup', {
        release,
        affinity: {
          nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] },
          podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [zone] },
        },
      });
    });
    const { affinity } = podOf(all.find('CronJob'));
    expect(affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual([
      zone,
      expect.objectContaining({ topologyKey: 'kubernetes.io/hostname' }),
    ]);
    expect(affinity.nodeAffinity).toBeDefined();
  });

  test('are made by schedule in UTC, one run at a time, and stay as long as told', () => {
    const all = rendered({ backup: { schedule: '0 */6 * * mon-fri', keep: 28 } });
    expect(all.problems).toEqual([]);
    const job = all.find('CronJob');
    expect(job.spec).toMatchObject({
      schedule: '0 */6 * * mon-fri',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
    });
    expect(environmentOf(podOf(job).containers[0])).toMatchObject({ KEEP: '28' });
  });

  test('find room for all of them and the new one, as large as the data may become', () => {
    const sizeOf = (setUp: SetUp) => {
      const all = rendered(setUp);
      expect(all.problems).toEqual([]);
      return named(all, 'PersistentVolumeClaim', 'open-webui-data-backup').spec.resources.requests.storage;
    };
    const storage = { size: Size.gibibytes(10) };
    expect(sizeOf({ release: { storage } })).toBe('80Gi');
    expect(sizeOf({ release: { storage }, backup: { keep: 3 } })).toBe('40Gi');
    expect(sizeOf({ release: { storage }, backup: { keep: 3, archives: { size: Size.gibibytes(40) } } })).toBe('40Gi');
    // Nobody here knows how large a volume of somebody else is.
    expect(sizeOf({ release: { storage: { existingClaim: 'data-2' } } })).toBe('10Gi');
  });

  test('are read and written as the user of the release, with its image', () => {
    const all = rendered({
      release: {
        version: '0.12.3',
        podSecurityContext: { runAsUser: 20_000, fsGroup: 20_000 },
        nodeSelector: { pool: 'chat' },
      },
    });
    for (const job of [all.find('CronJob'), named(all, 'Job', 'open-webui-data-restore')]) {
      expect(podOf(job)).toMatchObject({
        securityContext: { runAsUser: 20_000, fsGroup: 20_000 },
        nodeSelector: { pool: 'chat' },
        containers: [{ image: 'ghcr.io/open-webui/open-webui:0.12.3' }],
      });
    }
  });

  test('survive a GitOps tool that no longer finds their claim', () => {
    expect(named(rendered(), 'PersistentVolumeClaim', 'open-webui-data-backup').metadata.annotations).toMatchObject({
      'argocd.argoproj.io/sync-options': 'Delete=false,Prune=false',
    });
  });
});

describe.each<[string, SetUp, string]>([
  ['archives', {}, 'open-webui-data'],
  ['dumps', { release: { database: DATABASE } }, 'open-webui-database'],
])('the restore of %s', (_, setUp, prefix) => {
  const all = rendered(setUp);
  const job = named(all, 'Job', `${prefix}-restore`);

  test('waits for a person, who says in one command what it may do', () => {
    expect(job.spec.suspend).toBe(true);
    expect(job.spec.template.metadata.annotations).toMatchObject({
      'cdk8s-open-webui/archive': 'newest',
      'cdk8s-open-webui/overwrite': 'false',
    });
    const variable = (name: string) =>
      podOf(job).containers[0].env.find((entry: { name: string }) => entry.name === name)?.valueFrom.fieldRef.fieldPath;
    expect(variable('ARCHIVE')).toBe("metadata.annotations['cdk8s-open-webui/archive']");
    expect(variable('OVERWRITE')).toBe("metadata.annotations['cdk8s-open-webui/overwrite']");
    const object = all.construct.node.findAll().find((one) => one.node.id === 'Job' && /Restore/.test(one.node.path));
    // biome-ignore lint/suspicious/noExplicitAny: the Job of the restore
    expect(noteOf(object as any)).toContain('Suspended');
  });

  test('never runs while a pod of the program exists, on whatever node', () => {
    expect(podOf(job).affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual([
      {
        topologyKey: 'kubernetes.io/os',
        labelSelector: {
          matchLabels: { 'app.kubernetes.io/name': 'open-webui', 'app.kubernetes.io/instance': 'open-webui' },
        },
      },
    ]);
  });

  test('cannot change the volume it reads', () => {
    const claimName = `${prefix}-backup-backups`;
    expect(volumeOf(job, 'backups').persistentVolumeClaim).toEqual({ claimName, readOnly: true });
    const writer = named(all, 'CronJob', `${prefix}-backup`);
    expect(volumeOf(writer, 'backups').persistentVolumeClaim).toEqual({ claimName });
  });
});

describe('the dumps', () => {
  test('reach the database and nothing else', () => {
    const all = rendered({ release: { database: DATABASE } });
    for (const name of ['open-webui-database-backup', 'open-webui-database-restore']) {
      const { egress, ingress } = named(all, 'NetworkPolicy', name).spec;
      expect(ingress).toBeUndefined();
      expect(egress.slice(1)).toEqual([
        { to: [{ ipBlock: { cidr: '10.225.4.0/28' } }], ports: [{ port: 5432, protocol: 'TCP' }] },
      ]);
    }
  });

  test('take the password from a file, never from a variable', () => {
    const all = rendered({ release: { database: DATABASE } });
    const job = named(all, 'CronJob', 'open-webui-database-backup');
    const [container] = podOf(job).containers;
    expect(container.env.filter((entry: { valueFrom?: object }) => entry.valueFrom)).toEqual([]);
    const { DATABASE_URL_FILE, PGPASSFILE, PGHOST, PGSSLMODE } = environmentOf(container);
    const { mountPath } = mountOf(job, 'database-url');
    expect(DATABASE_URL_FILE).toBe(`${mountPath}/url`);
    expect(PGPASSFILE.startsWith(mountOf(job, 'password').mountPath)).toBe(true);
    expect(volumeOf(job, 'database-url').secret).toMatchObject({
      secretName: 'open-webui-secrets',
      items: [{ key: 'DATABASE_URL', path: 'url' }],
    });
    expect({ PGHOST, PGSSLMODE }).toEqual({ PGHOST: 'pg.company.com', PGSSLMODE: 'require' });
  });

  test('are made by the programs of the server, and put back by the same', () => {
    const images = (serverVersion?: number) => {
      const all = rendered({ release: { database: DATABASE }, backup: { serverVersion } });
      return [named(all, 'CronJob', 'open-webui-database'), named(all, 'Job', 'open-webui-database-restore')].map(
        (job) => podOf(job).containers[0].image,
      );
    };
    expect(images()).toEqual(Array(2).fill(expect.stringMatching(/postgres:16\.\d+-alpine$/)));
    expect(images(18)).toEqual(Array(2).fill(expect.stringMatching(/postgres:18\.\d+-alpine$/)));
  });

  test('are made where their program may run and pull, by the image that is named', () => {
    const tolerations = [{ key: 'pool', value: 'chat' }];
    const all = rendered({
      release: {
        database: DATABASE,
        imagePullSecrets: ['registry'],
        podSecurityContext: { runAsUser: 5000, fsGroup: 5000 },
        nodeSelector: { pool: 'chat' },
        tolerations,
      },
      backup: { dumpImage: 'registry.company.com/postgres:16.11' },
    });
    expect(all.problems).toEqual([]);
    for (const job of [
      named(all, 'CronJob', 'open-webui-database'),
      named(all, 'Job', 'open-webui-database-restore'),
    ]) {
      expect(podOf(job)).toMatchObject({
        imagePullSecrets: [{ name: 'registry' }],
        securityContext: { runAsUser: 5000, fsGroup: 5000 },
        nodeSelector: { pool: 'chat' },
        tolerations,
        containers: [{ image: 'registry.company.com/postgres:16.11' }],
      });
    }
  });

  test('check the certificate where the program does', () => {
    const variables = (sslMode: PostgresSslMode) =>
      environmentOf(
        podOf(named(rendered({ release: { database: { ...DATABASE, sslMode } } }), 'CronJob', 'open-webui-database'))
          .containers[0],
      );
    expect(variables(PostgresSslMode.VERIFY_FULL)).toMatchObject({
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/etc/ssl/cert.pem',
    });
    expect(variables(PostgresSslMode.REQUIRE)).not.toHaveProperty('PGSSLROOTCERT');
  });

  test('are of every database of the workspace, each with the Secret of its program', () => {
    const all = render((scope) => {
      const claudeService = new ClaudeService(scope, 'claude-service', {
        database: { ...DATABASE, database: 'claude' },
        secretName: 'claude-keys',
      });
      claudeService.useAnthropicApi();
      const liteLlmGateway = new LiteLlmGateway(scope, 'litellm', {
        models: [{ name: 'a', model: 'openai/a', apiKey: 'KEY' }],
        database: { ...DATABASE, database: 'litellm' },
      });
      return declare(scope, { release: { database: DATABASE }, backup: { claudeService, liteLlmGateway } });
    });
    expect(all.problems).toEqual([]);
    const jobs = all.ofKind('CronJob').filter(({ metadata }) => metadata.name.includes('database'));
    expect(
      jobs.map((job) => [
        job.metadata.name,
        environmentOf(podOf(job).containers[0]).PGDATABASE,
        volumeOf(job, 'database-url').secret.secretName,
      ]),
    ).toEqual([
      ['open-webui-database-backup', 'openwebui', 'open-webui-secrets'],
      ['claude-service-database-backup', 'claude', 'claude-keys'],
      ['litellm-database-backup', 'litellm', 'litellm-secrets'],
    ]);
    const restore = named(all, 'Job', 'claude-service-database-restore');
    const [term] = podOf(restore).affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    expect(term.labelSelector.matchLabels['app.kubernetes.io/name']).toBe('claude-service');
  });
});

describe('snapshots', () => {
  test('are of every volume, stay when their name changes, and give nobody a right', () => {
    const all = render((scope) => {
      const claudeService = new ClaudeService(scope, 'claude-service');
      claudeService.useAnthropicApi();
      return declare(scope, { backup: { snapshotName: 'before-0-13', snapshotClass: 'disks', claudeService } });
    });
    expect(all.problems).toEqual([]);
    const snapshots = all.ofKind('VolumeSnapshot');
    expect(snapshots.map(({ metadata }) => metadata.name)).toEqual([
      'open-webui-data-before-0-13',
      'claude-service-data-before-0-13',
      'claude-service-workspaces-before-0-13',
    ]);
    for (const { metadata, spec } of snapshots) {
      expect(spec).toEqual({
        source: { persistentVolumeClaimName: metadata.name.replace('-before-0-13', '') },
        volumeSnapshotClassName: 'disks',
      });
      expect(metadata.annotations).toMatchObject({ 'kustomize.toolkit.fluxcd.io/prune': 'disabled' });
    }
    expect([...all.ofKind('Role'), ...all.ofKind('RoleBinding')]).toEqual([]);
  });

  test('become a claim beside the old one, which the quota has room for', () => {
    const before = rendered();
    const restoredClaim = {
      fromSnapshot: 'before',
      size: Size.gibibytes(5),
      claimName: 'data-2',
      storageClass: 'fast',
    };
    const all = rendered({ release: { storage: { existingClaim: 'data-2' } }, backup: { restoredClaim } });
    expect(all.problems).toEqual([]);
    expect(all.find('PersistentVolumeClaim', 'data-2').spec).toMatchObject({
      resources: { requests: { storage: '5Gi' } },
      storageClassName: 'fast',
      dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'before' },
    });
    const claims = (one: Rendered<unknown>) => Number(one.find('ResourceQuota').spec.hard.persistentvolumeclaims);
    expect(claims(all)).toBe(claims(before) + 1);
  });
});

describe('a check', () => {
  const old = { claimName: 'openwebui-data-pvc', image: 'registry.example/open-webui:0.12.4' };

  test('reads a volume of another set-up on the node that has it', () => {
    const all = render(
      (scope) => new DataCheck(scope, 'check', { ...old, subPath: 'data', besidePods: { app: 'openwebui' } }),
    );
    expect(all.problems).toEqual([]);
    const job = all.find('Job');
    expect(volumeOf(job, 'data').persistentVolumeClaim).toEqual({ claimName: 'openwebui-data-pvc', readOnly: true });
    expect(mountOf(job, 'data')).toMatchObject({ subPath: 'data', readOnly: true });
    expect(podOf(job).affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector).toEqual({
      matchLabels: { app: 'openwebui' },
    });
    expect(job.spec).toMatchObject({ suspend: true, backoffLimit: 0 });
  });

  test('reads the volume of a release beside its pod, as its user', () => {
    const all = render((scope) => {
      const podSecurityContext = { runAsUser: 20_000 };
      const storage = { size: Size.gibibytes(2), subPath: 'webui' };
      new DataCheck(scope, 'check', {
        release: new OpenWebUiRelease(scope, 'open-webui', { podSecurityContext, storage }),
      });
    });
    expect(all.problems).toEqual([]);
    const job = named(all, 'Job', 'check');
    expect(mountOf(job, 'data')).toMatchObject({ subPath: 'webui', readOnly: true });
    expect(podOf(job).securityContext.runAsUser).toBe(20_000);
    expect(podOf(job).affinity.podAffinity).toBeDefined();
  });
});

const OLD_VOLUME = { claimName: 'old', image: 'registry.example/open-webui:0.12.4' };

/** A backup in another namespace than its release. */
function elsewhere(scope: Construct, make: (chart: Chart, release: OpenWebUiRelease) => unknown): unknown {
  const release = new OpenWebUiRelease(scope, 'open-webui', { database: DATABASE });
  return make(new Chart(scope, 'other', { namespace: 'other', disableResourceNameHashes: true }), release);
}

const dumpOf = (release: OpenWebUiRelease) => ({
  database: DATABASE,
  databaseUrl: release.secret.keys.filter(({ key }) => key === 'DATABASE_URL')[0],
  usedBy: release,
});

const schedules = (schedule: string): BrokenRule => ({
  rule: 'backup-schedule',
  when: schedule,
  declare: (scope) => declare(scope, { backup: { schedule } }),
  sentence: `open-webui-data-backup: schedule "${schedule}" is no time: write minute, hour, day, month and day of the week in UTC, for example "15 2 * * *", or @daily`,
});

describeRules('constructs/backup/backup-rules.ts', [
  ...[
    '2:15',
    '60 2 * * *',
    '0 24 * * *',
    '0 2 0 * *',
    '0 2 * 13 *',
    '0 2 * * 7',
    '0 2 * *',
    '5-1 * * * *',
    '*/0 * * * *',
    '@nightly',
  ].map(schedules),
  ...[0, 1.5].map(
    (keep): BrokenRule => ({
      rule: 'backup-keep',
      when: String(keep),
      declare: (scope) => declare(scope, { backup: { keep } }),
      sentence: `open-webui-data-backup: keep is ${keep}, and not even the newest archive would stay: write a whole number of at least 1`,
    }),
  ),
  {
    rule: 'data-backup-namespace',
    when: 'another namespace',
    declare: (scope) => elsewhere(scope, (chart, release) => new DataBackup(chart, 'data-backup', { release })),
    sentence:
      'data-backup: a pod mounts only the volumes of its own namespace: put it into the namespace of open-webui',
  },
  {
    rule: 'data-backup-own-volume',
    when: 'the volume that is saved',
    declare: (scope) => declare(scope, { backup: { archives: { existingClaim: 'open-webui-data' } } }),
    sentence:
      'open-webui-data-backup: archives in open-webui-data would be lost together with the data: give storage another claim',
  },
  {
    rule: 'data-backup-room',
    when: 'one archive less than there may be for a moment',
    declare: (scope) =>
      declare(scope, {
        release: { storage: { size: Size.gibibytes(10) } },
        backup: { keep: 3, archives: { size: Size.gibibytes(39) } },
      }),
    sentence:
      'open-webui-data-backup: 3 archives and the one being written need 40Gi once the data volume is full, and open-webui-data-backup-backups has 39Gi: give it that size, or keep fewer',
  },
  {
    rule: 'database-backup-namespace',
    when: 'another namespace',
    declare: (scope) =>
      elsewhere(scope, (chart, release) => new DatabaseBackup(chart, 'database-backup', dumpOf(release))),
    sentence:
      'database-backup: it needs the Secret of open-webui, and a restore waits for its pods: put it into the same namespace',
  },
]);

test.each(['@daily', '0 2 * * *', '*/15 0-6,22 1,15 jan-jun SUN', '59 23 31 12 6'])('a schedule is %s', (schedule) => {
  expect(rendered({ backup: { schedule } }).problems).toEqual([]);
});

describeRules('constructs/backup/volume-snapshots.ts', [
  {
    rule: 'snapshots-of-volumes',
    when: 'a program without a volume',
    declare: (scope) => {
      const usedBy = new LiteLlmGateway(scope, 'litellm', {
        models: [{ name: 'a', model: 'openai/a', apiKey: 'KEY' }],
      });
      return new VolumeSnapshots(scope, 'snapshots', { usedBy, snapshotName: 'now' });
    },
    sentence: 'litellm has no volume of which a snapshot could be taken: leave its snapshots out',
  },
  {
    rule: 'snapshots-on-kind',
    when: 'kind',
    surroundings: { platform: Platform.kind() },
    declare: (scope) => declare(scope, { backup: { snapshotName: 'now' } }),
    sentence:
      'open-webui: the volumes of kind are folders of its node, which cannot be snapshotted: take archives instead',
  },
]);

describeRules('constructs/backup/data-check.ts', [
  {
    rule: 'data-check-volume',
    when: 'neither',
    declare: (scope) => new DataCheck(scope, 'check', { image: OLD_VOLUME.image }),
    sentence: 'check: whose data is counted: write either release or claimName',
  },
  {
    rule: 'data-check-volume',
    when: 'both',
    declare: (scope) =>
      new DataCheck(scope, 'check', { release: new OpenWebUiRelease(scope, 'open-webui'), claimName: 'old' }),
    sentence: 'check: whose data is counted: write either release or claimName',
  },
  {
    rule: 'data-check-of-a-claim',
    when: 'a folder of a release',
    declare: (scope) =>
      new DataCheck(scope, 'check', { release: new OpenWebUiRelease(scope, 'open-webui'), subPath: 'data' }),
    sentence: 'check: the release says where its data is: leave subPath and besidePods out',
  },
  {
    rule: 'data-check-sqlite',
    when: 'chats in PostgreSQL',
    declare: (scope) =>
      new DataCheck(scope, 'check', { release: new OpenWebUiRelease(scope, 'open-webui', { database: DATABASE }) }),
    sentence: 'check: open-webui keeps its chats in PostgreSQL, its data folder has none to count: leave the check out',
  },
]);

describeRules('constructs/backup.ts', [
  {
    rule: 'backup-keeps-something',
    when: 'no kinds',
    declare: (scope) => declare(scope, { backup: { kinds: [] } }),
    sentence: 'kinds of the backup is empty, nothing would be kept: write at least one, or leave the backup out',
  },
  {
    rule: 'backup-dump-needs-a-database',
    when: 'SQLite',
    declare: (scope) => declare(scope, { backup: { kinds: [BackupKind.DATABASE_DUMP] } }),
    sentence: 'open-webui has no PostgreSQL database to dump, its chats are in the data folder: write BackupKind.TAR',
  },
  {
    rule: 'backup-database-is-kept',
    when: 'only the folder',
    declare: (scope) => declare(scope, { release: { database: DATABASE }, backup: { kinds: [BackupKind.TAR] } }),
    sentence:
      'open-webui: what people wrote is in PostgreSQL, which no archive and no snapshot holds: add BackupKind.DATABASE_DUMP to kinds',
  },
  {
    rule: 'backup-snapshot-name',
    when: 'snapshots without a name',
    declare: (scope) => declare(scope, { backup: { kinds: [BackupKind.VOLUME_SNAPSHOT] } }),
    sentence:
      'BackupKind.VOLUME_SNAPSHOT: snapshots are taken once per name: write snapshotName, for example before-0-13',
  },
  {
    rule: 'backup-snapshot-name',
    when: 'a name without snapshots',
    declare: (scope) => declare(scope, { backup: { kinds: [BackupKind.TAR], snapshotName: 'now' } }),
    sentence: 'snapshotName now takes no snapshot: add BackupKind.VOLUME_SNAPSHOT to kinds',
  },
  {
    rule: 'backup-dump-volumes',
    when: 'one volume for two databases',
    declare: (scope) => {
      const liteLlmGateway = new LiteLlmGateway(scope, 'litellm', {
        models: [{ name: 'a', model: 'openai/a', apiKey: 'KEY' }],
        database: { ...DATABASE, database: 'litellm' },
      });
      const dumps = { existingClaim: 'dumps' };
      return declare(scope, { release: { database: DATABASE }, backup: { liteLlmGateway, dumps } });
    },
    sentence:
      'open-webui and litellm would share the volume dumps, and the dumps of one delete those of the other: leave claimName and existingClaim of dumps out',
  },
]);

test.each<[string, (scope: Construct) => unknown, string]>([
  [
    'a snapshot with a name that no object can have',
    (scope) => declare(scope, { backup: { snapshotName: 'Before 0.13' } }),
    'snapshotName',
  ],
  [
    'a server of long ago',
    (scope) => declare(scope, { release: { database: DATABASE }, backup: { serverVersion: 12 } }),
    'open-webui-database-backup: there is no image for a server of version 12: write serverVersion 14, 15, 16, 17, 18, or an image with bash',
  ],
  [
    'a check of a claim without an image',
    (scope) => new DataCheck(scope, 'check', { claimName: 'old' }),
    'check: there is no image: write the one of the Open WebUI that has the volume',
  ],
])('%s is refused at once', (_, refused, sentence) => {
  expect(() => refused(new Chart(new App(), 'chart'))).toThrow(sentence);
});
