import { finds } from './broken';
import { Replay } from './replay';

finds('network', [
  {
    name: 'policies that nobody enforces',
    break: ({ pods }) => {
      pods.reaches = () => true;
    },
    says: /from Deployment open-webui to mcp-filesystem:8001: can be reached: are NetworkPolicies enforced here\?/,
  },
  {
    name: "a pod that reaches the machine's metadata",
    break: ({ pods }) => {
      pods.reaches = (_, host) => (host === '169.254.169.254' ? true : undefined);
    },
    says: /to the machine's metadata: can be reached/,
  },
  {
    name: 'a way that should be open',
    environment: 'phase2-kind',
    break: ({ pods }) => {
      pods.reaches = (_, host) => (host === 'litellm-service' ? false : undefined);
    },
    says: /from Deployment openwebui to litellm-service:4000: cannot be reached, though the policies open it/,
  },
  {
    name: 'an image to try nothing with, as not checked',
    break: ({ pods }) => {
      pods.programs = [];
    },
    says: /from Deployment mcp-github: its image has no program to try a connection with/,
    state: 'not checked',
  },
]);

describe('network', () => {
  test('asks by name where it must get through, so that DNS counts, and by address where it must not', async () => {
    const replay = await new Replay('phase2-kind').start();
    try {
      await replay.find('network');
      const { command } = replay.pods.commands.find(({ pod }) => pod.startsWith('openwebui')) ?? { command: [] };
      const hosts = command.slice(3).map((target) => target.split(':')[0]);
      expect(hosts).toEqual(expect.arrayContaining(['redis', 'litellm-service']));
      expect(hosts).toEqual(expect.arrayContaining([replay.one('services', 'claude-service').spec.clusterIP]));
    } finally {
      await replay.stop();
    }
  });

  test('expects of each pod what the rendered policies say, in both directions', async () => {
    const replay = await new Replay('phase2-kind').start();
    try {
      const findings = await replay.find('network');
      const says = Object.fromEntries(findings.map(({ subject, says }) => [subject, says]));
      expect(says['from Deployment openwebui']).toBe(
        "reaches redis:6379, litellm-service:4000; does not reach the machine's metadata, claude-service:8001",
      );
      expect(says['from Deployment redis']).toBe(
        "reaches nothing; does not reach the machine's metadata, the Internet, claude-service:8001, " +
          'litellm-service:4000, openwebui-service:8080',
      );
    } finally {
      await replay.stop();
    }
  });
});
