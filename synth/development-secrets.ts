import { randomBytes } from 'node:crypto';
import { Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { dump } from 'js-yaml';
import { type SecretForm, SecretKind } from '../constructs/platform/secret-form';
import { type SecretKey, Secrets, type WorkspaceSecret } from '../constructs/platform/secrets';

/**
 * Kubernetes Secrets for development with fresh random values of the right form. A value that somebody issues is
 * taken from the variable of that name; without one it is random too, and a comment says who issues the real one. A
 * value that is another one percent-encoded is made of that one.
 */
export function developmentSecrets(root: IConstruct, variables: NodeJS.ProcessEnv): string {
  // A Secret that stands in two namespaces has the same values in both.
  const values = new Map<string, string>();
  const secrets = secretsIn(root);
  const all = secrets.flatMap(({ keys }) => keys);
  const valueFor = (wanted: SecretKey): string => {
    const { secretName, key, form } = wanted;
    const name = `${secretName}/${key}`;
    const value = values.get(name) ?? given(key, form, variables) ?? made(wanted);
    values.set(name, value);
    return value;
  };
  const made = ({ secretName, form }: SecretKey): string => {
    const source = all.find((candidate) => candidate.secretName === secretName && candidate.key === form.encodedKey);
    return source ? encodeURIComponent(valueFor(source)) : developmentValue(form);
  };
  return secrets.map((secret) => secretDocument(secret, variables, valueFor)).join('---\n');
}

/**
 * The variables that would give what somebody issues, and are not set: `developmentSecrets` prints random values in
 * their place. Variable → who issues it.
 */
export function standIns(root: IConstruct, variables: NodeJS.ProcessEnv): Map<string, string> {
  const keys = secretsIn(root).flatMap(({ keys }) => keys);
  return new Map(
    keys
      .filter(({ key, form }) => isStandIn(key, form, variables))
      .map(({ key, form }) => [variableName(key), form.issuer ?? 'somebody else']),
  );
}

function secretsIn(root: IConstruct): WorkspaceSecret[] {
  return root.node
    .findAll()
    .filter((construct): construct is Secrets => construct instanceof Secrets)
    .flatMap(({ all }) => all)
    .filter(({ keys }) => keys.length > 0);
}

/** A value of the form that a program accepts. Unit of strength: the form's random bytes. */
export function developmentValue(form: SecretForm): string {
  switch (form.kind) {
    case SecretKind.HEX:
      return randomBytes(form.bytes).toString('hex');
    case SecretKind.COOKIE_SECRET:
      // oauth2-proxy decodes URL-safe base64 with its padding.
      return randomBytes(form.bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
    case SecretKind.POSTGRES_URL: {
      const { user, host, port, database, sslMode } = form.postgres ?? { user: '', host: '', database: '' };
      const password = randomBytes(form.bytes).toString('base64url');
      return `postgresql://${encodeURIComponent(user)}:${password}@${host}:${port ?? 5432}/${database}?sslmode=${sslMode ?? 'require'}`;
    }
    // A URL-safe token is its own encoded form.
    case SecretKind.PERCENT_ENCODED:
    case SecretKind.TOKEN:
    case SecretKind.ISSUED:
      return form.prefix + randomBytes(form.bytes).toString('base64url');
  }
}

function secretDocument(
  secret: WorkspaceSecret,
  variables: NodeJS.ProcessEnv,
  valueFor: (key: SecretKey) => string,
): string {
  const lines = secret.keys.flatMap((key) => [
    `  # ${comment(key, variables)}`,
    `  ${dump({ [key.key]: valueFor(key) }, { lineWidth: -1 }).trimEnd()}`,
  ]);
  return [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    `  name: ${secret.secretName}`,
    `  namespace: ${Chart.of(secret).namespace ?? 'default'}`,
    'type: Opaque',
    'stringData:',
    ...lines,
    '',
  ].join('\n');
}

function comment({ key, form, purpose }: SecretKey, variables: NodeJS.ProcessEnv): string {
  return isStandIn(key, form, variables)
    ? `${purpose}; a random stand-in: the real one is issued by ${form.issuer}, give it as ${variableName(key)}=…`
    : purpose;
}

function isStandIn(key: string, form: SecretForm, variables: NodeJS.ProcessEnv): boolean {
  return form.kind === SecretKind.ISSUED && given(key, form, variables) === undefined;
}

/** An empty variable gives nothing: a pod would start with it and fail later. */
function given(key: string, form: SecretForm, variables: NodeJS.ProcessEnv): string | undefined {
  const fromOutside = form.kind === SecretKind.ISSUED || form.kind === SecretKind.PERCENT_ENCODED;
  return fromOutside ? variables[variableName(key)] || undefined : undefined;
}

function variableName(key: string): string {
  return key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}
