import fs from 'node:fs';
import path from 'node:path';
import { environments } from '../environments';
import { synthesize } from '../synth/environment';

const DIST = path.join(__dirname, '..', 'dist');

describe.each(environments.map((environment) => [environment.name, environment] as const))('%s', (name, environment) => {
  const { files, problems } = synthesize(environment);

  test('has nothing wrong with it', () => {
    expect(problems).toEqual([]);
  });

  test('renders what was reviewed', () => {
    for (const file of files) {
      expect(file.text).toMatchSnapshot(file.name);
    }
  });

  test('stands in dist/ as it is rendered now', () => {
    const committed = fs.readdirSync(path.join(DIST, name)).sort();
    expect(committed).toEqual(files.map((file) => file.name).sort());
    for (const file of files) {
      expect(fs.readFileSync(path.join(DIST, name, file.name), 'utf8')).toBe(file.text);
    }
  });

  test('begins with the namespace and numbers every part', () => {
    const manifests = files.map((file) => file.name).filter((file) => file.endsWith('.yaml'));
    expect(manifests[0]).toBe('0000-namespace.k8s.yaml');
    expect(manifests.every((file) => /^\d{4}-[a-z-]+\.k8s\.yaml$/.test(file))).toBe(true);
    expect(manifests).toEqual([...manifests].sort());
  });

  test('lists every file in the Kustomization, which kubectl apply -f does not read', () => {
    const kustomization = files.find((file) => file.name === 'Kustomization')?.text ?? '';
    for (const { name: file } of files.filter((candidate) => candidate.name.endsWith('.yaml'))) {
      expect(kustomization).toContain(`  - ${file}\n`);
    }
    expect(files.some((file) => /^kustomization\.ya?ml$/.test(file.name))).toBe(false);
  });
});
