import { ClaudeEngine } from '../../../constructs/claude/engine';
import { IsolationTier, makesPods } from '../../../constructs/claude/isolation';
import {
  commonDoubts,
  commonFaults,
  processVariables,
  type ServiceKeys,
  USER_VARIABLES,
} from '../../runtime/common-settings';
import type { SettingForm } from '../../runtime/setting-forms';
import { amount, oneOf, text, url, wholeNumber } from '../../runtime/setting-forms';
import type { Settings } from '../../runtime/settings';

/** A year: more is a slip of the pen. Unit: seconds. */
const LONGEST = 31_536_000;
/** A century. */
const MOST_DAYS = 36_500;
const usd = amount({ least: 0.01, most: 100_000 });

/** Every variable that the service reads. */
export const SETTINGS = {
  ...processVariables('8001'),
  serviceKey: { name: 'CLAUDE_SERVICE_KEY', secret: true, required: true, meaning: 'Bearer key of callers.' },
  previousServiceKey: {
    name: 'CLAUDE_SERVICE_KEY_PREVIOUS',
    secret: true,
    meaning: 'A second key that is accepted while keys are rotated.',
  },
  ...USER_VARIABLES,
  anthropicApiKey: {
    name: 'ANTHROPIC_API_KEY',
    secret: true,
    required: true,
    meaning: 'Key of the models, or of LiteLLM. No command of an agent sees it.',
  },
  anthropicBaseUrl: {
    name: 'ANTHROPIC_BASE_URL',
    default: 'https://api.anthropic.com',
    parse: url(),
    meaning: 'Where the Messages API is, without /v1.',
  },
  taskModel: {
    name: 'TASK_MODEL',
    default: 'claude-haiku-5-5',
    parse: text(),
    meaning: 'Id of the model that writes titles, tags and follow-up questions.',
  },
  engine: { name: 'ENGINE', default: ClaudeEngine.SDK, parse: oneOf(ClaudeEngine), meaning: 'What runs the turns.' },
  databaseUrl: {
    name: 'DATABASE_URL',
    secret: true,
    parse: url(['postgres', 'postgresql']),
    meaning: 'PostgreSQL for transcripts, leases and audit. Without it: a database under DATA_PATH, for one replica.',
  },
  dataPath: { name: 'DATA_PATH', default: '/data', parse: text(), meaning: 'Folder of the embedded database.' },
  workspacesPath: {
    name: 'WORKSPACES_PATH',
    default: '/workspaces',
    parse: text(),
    meaning: 'Folder with one folder for each session.',
  },
  personasPath: { name: 'PERSONAS_PATH', default: '/personas', parse: text(), meaning: 'Folder of <persona>.md.' },
  models: {
    name: 'MODELS',
    default: 'claude-amber-session=amber',
    parse: modelList(),
    meaning: 'Models that are offered, with the persona behind each.',
  },
  isolation: {
    name: 'ISOLATION',
    default: IsolationTier.PROCESS,
    parse: oneOf(IsolationTier),
    meaning: 'What stands between the commands of a session and everything else.',
  },
  sessionNamespace: {
    name: 'SESSION_NAMESPACE',
    parse: text(),
    meaning: 'Namespace of the sessions’ pods, with ISOLATION pod and agent-sandbox.',
  },
  sessionPodPath: {
    name: 'SESSION_POD_PATH',
    parse: text(),
    meaning: 'File with the pod of a session as JSON, with ISOLATION pod and agent-sandbox.',
  },
  maxTurns: {
    name: 'MAX_TURNS',
    default: '50',
    parse: wholeNumber({ least: 1, most: 10_000 }),
    meaning: 'Calls of the model in one turn at most.',
  },
  maxBudgetUsdPerTurn: {
    name: 'MAX_BUDGET_USD_PER_TURN',
    default: '2',
    parse: usd,
    meaning: 'What one turn may cost, in US dollars.',
  },
  maxBudgetUsdPerUserPerDay: {
    name: 'MAX_BUDGET_USD_PER_USER_PER_DAY',
    default: '20',
    parse: usd,
    meaning: 'What one user may cost in a day of UTC, in US dollars.',
  },
  turnsPerUserPerMinute: {
    name: 'RATE_LIMIT_PER_USER_PER_MINUTE',
    default: '30',
    parse: wholeNumber({ least: 1, most: 100_000 }),
    meaning: 'Questions of one user in a minute at most, in each replica; titles and tags count.',
  },
  sessionIdleSeconds: {
    name: 'SESSION_IDLE_SECONDS',
    default: '1800',
    parse: wholeNumber({ least: 1, most: LONGEST }),
    meaning: 'How long a session without a request stays in memory, in seconds.',
  },
  maxLiveSessions: {
    name: 'MAX_LIVE_SESSIONS',
    default: '64',
    parse: wholeNumber({ least: 1, most: 100_000 }),
    meaning: 'Sessions in memory at once, in each replica.',
  },
  compactAboveTokens: {
    name: 'COMPACT_ABOVE_TOKENS',
    default: '150000',
    parse: wholeNumber({ least: 0, most: 10_000_000 }),
    meaning: 'A chat that is longer is summarised before the model is asked again, in tokens; 0 for never.',
  },
  sessionRetentionDays: {
    name: 'SESSION_RETENTION_DAYS',
    default: '0',
    parse: wholeNumber({ least: 0, most: MOST_DAYS }),
    meaning: 'Sessions that nobody used for so many days are deleted with their files; 0 keeps them.',
  },
  auditRetentionDays: {
    name: 'AUDIT_RETENTION_DAYS',
    default: '0',
    parse: wholeNumber({ least: 0, most: MOST_DAYS }),
    meaning: 'Audit rows and daily costs that are older in days are deleted; 0 keeps them.',
  },
  mcpProxyUrl: {
    name: 'MCP_PROXY_URL',
    parse: url(),
    meaning: 'The MCP gateway, for its tools with the user’s rights.',
  },
  mcpProxyApiKey: { name: 'MCP_PROXY_API_KEY', secret: true, meaning: 'Bearer key of that gateway.' },
} as const;

