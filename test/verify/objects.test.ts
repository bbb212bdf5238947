import { finds } from './broken';
import type { Loose } from './replay';

const podSpec = (replay: { one(plural: string, name: string): Loose }, name: string) =>
  replay.one('deployments', name).spec.template.spec;

finds('as-rendered', [
  {
    name: 'an object that was never applied',
    break: (replay) => replay.remove('networkpolicies', 'default-deny'),
    says: /NetworkPolicy default-deny: is not in the cluster: apply the manifests/,
  },
  {
    name: 'an image that somebody set by hand',
    break: (replay) => {
      podSpec(replay, 'open-webui').containers[0].image = 'ghcr.io/open-webui/open-webui:main';
    },
    says: /Deployment open-webui: spec\.template\.spec\.containers\[open-webui\]\.image is "?ghcr\.io\/open-webui\/open-webui:main"?, "?ghcr\.io\/open-webui\/open-webui:0\.12\.4"? is rendered/,
  },
  {
    name: 'a variable with another value',
    break: (replay) => {
      const { env } = podSpec(replay, 'mcp-proxy').containers[0];
      env.find(({ name }: Loose) => name === 'LOG_LEVEL').value = 'debug';
    },
    says: /env\[LOG_LEVEL\]\.value is debug, info is rendered/,
  },
  {
    name: 'a variable that somebody added',
    break: (replay) => {
      podSpec(replay, 'mcp-proxy').containers[0].env.push({ name: 'TRUST_PLAIN_USER_HEADERS', value: 'true' });
    },
    says: /env also has TRUST_PLAIN_USER_HEADERS/,
  },
  {
    name: 'a variable that is gone',
    break: (replay) => {
      podSpec(replay, 'mcp-proxy').containers[0].env.shift();
    },
    says: /containers\[mcp-proxy\]\.env lacks PORT/,
  },
  {
    name: 'tenants that were edited in the cluster, at the place where they part',
    break: (replay) => {
      const { data } = replay.one('configmaps', 'mcp-proxy-config');
      data['tenants.json'] = data['tenants.json'].replace('*@google.com', '*');
    },
    says: /ConfigMap mcp-proxy-config: data\.tenants\.json is …sers": \["\*"\].*, …sers": \["\*@google\.com"\].* is rendered/,
  },
  {
    name: 'a limit that was raised',
    break: (replay) => {
      replay.one('resourcequotas', 'workspace').spec.hard.pods = '100';
    },
    says: /ResourceQuota workspace: spec\.hard\.pods is 100, 38 is rendered/,
  },
  {
    name: 'a rule that a policy has too much',
    break: (replay) => {
      replay.one('networkpolicies', 'mcp-proxy').spec.egress.push({});
    },
    says: /NetworkPolicy mcp-proxy: spec\.egress has 5 entries, 4 are rendered/,
  },
  {
    name: 'a policy that is left over from an older rendering',
    break: (replay) => {
      const old = structuredClone(replay.one('networkpolicies', 'redis'));
      old.metadata.name = 'chroma';
      replay.live('networkpolicies').push(old);
    },
    says: /NetworkPolicy chroma: is not rendered here \(any more\?\) and still opens a way/,
  },
  {
    name: 'a kind that the cluster does not know',
    break: (replay) => replay.refuse('/apis/cilium.io/v2', 404),
    says: /CiliumNetworkPolicy mcp-github-hosts: the cluster does not know CiliumNetworkPolicy of cilium\.io\/v2/,
  },
  {
    name: 'objects that the account may not read, as not checked',
    break: (replay) => replay.refuse('networkpolicies', 403),
    says: /NetworkPolicy default-deny: 403 for .*networkpolicies/,
    state: 'not checked',
  },
]);

finds('secrets', [
  {
    name: 'a missing key',
    break: (replay) => {
      replay.one('secrets', 'open-webui-secrets').data.WEBUI_SECRET_KEY = undefined;
    },
    says: /Secret open-webui-secrets: lacks WEBUI_SECRET_KEY$/m,
  },
  {
    name: 'a key without a value',
    break: (replay) => {
      replay.one('secrets', 'litellm-secrets').data.ANTHROPIC_API_KEY = '';
    },
    says: /Secret litellm-secrets: has no value in ANTHROPIC_API_KEY$/m,
  },
  {
    name: 'a missing Secret, of a sign-in',
    environment: 'phase2-kind',
    break: (replay) => replay.remove('secrets', 'oauth-config'),
    says: /Secret oauth-config: is not in the cluster/,
  },
  {
    name: 'an ExternalSecret that does not sync, with its reason',
    break: (replay) => {
      replay.one('externalsecrets', 'open-webui-secrets').status.conditions = [
        { type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'no such key in the vault' },
      ];
    },
    says: /ExternalSecret open-webui-secrets: is not ready: SecretSyncedError: no such key in the vault/,
  },
  {
    name: 'a store that nobody looks after',
    break: (replay) => {
      replay.one('secretstores', 'workspace-secrets').status = undefined;
    },
    says: /SecretStore workspace-secrets: is not ready: its controller has said nothing yet/,
  },
]);

finds('volumes', [
  {
    name: 'a claim that waits for its volume',
    break: (replay) => {
      replay.one('persistentvolumeclaims', 'open-webui-data').status = { phase: 'Pending' };
    },
    says: /PersistentVolumeClaim open-webui-data: is Pending/,
  },
  {
    name: 'a claim that lost its volume, though only a job uses it',
    break: (replay) => {
      replay.one('persistentvolumeclaims', 'open-webui-data-backup').status = { phase: 'Lost' };
    },
    says: /PersistentVolumeClaim open-webui-data-backup-backups: is Lost/,
  },
]);
