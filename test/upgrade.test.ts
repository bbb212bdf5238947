import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { breakingChanges, withoutNote } from '../cli/upgrade/changes';
import { fixedFields, type KubernetesObject } from '../cli/upgrade/fixed-fields';
import { readRelease } from '../cli/upgrade/release-record';
import { runUpgrade } from '../cli/upgrade-command';

const root = path.join(__dirname, '..');

function newestRelease(): string {
  const numbers = (file: string) => file.split('.').map(Number);
  const [newest] = fs.readdirSync(path.join(root, 'releases')).sort((a, b) => {
    const [x, y] = [numbers(a), numbers(b)];
    const at = x.findIndex((part, index) => part !== y[index] && !Number.isNaN(part));
    return at < 0 ? 0 : y[at] - x[at];
  });
  return path.join(root, 'releases', newest);
}

test('whoever applies dist/ over the last release finds a note for each change that an apply cannot make', () => {
  const changes = breakingChanges(readRelease(newestRelease()), readRelease(path.join(root, 'dist')));
  expect(withoutNote(changes, fs.readFileSync(path.join(root, 'docs', 'upgrades.md'), 'utf8'))).toEqual([]);
});

const named = (kind: string, rest: object = {}): KubernetesObject => ({ kind, metadata: { name: 'x' }, ...rest });
const record = (object: KubernetesObject, file = 'a.yaml') => ({
  files: [file],
  objects: { [`${object.kind}/${object.metadata.name}`]: fixedFields(object) },
});

describe('what cannot be changed in place', () => {
  test.each([
    [
      'spec.selector',
      named('Deployment', { spec: { selector: { a: '1' } } }),
      named('Deployment', { spec: { selector: { a: '2' } } }),
    ],
    [
      'spec.volumeClaimTemplates',
      named('StatefulSet', { spec: { volumeClaimTemplates: [{ size: 1 }] } }),
      named('StatefulSet', { spec: { volumeClaimTemplates: [{ size: 2 }] } }),
    ],
    ['spec.serviceName', named('StatefulSet', { spec: { serviceName: 'a' } }), named('StatefulSet', { spec: {} })],
    ['spec.clusterIP', named('Service', { spec: {} }), named('Service', { spec: { clusterIP: 'None' } })],
    [
      'spec.template',
      named('Job', { spec: { template: { image: 'a:1' } } }),
      named('Job', { spec: { template: { image: 'a:2' } } }),
    ],
    [
      'spec.storageClassName',
      named('PersistentVolumeClaim', { spec: { storageClassName: 'a' } }),
      named('PersistentVolumeClaim', { spec: { storageClassName: 'b' } }),
    ],
    ['roleRef', named('RoleBinding', { roleRef: { name: 'a' } }), named('RoleBinding', { roleRef: { name: 'b' } })],
    [
      'data',
      named('ConfigMap', { immutable: true, data: { a: '1' } }),
      named('ConfigMap', { immutable: true, data: { a: '2' } }),
    ],
  ])('%s', (field, before, after) => {
    const [change, ...others] = breakingChanges(record(before), record(after));
    expect(others).toEqual([]);
    expect(change.id).toBe(`${before.kind}/x ${field}`);
    expect(change.sentence).toContain('cannot be changed in place');
  });

  test('what an apply can change is no change', () => {
    const before = named('Deployment', { spec: { selector: { a: '1' }, replicas: 1 } });
    const after = named('Deployment', { spec: { selector: { a: '1' }, replicas: 5 } });
    expect(breakingChanges(record(before), record(after))).toEqual([]);
  });

  test('a file with another name', () => {
    const claim = named('ConfigMap', { data: {} });
    expect(breakingChanges(record(claim, '0500-a.yaml'), record(claim, '0600-a.yaml')).map(({ id }) => id)).toEqual([
      '0500-a.yaml',
    ]);
  });

  test.each([
    ['PersistentVolumeClaim', 1],
    ['Service', 1],
    ['ConfigMap', 0],
  ])('a %s that is gone', (kind, count) => {
    const none = { files: ['a.yaml'], objects: {} };
    expect(breakingChanges(record(named(kind, { spec: {} })), none)).toHaveLength(count);
  });

  test('a note takes the change off the list by its id in backquotes, and no other', () => {
    const changes = [
      { id: 'Deployment/a spec.selector', sentence: '' },
      { id: 'Deployment/b spec.selector', sentence: '' },
    ];
    expect(withoutNote(changes, '- `Deployment/a spec.selector`: delete it first')).toEqual([changes[1]]);
  });
});

describe('the command', () => {
  let folder: string;
  const written: string[] = [];

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'upgrade-'));
    written.length = 0;
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    for (const [release, selector] of [
      ['old', 'a'],
      ['new', 'b'],
    ]) {
      fs.mkdirSync(path.join(folder, release));
      const yaml = `kind: Deployment\nmetadata: { name: chat, namespace: ai }\nspec: { selector: { app: ${selector} } }\n`;
      fs.writeFileSync(path.join(folder, release, '0500-chat.yaml'), yaml);
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
    fs.rmSync(folder, { recursive: true });
  });
  const at = (name: string) => path.join(folder, name);

  test('names what breaks', () => {
    expect(runUpgrade([at('old'), at('new')])).toBe(1);
    expect(written.join('')).toMatch(
      /^Deployment\/ai\/chat spec\.selector: cannot be changed in place \(it was \{"app":"a"\}, now \{"app":"b"\}\)/,
    );
  });

  test('is content with a note', () => {
    fs.writeFileSync(at('notes.md'), 'Delete `Deployment/ai/chat spec.selector` first.');
    expect(runUpgrade([at('old'), at('new'), '--notes', at('notes.md')])).toBe(0);
    expect(written.join('')).toBe('0 changes need a migration note, 1 have one\n');
  });

  test('a record stands for the folder it was made of', () => {
    expect(runUpgrade([at('old'), '--record', at('old.json')])).toBe(0);
    fs.rmSync(at('old'), { recursive: true });
    expect(runUpgrade([at('old.json'), at('new')])).toBe(1);
  });

  test.each([[[]], [['a']], [['a', 'b', 'c']], [['a', 'b', '--record', 'c']], [['a', 'b', '--force']]])(
    '%j is a wrong command line',
    (argv) => {
      expect(runUpgrade(argv)).toBe(64);
    },
  );

  test('a folder without YAML, or none', () => {
    fs.mkdirSync(at('empty'));
    expect(runUpgrade([at('empty'), at('new')])).toBe(1);
    expect(runUpgrade([at('missing'), at('new')])).toBe(1);
    expect(written.join('')).toContain('has no YAML');
    expect(written.join('')).toContain('ENOENT');
  });
});
