import fs from 'node:fs';
import path from 'node:path';
import { environments } from '../environments';
import { synthesize } from '../synth/environment';

const DIST = path.join(__dirname, '..', 'dist');

describe.each(environments.map((environment) => [environment.name, environment] as const))(
  '%s',
  (name, environment) => {
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
      const committed = fs
        .readdirSync(path.join(DIST, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(path.join(DIST, name), path.join(entry.parentPath, entry.name)));
      expect(committed.sort()).toEqual(files.map((file) => file.name).sort());
      for (const file of files) {
        expect(fs.readFileSync(path.join(DIST, name, file.name), 'utf8')).toBe(file.text);
      }
    });

    test('begins with the namespace and numbers every part', () => {
      const manifests = files.map((file) => file.name).filter((file) => /^[^/]*\.yaml$/.test(file));
      expect(manifests[0]).toBe('0000-namespace.k8s.yaml');
      expect(manifests.every((file) => /^\d{4}-[a-z-]+\.k8s\.yaml$/.test(file))).toBe(true);
      expect(manifests).toEqual([...manifests].sort());
    });

    test('lists every file in the Kustomization, which kubectl apply -f does not read', () => {
      for (const { name: file } of files.filter((candidate) => candidate.name.endsWith('.yaml'))) {
        const kustomization = files.find(({ name }) => name === path.join(path.dirname(file), 'Kustomization'));
        expect(kustomization?.text).toContain(`  - ${path.basename(file)}\n`);
      }
      expect(files.some((file) => /kustomization\.ya?ml$/.test(file.name))).toBe(false);
    });

    test('changes nothing in another namespace unless a person applies the folder of that name', () => {
      const namespace = environment.workspace.namespace.name;
      for (const file of files.filter((candidate) => candidate.name.endsWith('.yaml'))) {
        const namespaces = [...file.text.matchAll(/^ {2}namespace: (.*)$/gm)].map(([, found]) => found);
        const folder = path.dirname(file.name);
        expect(new Set(namespaces)).toEqual(
          new Set(namespaces.length > 0 ? [folder === '.' ? namespace : folder] : []),
        );
      }
    });
  },
);
