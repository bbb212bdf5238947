import type { Construct } from 'constructs';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../../constructs/open-webui-release';
import { SecretForm } from '../../constructs/platform/secret-form';
import { SecretKey } from '../../constructs/platform/secrets';
import { describeRules } from '../broken-rules';
import { render } from '../render';
import { Models } from './neighbours';

type More = (made: OpenWebUiRelease, scope: Construct) => void;
const declared = (props: OpenWebUiReleaseProps, more: More = () => {}) => {
  return (scope: Construct) => more(new OpenWebUiRelease(scope, 'open-webui', props), scope);
};
const withModels: More = (made, scope) => made.useModels(new Models(scope, 'litellm'));
const problems = (extraEnv: { [name: string]: string }, more?: More, props: OpenWebUiReleaseProps = {}) =>
  render(declared({ extraEnv, ...props }, more)).problems;

const CONSEQUENCE = 'variables alone bring neither a Secret nor a way through the NetworkPolicies';
const REMEDY =
  'into the manifests, where everybody reads it: write extraSecretEnv, which takes the value from a Secret, and replace a value that has stood in a file';

describeRules('constructs/open-webui/written-in-clear.ts', [
  {
    rule: 'environment-connection-declared',
    when: 'a key and its address',
    declare: declared({ extraEnv: { OPENAI_API_KEY: 'sk-proj-x', OPENAI_API_BASE_URLS: 'https://api.openai.com/v1' } }),
    sentence: `open-webui: extraEnv sets OPENAI_API_KEY, for which there is useModels, for example with a LiteLlmGateway; OPENAI_API_BASE_URLS, for which there is useModels, for example with a LiteLlmGateway: ${CONSEQUENCE}`,
  },
  {
    rule: 'environment-connection-declared',
    when: 'a database and a Redis',
    declare: declared({
      extraEnv: {
        DATABASE_URL: 'postgresql://webui:hunter2@db.company.com/chats',
        WEBSOCKET_REDIS_URL: 'redis://redis:6379/0',
      },
    }),
    sentence: `open-webui: extraEnv sets DATABASE_URL, for which there is the prop database; WEBSOCKET_REDIS_URL, for which there is useRedis, for a server elsewhere with Redis.external: ${CONSEQUENCE}`,
  },
  {
    rule: 'environment-secret-in-clear',
    when: 'keys by name, and a password in a URL',
    declare: declared({
      extraEnv: { TAVILY_API_KEY: 'tvly-x', AZURE_STORAGE_KEY: 'x', HTTPS_PROXY: 'http://webui:hunter2@proxy:3128' },
    }),
    sentence: `open-webui: extraEnv would write TAVILY_API_KEY, AZURE_STORAGE_KEY, HTTPS_PROXY ${REMEDY}`,
  },
]);

test.each([
  'SCIM_TOKEN',
  'LDAP_APP_PASSWORD',
  'FEISHU_CLIENT_SECRET',
  'AWS_SECRET_ACCESS_KEY',
  'RAG_OPENAI_API_KEY',
  'PGVECTOR_PGCRYPTO_KEY',
])('%s lets its reader in', (name) => {
  expect(problems({ [name]: 'hunter2' })).toEqual([expect.stringContaining(`would write ${name} into the manifests`)]);
  expect(problems({ [name]: 'hunter2' }).join()).not.toContain('hunter2');
});

test('a plugin may have secrets too, and keys of other kinds', () => {
  expect(problems({ CRM_TOKEN: 'x' }, undefined, { pluginVariables: ['CRM_TOKEN'] })).toHaveLength(1);
  expect(problems({ SORT_KEY: 'date' }, undefined, { pluginVariables: ['SORT_KEY'] })).toEqual([]);
});

test('what only sounds like a secret is let through', () => {
  const harmless = {
    ENABLE_API_KEYS: 'true',
    ENABLE_PASSWORD_AUTH: 'true',
    LICENSE_PUBLIC_KEY: 'x',
    CUSTOM_API_KEY_HEADER: 'x-api-key',
    HTTPS_PROXY: 'http://proxy:3128',
    RAG_OPENAI_API_BASE_URL: 'https://embeddings.company.com/v1',
    TAVILY_API_KEY: '',
    OPENAI_API_BASE_URL: '',
  };
  expect(problems(harmless)).toEqual([]);
});

test('a reference is let through, as a Secret and inside a value', () => {
  const key = new SecretKey('keys', 'OPENAI', SecretForm.issuedBy('OpenAI'), 'speech');
  const extraSecretEnv = { OPENAI_API_KEY: key, TAVILY_API_KEY: key, REDIS_PASSWORD: key, DATABASE_URL: key };
  const extraEnv = {
    AUDIO_TTS_OPENAI_API_KEY: '$(OPENAI_API_KEY)',
    VALKEY_URL: 'redis://:$(REDIS_PASSWORD)@valkey.company.com:6379',
  };
  expect(problems(extraEnv, undefined, { extraSecretEnv, pluginVariables: ['REDIS_PASSWORD'] })).toEqual([]);
});

test('what the construct sets already is reported once, as that', () => {
  expect(problems({ OPENAI_API_BASE_URLS: 'https://api.openai.com/v1' }, withModels)).toEqual([
    expect.stringContaining('extraEnv sets OPENAI_API_BASE_URLS, which the construct sets itself'),
  ]);
});
