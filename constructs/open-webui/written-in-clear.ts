import type { OpenWebUiRelease } from '../open-webui-release';
import type { Rule } from '../platform/rules';
import { environmentVariable, VariableType } from './environment-catalogue';

/** Variables of connections, and what declares each together with its key, its policies and its limits. */
const CONNECTIONS: readonly (readonly [RegExp, string])[] = [
  [/^OPENAI_API_(?:BASE_URLS?|KEYS?|CONFIGS)$/, 'useModels, for example with a LiteLlmGateway'],
  [/^(?:DATABASE_URL|PGVECTOR_DB_URL)$/, 'the prop database'],
  [/^(?:WEBSOCKET_)?REDIS_URL$/, 'useRedis, for a server elsewhere with Redis.external'],
];

/** Whoever reads a value of such a name gets in. `_KEY` alone may be a key of a table, unless the app knows the name. */
const SECRET = /_(?:API_KEYS?|SECRET|PASSWORD|TOKEN|SECRET_KEY|SECRET_ACCESS_KEY)$/;
const KEY = /(?<!_PUBLIC)_KEY$/;
const PASSWORD_IN_URL = /:\/\/[^/\s@]*:[^/\s@]+@/;

/** What stands in a value besides references such as `$(API_KEY)`, which Kubernetes expands. */
function withoutReferences(value: string): string {
  return value.replaceAll(/\$\([\w.-]+\)/g, '');
}

/** What declares the connection that a variable is about, where its value is written out; undefined for all others. */
export function connectionOf(name: string, value: string): string | undefined {
  const plain = withoutReferences(value).replaceAll(/[;,\s]/g, '') !== '';
  return plain ? CONNECTIONS.find(([names]) => names.test(name))?.[1] : undefined;
}

/** Whether a value lets its reader in: a key or a password, not a reference to one. */
export function isSecretInClear(name: string, value: string): boolean {
  const type = environmentVariable(name)?.type;
  const text = withoutReferences(value);
  const secretName = type !== VariableType.BOOLEAN && (SECRET.test(name) || (type !== undefined && KEY.test(name)));
  return (secretName && text.replaceAll(/[;,\s]/g, '') !== '') || PASSWORD_IN_URL.test(text);
}

/** What `extraEnv` must not carry. The messages show no value: they end in the log of a build. */
export const CLEAR_TEXT_RULES: readonly Rule<OpenWebUiRelease>[] = [
  {
    id: 'environment-connection-declared',
    broken: (release) => connections(release).length > 0,
    message: (release) =>
      `${release.name}: extraEnv sets ${connections(release)
        .map(([name, instead]) => `${name}, for which there is ${instead}`)
        .join('; ')}: variables alone bring neither a Secret nor a way through the NetworkPolicies`,
  },
  {
    id: 'environment-secret-in-clear',
    broken: (release) => secrets(release).length > 0,
    message: (release) =>
      `${release.name}: extraEnv would write ${secrets(release).join(', ')} into the manifests, where everybody reads it: write extraSecretEnv, which takes the value from a Secret, and replace a value that has stood in a file`,
  },
];

function connections(release: OpenWebUiRelease): (readonly [string, string])[] {
  const { clashes } = release._pod.env;
  return Object.entries(release.props.extraEnv ?? {}).flatMap(([name, value]) => {
    const instead = clashes.includes(name) ? undefined : connectionOf(name, value);
    return instead ? [[name, instead] as const] : [];
  });
}

function secrets({ props }: OpenWebUiRelease): string[] {
  return Object.entries(props.extraEnv ?? {}).flatMap(([name, value]) =>
    isSecretInClear(name, value) && !connectionOf(name, value) ? [name] : [],
  );
}
