import fs from 'node:fs';
import path from 'node:path';
import { Secrets } from '../constructs/platform/secrets';
import { environments } from '../environments';
import { build } from '../synth/environment';
import { type Manifest, manifestsOf, podOwners } from './manifests';

// docs/secrets.md against what is rendered: which keys there are, in which Secrets and environments, and who reads them.

const page = fs.readFileSync(path.join(__dirname, '..', 'docs', 'secrets.md'), 'utf8');

interface Use {
  readonly secret: string;
  readonly key: string;
  readonly reader: string;
}

/** Programs whose library reads a mounted file once, at the start. */
const READS_ONCE = /^oauth-config$/;
/** Made by OpenShift for the Service, not by a person. */
const BY_THE_CLUSTER = /-oauth-proxy-tls$/;

interface FromSecret {
  readonly name: string;
  readonly items: readonly { readonly key: string }[];
  readonly optional?: boolean;
}

function usesOf(owner: Manifest): Use[] {
  const { metadata, spec: pod } = owner.spec.template;
  const program = metadata.labels['app.kubernetes.io/name'];
  const variables: Use[] = [...(pod.initContainers ?? []), ...pod.containers]
    .flatMap(({ env }) => env ?? [])
    .flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? [])
    .map(({ name, key }) => ({ secret: name, key, reader: `${program} (variable)` }));
  const mounted: FromSecret[] = (pod.volumes ?? []).flatMap(
    ({
      secret,
      projected,
    }: {
      secret?: { secretName: string };
      projected?: { sources: { secret?: FromSecret }[] };
    }) => [
      ...(secret ? [{ ...(secret as object), name: secret.secretName } as FromSecret] : []),
      ...(projected?.sources ?? []).flatMap((source) => source.secret ?? []),
    ],
  );
  const files = mounted
    .filter(({ name }) => !BY_THE_CLUSTER.test(name))
    .flatMap(({ name, items, optional }) =>
      items.map(({ key }): Use => {
        const how = READS_ONCE.test(name) ? 'file at the start' : 'file';
        // The credentials of tenants are optional as a whole: each is one tenant's outage.
        const missing = optional && key.endsWith('_PREVIOUS') ? ', may be missing' : '';
        return { secret: name, key, reader: `${program} (${how}${missing})` };
      }),
    );
  return [...variables, ...files];
}

/** What the page should say: key → its Secrets, environments and readers. */
function rendered(): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const { name } of environments) {
    for (const { secret, key, reader } of podOwners(manifestsOf(name)).flatMap(usesOf)) {
      const row = rows.get(key) ?? { secrets: new Set(), environments: new Set(), readers: new Set() };
      row.secrets.add(secret);
      row.environments.add(name);
      row.readers.add(reader);
      rows.set(key, row);
    }
  }
  return rows;
}

interface Row {
  readonly secrets: Set<string>;
  readonly environments: Set<string>;
  readonly readers: Set<string>;
}

const NAMES = environments.map(({ name }) => name);

/** `all` and `phase2` stand for what they say. */
function environmentsOf(cell: string): Set<string> {
  return new Set(
    cell
      .split(', ')
      .flatMap((word) => NAMES.filter((name) => word === 'all' || name === word || name.startsWith(`${word}-`))),
  );
}

function written(): Map<string, Row> {
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| (`.*?`) \| ([a-z0-9, -]+) \| (.* \(.*\)) \|$/gm)];
  return new Map(
    rows.map(([, key, secrets, where, readers]) => [
      key,
      {
        secrets: new Set(secrets.replaceAll('`', '').split(', ')),
        environments: environmentsOf(where),
        readers: new Set(readers.split(/(?<=\)), /)),
      },
    ]),
  );
}

test('every key that a pod reads stands in the table, with its Secrets, environments and readers, and no other key', () => {
  expect(written()).toEqual(rendered());
});

test('every key that is asked of a secret store stands in the table', () => {
  const declared = environments.flatMap((environment) =>
    build(environment)
      .app.node.findAll()
      .filter((construct): construct is Secrets => construct instanceof Secrets)
      .flatMap(({ all }) => all.flatMap(({ keys }) => keys.map(({ key }) => key))),
  );
  expect(declared).toContain('WEBUI_SECRET_KEY');
  expect([...new Set(declared)].filter((key) => !written().has(key))).toEqual([]);
});

test('every key of the table is spoken of again where it says how to rotate', () => {
  const [, rotation] = page.split('## Two words for what follows');
  const keys = [...written().keys()];
  expect(keys.filter((key) => !rotation.includes(`\`${key}\``) && !rotation.includes(` ${key}`))).toEqual([]);
});

test('the page about Azure puts every value into the vault that the manifests ask of it, but what Terraform wrote', () => {
  const azure = fs.readFileSync(path.join(__dirname, '..', 'docs', 'azure.md'), 'utf8');
  const asked = manifestsOf('aks-production')
    .filter(({ kind }) => kind === 'ExternalSecret')
    .flatMap(({ spec }) => spec.data.map(({ remoteRef }: { remoteRef: { key: string } }) => remoteRef.key as string));
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter((name) => !azure.includes(name))).toEqual(['open-webui-secrets-database-url']);
});
