import { unreadVariable } from '../open-webui/environment-catalogue';
import { connectionOf, isSecretInClear } from '../open-webui/written-in-clear';
import { SecretForm } from '../platform/secret-form';
import { SecretKey } from '../platform/secrets';
import type { Draft } from './draft';
import { type HelmFinding, HelmFindingKind } from './finding';

interface SecretReference {
  readonly name: string;
  readonly key: string;
}

/** A host that stands for one that the file does not name. */
const PLACEHOLDER_DATABASE = 'postgres.example.com';

/** Where `env` has entries of the form `{ name, value }` or `{ name, valueFrom }`, or is a map. */
export function readEnvironment(listPath: string, value: unknown, chartReadsIt: boolean, draft: Draft): void {
  const kind = chartReadsIt ? HelmFindingKind.CARRIED : HelmFindingKind.RENAMED;
  if (!chartReadsIt) {
    draft.note(listPath, HelmFindingKind.IGNORED, 'the chart has no such key: what it reads is extraEnvVars');
  }
  for (const { name, value: given } of entriesOf(value)) {
    readEntry(`${listPath}[${name}]`, name, given, kind, draft);
  }
}

function readEntry(path: string, name: string, given: unknown, kind: HelmFindingKind, draft: Draft): void {
  const unread = unreadVariable(name);
  if (unread) {
    draft.note(path, HelmFindingKind.DEAD, unread);
    return;
  }
  const secret = secretReference(given);
  if (name === 'DATABASE_URL' || name === 'PGVECTOR_DB_URL') {
    readDatabase(path, given, secret, kind, draft);
  } else if (name === 'WEBUI_SECRET_KEY' && secret) {
    draft.openWebUi.secretName = secret.name;
    draft.note(path, kind, `secretName: ${secret.name}, of which the key ${name} is read`);
  } else if (name === 'BYPASS_MODEL_ACCESS_CONTROL') {
    draft.openWebUi.bypassModelAccessControl = isTrue(given);
    draft.note(path, kind, 'bypassModelAccessControl');
  } else if (name === 'ENABLE_FORWARD_USER_INFO_HEADERS') {
    draft.note(
      path,
      HelmFindingKind.REPLACED,
      'useTools and the Claude service switch it on, with a signed token in the place of plain headers',
    );
  } else if (secret) {
    const form = SecretForm.issuedBy('whoever made it');
    draft.openWebUi.extraSecretEnv = {
      ...draft.openWebUi.extraSecretEnv,
      [name]: new SecretKey(secret.name, secret.key, form, `the variable ${name}`),
    };
    draft.note(path, kind, `extraSecretEnv: ${name}, the key ${secret.key} of ${secret.name}`);
  } else if (typeof given === 'object' && given !== null) {
    draft.note(path, HelmFindingKind.TO_FILL_IN, 'its value comes from a field or a ConfigMap: add it by extraEnvFrom');
  } else {
    draft.extraEnv[name] = String(given ?? '');
    draft.note(path, kind, `extraEnv: ${name}`);
  }
}

/**
 * Takes out of `extraEnv` what the construct sets by itself and what it refuses. A secret that is written out goes
 * nowhere, neither into the props, whose text is committed, nor into the report.
 */
export function settleEnvironment(draft: Draft, ownNames: readonly string[]): void {
  for (const [name, value] of Object.entries(draft.extraEnv)) {
    const finding = ownNames.includes(name)
      ? { kind: HelmFindingKind.REPLACED, text: 'the construct sets it by itself' }
      : refused(name, value);
    if (finding) {
      delete draft.extraEnv[name];
      const leaked = isSecretInClear(name, value) ? '; the value, which stood in a file, wants to be replaced' : '';
      draft.findings.forEach(({ path }, at) => {
        if (path.endsWith(`[${name}]`)) {
          draft.findings[at] = { path, kind: finding.kind, text: `${finding.text}${leaked}` };
        }
      });
    }
  }
}

function refused(name: string, value: string): Omit<HelmFinding, 'path'> | undefined {
  const connection = connectionOf(name, value);
  if (connection) {
    return { kind: HelmFindingKind.REPLACED, text: `it is declared by ${connection}` };
  }
  return isSecretInClear(name, value)
    ? { kind: HelmFindingKind.TO_FILL_IN, text: `extraSecretEnv: ${name}, from a key of a Secret` }
    : undefined;
}

function readDatabase(
  path: string,
  given: unknown,
  secret: SecretReference | undefined,
  kind: HelmFindingKind,
  draft: Draft,
): void {
  if (draft.database) {
    draft.note(path, HelmFindingKind.REPLACED, 'database sets it');
    return;
  }
  if (!secret) {
    databaseFromUrl(path, String(given), draft);
    return;
  }
  draft.openWebUi.secretName ??= secret.name;
  draft.database = { host: PLACEHOLDER_DATABASE, database: 'openwebui', user: 'openwebui' };
  draft.note(path, kind, `database, with the URL in the key DATABASE_URL of ${secret.name}`);
  draft.placeholders.set(
    PLACEHOLDER_DATABASE,
    `the server, the database and the login that the key ${secret.key} of ${secret.name} names: NetworkPolicies and the connection check need them`,
  );
  draft.note(
    'database.host',
    HelmFindingKind.TO_FILL_IN,
    `${PLACEHOLDER_DATABASE}, openwebui and openwebui stand for what the Secret's URL names`,
  );
}

/** A URL in clear: everything but its password goes into `database`. */
export function databaseFromUrl(path: string, text: string, draft: Draft): void {
  if (!/^postgres(?:ql)?(?:\+\w+)?:\/\//.test(text) || !URL.canParse(text)) {
    draft.note(
      path,
      HelmFindingKind.REPLACED,
      'not a PostgreSQL URL: without database the app keeps SQLite in its volume',
    );
    return;
  }
  const { hostname, port, pathname, username, password } = new URL(text);
  draft.database = {
    host: hostname,
    ...(port ? { port: Number(port) } : {}),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
  };
  draft.note(
    path,
    HelmFindingKind.CARRIED,
    `database; the URL itself belongs into the Secret as DATABASE_URL${password ? ', and its password, which stood in a file, wants to be changed' : ''}`,
  );
}

function entriesOf(value: unknown): { readonly name: string; readonly value: unknown }[] {
  if (Array.isArray(value)) {
    return value.flatMap((entry: { name?: unknown; value?: unknown; valueFrom?: unknown }) =>
      typeof entry?.name === 'string'
        ? [{ name: entry.name, value: entry.valueFrom ? { valueFrom: entry.valueFrom } : entry.value }]
        : [],
    );
  }
  return Object.entries((value ?? {}) as { [name: string]: unknown }).map(([name, given]) => ({ name, value: given }));
}

function secretReference(given: unknown): SecretReference | undefined {
  const reference = (given as { valueFrom?: { secretKeyRef?: SecretReference } } | undefined)?.valueFrom?.secretKeyRef;
  return reference?.name && reference.key ? reference : undefined;
}

function isTrue(given: unknown): boolean {
  return String(given).toLowerCase() === 'true';
}
