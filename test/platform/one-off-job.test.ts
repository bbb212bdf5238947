import { Platform } from '../../constructs/platform/platform';
import type { WorkloadProps } from '../../constructs/platform/workload';
import { render } from '../render';
import { Program, RESOURCES, Task } from './program';

const job = (props: WorkloadProps = {}, defaults = {}) => render((scope) => new Task(scope, 'task', props, defaults));
const nameOf = (props: WorkloadProps = {}, defaults = {}) => job(props, defaults).find('Job').metadata.name;

test('as manifests', () => {
  const rendered = job();
  expect(rendered.problems).toEqual([]);
  expect(rendered.manifests).toMatchSnapshot();
});

describe("a Job's template is immutable, so its name", () => {
  test.each<[string, WorkloadProps]>([
    ['the image', { image: 'registry.example/task:2.0.0' }],
    ['a variable', { extraEnv: { A: '1' } }],
    ['a label of the pods', { podLabels: { team: 'a' } }],
    [
      'the resources',
      { resources: { ...RESOURCES, memory: { request: RESOURCES.memory?.limit, limit: RESOURCES.memory?.limit } } },
    ],
    ['the priority', { priorityClassName: 'high' }],
  ])('changes with %s', (_what, props) => {
    expect(nameOf(props)).not.toBe(nameOf());
  });

  test.each<[string, WorkloadProps, object]>([
    ['the same job again', {}, {}],
    ['a link to somebody', { extraEgress: [{ host: 'db.company.com', port: 5432 }] }, {}],
    ['another number of tries', {}, { backoffLimit: 1 }],
    ['another deadline', {}, { activeDeadlineSeconds: 60 }],
    ['being suspended', {}, { suspended: true }],
    ["the ServiceAccount's annotations", { serviceAccountAnnotations: { a: 'b' } }, {}],
  ])('stays with %s', (_what, props, defaults) => {
    expect(nameOf(props, defaults)).toBe(nameOf());
  });

  test('follows what is declared after it', () => {
    const late = render((scope) => new Task(scope, 'task').addVolume({ name: 'late', emptyDir: {} }));
    expect(late.find('Job').metadata.name).not.toBe(nameOf());
    expect(late.find('Job').metadata.name).toMatch(/^task-[0-9a-f]{8}$/);
  });

  test('is not that of its NetworkPolicy and ServiceAccount, which change in place', () => {
    const rendered = job();
    expect(rendered.find('NetworkPolicy', 'task')).toBeDefined();
    expect(rendered.find('ServiceAccount', 'task')).toBeDefined();
  });
});

describe('its pods', () => {
  const { spec } = job().find('Job');

  test('are tried again, but not for ever, and their log stays for a day', () => {
    expect(spec).toMatchObject({ backoffLimit: 6, activeDeadlineSeconds: 3600, ttlSecondsAfterFinished: 86_400 });
    expect(spec.template.spec.restartPolicy).toBe('Never');
  });

  test('wait behind programs that serve people', () => {
    expect(spec.template.spec.priorityClassName).toBe('workspace-batch');
  });

  test('are not started where a person starts them', () => {
    expect(job({}, { suspended: true }).find('Job').spec.suspend).toBe(true);
    expect(spec).not.toHaveProperty('suspend');
  });

  test('are selected by no Service, and by the policy that their links make', () => {
    const rendered = render((scope) => {
      new Task(scope, 'task').connectTo(new Program(scope, 'program'), 'http', 'asks');
    });
    expect(rendered.problems).toEqual([]);
    const { labels } = rendered.find('Job').spec.template.metadata;
    expect(labels).toMatchObject(rendered.find('NetworkPolicy', 'task').spec.podSelector.matchLabels);
    expect(labels).not.toMatchObject(rendered.find('Service').spec.selector);
  });
});

test('needs the room of one pod', () => {
  expect(job().construct.maxPods).toBe(1);
  expect(render((scope) => new Task(scope, 'task'), { platform: Platform.openshift() }).problems).toEqual([]);
});
