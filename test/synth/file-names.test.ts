import { environments } from '../../environments';
import { type Environment, synthesize } from '../../synth/environment';

const namesOf = (environment: Environment) => synthesize(environment).files.map(({ name }) => name);
const parallel = environments.find(({ name }) => name === 'phase2-parallel') as Environment;
const { workspace } = parallel;

describe('the names of the files', () => {
  test('do not move when a part is added or taken away: a GitOps tool would delete and create everything again', () => {
    const all = namesOf(parallel);
    const without = namesOf({ ...parallel, workspace: { ...workspace, claudeService: undefined } });
    expect(without).toEqual(all.filter((name) => !/claude-service/.test(name)));
    const more = namesOf({ ...parallel, workspace: { ...workspace, tika: {}, ollama: {}, pipelines: {} } });
    expect(more).toEqual(expect.arrayContaining(all));
    expect(more).toHaveLength(all.length + 3);
  });

  test('are those of the constructs', () => {
    expect(namesOf(parallel).filter((name) => name.endsWith('.yaml'))).toEqual([
      '0000-namespace.k8s.yaml',
      '0200-redis.k8s.yaml',
      '0400-claude-service.k8s.yaml',
      '0410-litellm-gateway.k8s.yaml',
      '0500-open-webui-release.k8s.yaml',
      '0610-data-import.k8s.yaml',
      '0620-backup.k8s.yaml',
      'openwebui/0600-data-export.k8s.yaml',
    ]);
  });

  test('put the namespace first: a file that sorts before it fails on the first apply', () => {
    for (const environment of environments) {
      expect(namesOf(environment).filter((name) => /^\d/.test(name))[0]).toBe('0000-namespace.k8s.yaml');
    }
  });
});

test('phase 2 changes no field of phase 1 that cannot be changed', () => {
  const [before, after] = ['phase1-kind', 'phase2-kind'].map((name) =>
    synthesize(environments.find((environment) => environment.name === name) as Environment).files.flatMap(({ text }) =>
      text.split('---\n'),
    ),
  );
  const fields = (documents: readonly string[], kind: string, name: string) => {
    const document = documents.find((text) => text.includes(`kind: ${kind}\n`) && text.includes(`  name: ${name}\n`));
    return /^ {2}(selector:\n(?: {4}.*\n)+|volumeName.*\n|accessModes:\n(?: {4}.*\n)+|storageClassName.*\n)/gm[
      Symbol.match
    ](document ?? '');
  };
  for (const [kind, name] of [
    ['Deployment', 'openwebui'],
    ['Deployment', 'litellm'],
    ['PersistentVolumeClaim', 'openwebui-data-pvc'],
  ]) {
    expect(fields(before, kind, name)).not.toBeNull();
    expect(fields(after, kind, name)).toEqual(fields(before, kind, name));
  }
});
