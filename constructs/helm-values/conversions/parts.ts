import type { Draft } from '../draft';
import { HelmFindingKind } from '../finding';
import { type Conversion, flag, isEmpty, note, prop } from './conversion';

const { CARRIED, RENAMED, IGNORED, REPLACED, TO_FILL_IN } = HelmFindingKind;

/** What runs beside the app, and what people write though the chart never had it. */
export const PART_CONVERSIONS: readonly Conversion[] = [
  {
    path: 'postgresql.**',
    convert: note(IGNORED, 'the chart has had no such part since 2025-07; the database is what DATABASE_URL names'),
  },
  {
    path: 'redis.**',
    convert: (value, draft, path) => {
      const { enabled, auth, architecture } = (value ?? {}) as {
        enabled?: unknown;
        architecture?: unknown;
        auth?: { enabled?: unknown; existingSecret?: string; existingSecretPasswordKey?: string };
      };
      draft.note(
        path,
        IGNORED,
        'the chart has had no such part since 2025-07, and what it runs instead has no password',
      );
      if (!flag(enabled)) return;
      draft.redis = auth?.existingSecret ? { secretName: auth.existingSecret } : {};
      draft.note(`${path}.enabled`, RENAMED, 'redis, with a password, probes and a volume');
      if (architecture !== undefined)
        draft.note(
          `${path}.architecture`,
          IGNORED,
          'one server: the app keeps nothing there that it could not make again',
        );
      if (auth?.existingSecret)
        draft.note(
          `${path}.auth`,
          RENAMED,
          `redis.secretName: ${auth.existingSecret}, of which the key REDIS_PASSWORD is read`,
        );
      if (auth?.existingSecretPasswordKey && auth.existingSecretPasswordKey !== 'REDIS_PASSWORD')
        draft.note(
          `${path}.auth.existingSecretPasswordKey`,
          TO_FILL_IN,
          `store the password under REDIS_PASSWORD instead of ${auth.existingSecretPasswordKey}`,
        );
    },
  },
  { path: 'websocket.**', convert: readWebsocket },
  {
    path: 'pipelines.**',
    convert: (value, draft, path) => {
      const { enabled } = (value ?? {}) as { enabled?: unknown };
      draft.pipelines = enabled === undefined || flag(enabled) ? {} : undefined;
      draft.note(
        path,
        CARRIED,
        draft.pipelines ? 'pipelines, with a key of its own in the place of the public default' : 'no pipelines',
      );
    },
  },
  {
    path: 'ollama.**',
    convert: (value, draft, path) => {
      const { enabled } = (value ?? {}) as { enabled?: unknown };
      draft.ollama = enabled === undefined || flag(enabled) ? {} : undefined;
      draft.note(path, CARRIED, draft.ollama ? 'ollama' : 'no ollama');
    },
  },
  {
    path: 'tika.**',
    convert: (value, draft, path) => {
      draft.tika = flag((value as { enabled?: unknown } | undefined)?.enabled) ? {} : undefined;
      draft.note(path, CARRIED, draft.tika ? 'tika' : 'no tika');
    },
  },
  prop('ollamaUrls.**', 'ollamaUrls'),

  {
    path: 'podDisruptionBudget.**',
    convert: (value, draft, path) => {
      const {
        enabled = true,
        minAvailable,
        maxUnavailable,
      } = (value ?? {}) as { enabled?: unknown; minAvailable?: number; maxUnavailable?: number };
      if (flag(enabled) && (minAvailable !== undefined || maxUnavailable !== undefined))
        draft.openWebUi.disruptionBudget = minAvailable === undefined ? { maxUnavailable } : { minAvailable };
      draft.note(path, RENAMED, 'the chart has none; disruptionBudget');
    },
  },
  {
    path: 'autoscaling.**',
    convert: (value, draft, path) => {
      const {
        enabled = true,
        minReplicas = 1,
        maxReplicas,
        targetCPUUtilizationPercentage,
        targetMemoryUtilizationPercentage,
      } = (value ?? {}) as { [key: string]: number | undefined };
      if (flag(enabled) && maxReplicas) {
        draft.openWebUi.autoscaling = {
          minReplicas,
          maxReplicas,
          cpuUtilization: targetCPUUtilizationPercentage,
          memoryUtilization: targetMemoryUtilizationPercentage,
        };
      }
      draft.note(path, RENAMED, 'the chart has none; autoscaling');
    },
  },
  ...[
    'enableOpenaiApi',
    'openaiBaseApiUrl',
    'openaiBaseApiUrls.**',
    'openaiApiKey',
    'openaiApiKeys.**',
    'openaiApiKeyExistingSecret',
    'openaiApiKeyExistingSecretKey',
    'openaiApiKeysExistingSecret',
    'openaiApiKeysExistingSecretKey',
  ].map(
    (path): Conversion => ({
      path,
      convert: (value, draft, at) =>
        draft.note(
          at,
          isEmpty(value) || value === true ? REPLACED : TO_FILL_IN,
          'liteLlmGateway, with the models and their keys in one place',
        ),
    }),
  ),
];

function readWebsocket(value: unknown, draft: Draft, path: string): void {
  const {
    enabled = true,
    manager = 'redis',
    url,
    redis,
  } = (value ?? {}) as { enabled?: unknown; manager?: string; url?: string; redis?: { enabled?: unknown } };
  if (!flag(enabled) || manager !== 'redis') {
    draft.redis = undefined;
    draft.note(path, REPLACED, 'web sockets are on; they need a Redis only with several replicas');
  } else if (redis?.enabled === undefined || flag(redis.enabled)) {
    draft.note(path, CARRIED, "redis, with a password, which the chart's has not");
  } else if (url && URL.canParse(url) && new URL(url).hostname.includes('.')) {
    const { hostname, port, protocol } = new URL(url);
    draft.redis = undefined;
    draft.externalRedis = {
      host: hostname,
      ...(port ? { port: Number(port) } : {}),
      tls: protocol === 'rediss:',
      secretName: draft.openWebUi.secretName ?? 'open-webui-secrets',
    };
    draft.note(
      path,
      CARRIED,
      `externalRedis, with its password in the key REDIS_PASSWORD of ${draft.externalRedis.secretName}, and percent-encoded in REDIS_URL_PASSWORD`,
    );
  } else {
    draft.redis = undefined;
    draft.note(path, TO_FILL_IN, "externalRedis, with the host that the Secret's URL names");
  }
}
