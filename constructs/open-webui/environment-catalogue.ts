import type { OpenWebUiRelease } from '../open-webui-release';
import type { Rule } from '../platform/rules';
import { nearestName } from '../platform/schema/nearest-name';
import { isJson } from '../platform/schema/value-words';
import catalogue from './environment.generated.json';

/** How Open WebUI reads a variable. */
export enum VariableType {
  TEXT = 'text',
  /** Only the word `true`, in any case, is true: `1` and `yes` are false. */
  BOOLEAN = 'boolean',
  NUMBER = 'number',
  /** Entries between `;` or `,`, as the variable's documentation says. */
  LIST = 'list',
  /** What is not JSON is ignored with a line in the log. */
  JSON = 'json',
}

/** A variable that Open WebUI reads. Source: `env.py`, `config.py` and the modules of its releases 0.3.35 to 0.12.4. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly type: VariableType;
  /** The first of the looked-at releases that reads it. Those are the first of each minor version, and the newest. */
  readonly since: string;
  /** Key under which the admin page's value is kept in the database, where it may win over the variable. @default - only the environment */
  readonly databaseKey?: string;
}

type Row = { readonly type: string; readonly since: string; readonly databaseKey?: string };

const VARIABLES: { readonly [name: string]: Row | undefined } = catalogue.variables;
const GONE: { readonly [name: string]: string | undefined } = catalogue.gone;

/** What the libraries, the shell scripts and the server in the image read. */
const OF_THE_IMAGE =
  /^(?:(?:OTEL|UVICORN|HF|PYTHON|TRANSFORMERS|SENTENCE_TRANSFORMERS|TIKTOKEN|PLAYWRIGHT|PIP|AZURE|AWS|GOOGLE|LC|LD|MALLOC|OMP|SSL)_?[A-Z0-9_]*|(?:HTTPS?|NO|ALL)_PROXY|(?:https?|no|all)_proxy|HOST|PORT|HOME|TZ|LANG|TMPDIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|FORWARDED_ALLOW_IPS|PG(?!VECTOR)[A-Z_]+|WEBUI_SECRET_KEY_FILE|USE_(?:OLLAMA|CUDA)_DOCKER[A-Z_]*)$/;

/** Names that are written again and again, and never were any. Source: issues and guides of Open WebUI. */
const NEVER_WERE: { readonly [name: string]: string | undefined } = {
  ENABLE_WORKSPACE: 'USER_PERMISSIONS_WORKSPACE_MODELS_ACCESS, … (the prop workspacePermissions)',
  OPENAI_API_BASE: 'OPENAI_API_BASE_URLS (useModels sets it)',
  WEBUI_HOSTNAME: 'WEBUI_URL (the prop edge sets it)',
  POSTGRES_URL: 'DATABASE_URL (the prop database sets it)',
};

/** The variable of this name; undefined when Open WebUI reads none. */
export function environmentVariable(name: string): EnvironmentVariable | undefined {
  const row = Object.hasOwn(VARIABLES, name) ? VARIABLES[name] : undefined;
  return row && { name, type: row.type as VariableType, since: row.since, databaseKey: row.databaseKey };
}

/** Every variable that Open WebUI reads, by name. */
export function environmentVariables(): EnvironmentVariable[] {
  return Object.keys(VARIABLES).flatMap((name) => environmentVariable(name) ?? []);
}

/** Why a name does nothing, and what to write instead; undefined where something in the image reads it. */
export function unreadVariable(name: string): string | undefined {
  if (environmentVariable(name) || OF_THE_IMAGE.test(name)) {
    return undefined;
  }
  if (Object.hasOwn(GONE, name)) {
    return `${name} is read by no Open WebUI after ${GONE[name]}`;
  }
  const instead = NEVER_WERE[name] ?? nearestName(name, Object.keys(VARIABLES)) ?? sharesWords(name);
  return `${name} is no variable of Open WebUI${instead ? ` (did you mean ${instead}?)` : ''}`;
}

