import fs from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import bridged from '../images/mcp-filesystem/package.json';
import manifest from '../package.json';
import gateway from '../services/mcp-proxy/package.json';

// What a release is made of: the workflows, the changesets, and the one version that stands in several places.

const root = path.join(__dirname, '..');
const read = (...file: string[]) => fs.readFileSync(path.join(root, ...file), 'utf8');
const containerfiles = ['services', 'images'].flatMap((parent) =>
  fs
    .readdirSync(path.join(root, parent))
    .map((name) => path.join(parent, name, 'Containerfile'))
    .filter((file) => fs.existsSync(path.join(root, file))),
);

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Workflow {
  readonly jobs: {
    readonly [name: string]: {
      readonly uses?: string;
      readonly needs?: string;
      readonly steps?: readonly Step[];
      readonly permissions?: { readonly [scope: string]: string };
      readonly strategy?: {
        readonly matrix: {
          readonly folder?: readonly string[];
          readonly include?: readonly { readonly folder: string }[];
        };
      };
    };
  };
}

const workflows = fs
  .readdirSync(path.join(root, '.github', 'workflows'))
  .map((name) => ({ name, workflow: load(read('.github', 'workflows', name)) as Workflow }));
const jobsOf = ({ jobs }: Workflow) => Object.values(jobs);

describe('one version', () => {
  test.each(containerfiles)('is the default of %s', (file) => {
    expect(read(file)).toContain(`ARG VERSION=${manifest.version}\n`);
  });

  test.each(['claude-service', 'mcp-proxy', 'runtime'])('is that of services/%s', (service) => {
    expect(JSON.parse(read('services', service, 'package.json')).version).toBe(manifest.version);
  });
});

test('the image for files holds what the tests run: the same server and the same bridge', () => {
  for (const [name, version] of Object.entries(bridged.dependencies)) {
    expect({ [name]: gateway.devDependencies[name as keyof typeof gateway.devDependencies] }).toEqual({
      [name]: version,
    });
  }
});

describe('the workflows', () => {
  test('publish to npm without a token: who they are is proved, and they may only read', () => {
    const { library } = (load(read('.github', 'workflows', 'release.yml')) as Workflow).jobs;
    expect(library.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
    expect(workflows.map(({ name }) => read('.github', 'workflows', name)).join('')).not.toMatch(
      /NPM_TOKEN|NODE_AUTH_TOKEN/,
    );
  });

  test('publish nothing of a commit that CI has not passed', () => {
    const { jobs } = load(read('.github', 'workflows', 'release.yml')) as Workflow;
    const { needs = '' } = jobs.library;
    const [{ run }] = jobs[needs].steps ?? [];
    expect(run).toMatch(/gh run list .*--workflow ci\.yml --commit "\$GITHUB_SHA" --status success/);
    expect(jobs[needs].permissions).toEqual({ actions: 'read' });
    expect(workflows.map(({ name }) => name)).toContain('ci.yml');
    expect(jobs.images.needs).toBe('library');
  });

  test.each(workflows)('$name takes every action at a version', ({ workflow }) => {
    const uses = jobsOf(workflow).flatMap(({ uses: whole, steps = [] }) => [
      whole,
      ...steps.map(({ uses: one }) => one),
    ]);
    const named = uses.filter((action) => action !== undefined);
    expect(named.filter((action) => !/^\.\/|@(v\d+|[0-9a-f]{40})$/.test(action))).toEqual([]);
    for (const own of named.filter((action) => action.startsWith('./'))) {
      expect(fs.existsSync(path.join(root, own))).toBe(true);
    }
  });

  test.each(workflows)('$name runs what there is', ({ workflow }) => {
    const runs = jobsOf(workflow).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []));
    const scripts = runs.flatMap((run) => [...run.matchAll(/npm run ([a-z][a-z0-9:-]*)/g)].map(([, name]) => name));
    expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([]);
    const files = runs.flatMap((run) =>
      [...run.matchAll(/(?:node|bash) ([\w./-]+\/[\w./-]+)/g)].map(([, file]) => file),
    );
    expect(files.filter((file) => !fs.existsSync(path.join(root, file)))).toEqual([]);
  });

  test('build and push every image of this repository', () => {
    const folders = workflows.flatMap(({ workflow }) =>
      jobsOf(workflow).map(
        ({ strategy }) => strategy?.matrix.folder ?? strategy?.matrix.include?.map(({ folder }) => folder),
      ),
    );
    const built = folders.filter((list) => list !== undefined).map((list) => [...list].sort());
    const all = containerfiles.map((file) => path.dirname(file)).sort();
    expect(built).toEqual([all, all]);
  });
});

describe('a changeset', () => {
  const changesets = fs.readdirSync(path.join(root, '.changeset')).filter((name) => /^(?!README).*\.md$/.test(name));

  test('is of this package, with a level and a sentence', () => {
    const wrong = changesets.filter(
      (name) => !/^---\n'cdk8s-open-webui': (patch|minor|major)\n---\n\n\S/.test(read('.changeset', name)),
    );
    expect(wrong).toEqual([]);
  });

  test('leaves the private packages alone, whose version is this one’s', () => {
    expect(JSON.parse(read('.changeset', 'config.json')).ignore).toEqual(['@cdk8s-open-webui/*']);
  });
});