export type ServiceSettings = Settings<typeof SETTINGS>;

/** What is wrong between variables, one sentence each. */
export function settingFaults(settings: ServiceSettings): string[] {
  const broken = RULES.filter((rule) => rule.broken(settings)).map((rule) => rule.message);
  return [...commonFaults(settings, keysOf(settings)), ...broken];
}

/** What works, and is hardly meant: one sentence each, for the log. */
export function settingDoubts(settings: ServiceSettings): string[] {
  const doubts = commonDoubts(settings, keysOf(settings));
  if (!settings.userTokenSecret && !settings.trustPlainUserHeaders) {
    doubts.push(
      'no caller can prove to be a user, so nobody has a session: set FORWARD_USER_INFO_HEADER_JWT_SECRET here and in Open WebUI',
    );
  }
  return doubts;
}

const RULES: readonly { broken(settings: ServiceSettings): boolean; readonly message: string }[] = [
  {
    broken: (settings) => makesPods(settings.isolation) && !(settings.sessionNamespace && settings.sessionPodPath),
    message: 'ISOLATION makes a pod for each session: set SESSION_NAMESPACE and SESSION_POD_PATH, or write process',
  },
  {
    broken: (settings) => settings.maxBudgetUsdPerTurn > settings.maxBudgetUsdPerUserPerDay,
    message: 'MAX_BUDGET_USD_PER_TURN is more than MAX_BUDGET_USD_PER_USER_PER_DAY: lower it',
  },
  {
    broken: (settings) => settings.mcpProxyUrl !== undefined && settings.mcpProxyApiKey === undefined,
    message: 'MCP_PROXY_URL is set without MCP_PROXY_API_KEY: set it, or MCP_PROXY_API_KEY_FILE',
  },
  {
    broken: (settings) => settings.mcpProxyUrl !== undefined && settings.userTokenSecret === undefined,
    message:
      'MCP_PROXY_URL is set without FORWARD_USER_INFO_HEADER_JWT_SECRET: the gateway could not tell whose rights a session has, set it',
  },
];

/** `name=persona` between commas, as a map in this order. */
function modelList(): SettingForm<ReadonlyMap<string, string>> {
  return {
    form: 'name=persona, several with commas between them, no name twice',
    read: (given) => {
      const pairs = given.split(',').map((entry) => entry.trim().split('='));
      const right = pairs.every(([name, persona, ...rest]) => name && persona && rest.length === 0);
      const models = new Map(pairs.map(([name, persona]) => [name, persona] as const));
      return right && models.size === pairs.length ? models : undefined;
    },
  };
}

function keysOf({ serviceKey, previousServiceKey }: ServiceSettings): ServiceKeys {
  return { CLAUDE_SERVICE_KEY: serviceKey, CLAUDE_SERVICE_KEY_PREVIOUS: previousServiceKey };
}
