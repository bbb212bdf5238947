import { randomBytes } from 'node:crypto';
import { Chart } from 'cdk8s';
import type { IConstruct } from 'constructs';
import { dump } from 'js-yaml';
import { type SecretForm, SecretKind } from '../constructs/platform/secret-form';
import { type SecretKey, Secrets, type WorkspaceSecret } from '../constructs/platform/secrets';

/**
 * Kubernetes Secrets for development with fresh random values of the right form. A value that somebody issues is
 * taken from the variable of that name; without one it is random too, and a comment says who issues the real one.
 */
export function developmentSecrets(root: IConstruct, variables: NodeJS.ProcessEnv): string {
  return root.node
    .findAll()
    .filter((construct): construct is Secrets => construct instanceof Secrets)
    .flatMap(({ all }) => all)
    .filter(({ keys }) => keys.length > 0)
    .map((secret) => secretDocument(secret, variables))
    .join('---\n');
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
    case SecretKind.TOKEN:
    case SecretKind.ISSUED:
      return randomBytes(form.bytes).toString('base64url');
  }
}

function secretDocument(secret: WorkspaceSecret, variables: NodeJS.ProcessEnv): string {
  const lines = secret.keys.map((key) => keyLines(key, variables));
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

function keyLines({ key, form, purpose }: SecretKey, variables: NodeJS.ProcessEnv): string {
  const given = form.kind === SecretKind.ISSUED ? variables[variableName(key)] : undefined;
  const comment =
    form.kind === SecretKind.ISSUED && given === undefined
      ? `  # ${purpose}; a random stand-in: the real one is issued by ${form.issuer}, give it as ${variableName(key)}=…`
      : `  # ${purpose}`;
  return `${comment}\n  ${dump({ [key]: given ?? developmentValue(form) }, { lineWidth: -1 }).trimEnd()}`;
}

function variableName(key: string): string {
  return key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}
