import { Platform } from '../../constructs/platform/platform';
import { PodTemplate } from '../../constructs/platform/pod-template';
import { RESOURCES } from './program';

function podTemplate(): PodTemplate {
  const pod = new PodTemplate('program', Platform.kubernetes());
  pod.setMain({ name: 'main', image: 'registry.example/main:1', resources: RESOURCES });
  return pod;
}

describe('the checksum of the configuration', () => {
  const checksum = (...contents: string[]) => {
    const pod = podTemplate();
    for (const content of contents) {
      pod.restartOnChangeOf(() => content);
    }
    return pod.render({}).metadata?.annotations?.['checksum/config'];
  };

  test('restarts the pods when the content changes, and only then', () => {
    expect(checksum('a')).toBe(checksum('a'));
    expect(checksum('a')).not.toBe(checksum('b'));
  });

  test('tells two contents from one: what moves from one file to another is a change', () => {
    expect(checksum('ab', 'c')).not.toBe(checksum('a', 'bc'));
    expect(checksum('a', 'b')).not.toBe(checksum('b', 'a'));
  });

  test('is not there without configuration', () => {
    expect(podTemplate().render({}).metadata).toEqual({ labels: {}, annotations: undefined });
  });

  test('reads the content as late as it can: it may still change', () => {
    const pod = podTemplate();
    let content = 'early';
    pod.restartOnChangeOf(() => content);
    content = 'late';
    expect(pod.render({}).metadata?.annotations?.['checksum/config']).toBe(checksum('late'));
  });
});

describe('containers', () => {
  test('start in the order of declaration: a sidecar that an init container needs comes before it', () => {
    const pod = podTemplate();
    pod.addSidecar({ name: 'proxy', image: 'registry.example/proxy:1' });
    pod.addInit({ name: 'first', image: 'registry.example/first:1' });
    expect(pod.initContainers.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
      ['proxy', 'Always'],
      ['first', undefined],
    ]);
    expect(pod.images).toEqual(['registry.example/proxy:1', 'registry.example/first:1', 'registry.example/main:1']);
  });

  test('the main one can be changed after its declaration, as a proxy that takes over its probes must', () => {
    const pod = podTemplate();
    pod.changeMain({ livenessProbe: { exec: { command: ['true'] } } });
    expect(pod.main).toMatchObject({
      image: 'registry.example/main:1',
      livenessProbe: { exec: { command: ['true'] } },
    });
  });

  test('without a main one, the author of the construct is told', () => {
    expect(() => new PodTemplate('program', Platform.kubernetes()).main).toThrow(
      /^program: .*call setMain in the constructor/,
    );
  });
});

test('a scratch folder has a limit, so that one pod does not fill the disk of its node', () => {
  const pod = podTemplate();
  pod.addScratch('tmp', { path: '/tmp', sizeLimit: '64Mi' });
  const { spec } = pod.render({});
  expect(JSON.parse(JSON.stringify(spec?.volumes))).toEqual([
    { name: 'tmp', emptyDir: { sizeLimit: { value: '64Mi' } } },
  ]);
  expect(spec?.containers[0].volumeMounts).toEqual([{ name: 'tmp', mountPath: '/tmp' }]);
});

test('a port that a proxy takes over leaves the main container', () => {
  const pod = podTemplate();
  pod.addPort({ name: 'http', containerPort: 8000 });
  pod.removePort('http');
  pod.removePort('never-there');
  expect(pod.render({}).spec?.containers[0].ports).toBeUndefined();
});