/** Why a value is not read as it is meant; undefined where it is. */
export function misreadValue(name: string, value: string): string | undefined {
  const type = environmentVariable(name)?.type;
  if (type === VariableType.BOOLEAN && !/^(?:true|false|)$/i.test(value)) {
    return `${name} is "${value}", and only "true" counts as true: write true or false`;
  }
  if (type === VariableType.NUMBER && !/^(?:-?\d+(?:\.\d+)?|)$/.test(value)) {
    return `${name} is "${value}": write a number`;
  }
  if (type === VariableType.JSON && value !== '' && !isJson(value)) {
    return `${name} is not JSON, and the app would ignore it`;
  }
  return undefined;
}

/** The variables that are written by hand in `extraEnv` and `extraSecretEnv`. */
export const ENVIRONMENT_RULES: readonly Rule<OpenWebUiRelease>[] = [
  {
    id: 'environment-variable-known',
    broken: (release) => unread(release).length > 0,
    message: (release) =>
      `${release.name}: ${unread(release).map(unreadVariable).join('. ')}. One that a function or tool of yours reads belongs into pluginVariables too`,
  },
  {
    id: 'environment-value-read',
    broken: (release) => misread(release).length > 0,
    message: (release) => `${release.name}: ${misread(release).join('. ')}`,
  },
  {
    id: 'environment-variable-since',
    broken: (release) => tooNew(release).length > 0,
    message: (release) =>
      `${release.name}: Open WebUI ${release.version} does not read ${tooNew(release)
        .map(({ name, since }) => `${name} (since ${since})`)
        .join(', ')}: raise version, or leave it out`,
  },
  {
    id: 'plugin-variables-extra',
    broken: (release) => strayPluginVariables(release).length > 0,
    message: (release) =>
      `${release.name}: pluginVariables names ${strayPluginVariables(release).join(', ')}, which neither extraEnv nor extraSecretEnv sets: set it there, or leave it out`,
  },
];

function handWritten({ props }: OpenWebUiRelease): string[] {
  return [...Object.keys(props.extraEnv ?? {}), ...Object.keys(props.extraSecretEnv ?? {})];
}

function unread(release: OpenWebUiRelease): string[] {
  const own = new Set(release.props.pluginVariables);
  return handWritten(release).filter((name) => !own.has(name) && unreadVariable(name) !== undefined);
}

function misread({ props }: OpenWebUiRelease): string[] {
  return Object.entries(props.extraEnv ?? {}).flatMap(([name, value]) => misreadValue(name, value) ?? []);
}

function tooNew(release: OpenWebUiRelease): EnvironmentVariable[] {
  return handWritten(release)
    .flatMap((name) => environmentVariable(name) ?? [])
    .filter(({ since }) => since !== catalogue.oldest && isBefore(release.version, since));
}

function strayPluginVariables(release: OpenWebUiRelease): string[] {
  const set = new Set(handWritten(release));
  return (release.props.pluginVariables ?? []).filter((name) => !set.has(name));
}

/** The variable with the most words in common, when that is half of the written ones or more. */
function sharesWords(written: string): string | undefined {
  const words = new Set(written.split('_'));
  const common = (name: string) => name.split('_').filter((word) => words.has(word)).length;
  const [best] = Object.keys(VARIABLES).sort((a, b) => common(b) - common(a) || a.length - b.length);
  return best !== undefined && common(best) * 2 >= words.size && common(best) > 1 ? best : undefined;
}

/** Whether a release like `0.9.4` came before another; a tag that is no release is taken for the newest. */
function isBefore(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => /^v?(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number));
  if (!a || !b) {
    return false;
  }
  const index = a.findIndex((part, at) => part !== b[at]);
  return index >= 0 && (a[index] ?? 0) < (b[index] ?? 0);
}
