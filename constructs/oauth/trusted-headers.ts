import type { EnvironmentVariables } from '../platform/environment-variables';

/** What Open WebUI can be told about a person by a header. */
export enum TrustedHeader {
  /** Who it is; without it nobody is signed in. */
  EMAIL = 'email',
  /** The name to show. Letters beyond ASCII arrive garbled: the app reads headers as Latin-1. */
  NAME = 'name',
  /** Membership in groups that exist in Open WebUI, with names in ASCII; read at sign-in. */
  GROUPS = 'groups',
  /** `admin`, `user` or `pending`; read at sign-in. */
  ROLE = 'role',
}

/** Name of the header that stands for each kind of identity. */
export type HeaderNames = Readonly<Record<TrustedHeader, string>>;

/** A header that the app trusts although the proxy does not set it. */
export interface ForgeableHeader {
  readonly kind: TrustedHeader;
  readonly variable: string;
  /** What the app would read; undefined when a Secret says it. */
  readonly header?: string;
}

const KINDS = Object.values(TrustedHeader);

/** Name of the variable by which Open WebUI is told to trust a header. Source: its env.py, version 0.12.4. */
export function trustVariable(kind: TrustedHeader): string {
  return `WEBUI_AUTH_TRUSTED_${kind.toUpperCase()}_HEADER`;
}

/**
 * Tells the app which headers to trust. The others are set to nothing rather than left out, so that no ConfigMap of
 * `extraEnvFrom` brings one in: a container's `env` wins over it.
 */
export function trustHeaders(env: EnvironmentVariables, trusted: readonly TrustedHeader[], names: HeaderNames): void {
  for (const kind of KINDS) {
    env.setDefaults({ [trustVariable(kind)]: trusted.includes(kind) ? names[kind] : '' });
  }
}

/** The headers that the app trusts, whoever said so, and that any signed-in person could send. */
export function forgeableHeaders(env: EnvironmentVariables, injected: readonly string[]): ForgeableHeader[] {
  const safe = new Set(injected.map((name) => name.toLowerCase()));
  return KINDS.map((kind) => ({ kind, variable: trustVariable(kind), header: env.value(trustVariable(kind)) })).filter(
    ({ variable, header }) =>
      header === undefined ? env.has(variable) : header !== '' && !safe.has(header.toLowerCase()),
  );
}
