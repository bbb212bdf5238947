import fs from 'node:fs';
import path from 'node:path';
import { transformSync } from '@swc/core';
import { App } from 'cdk8s';
import { Platform } from '../constructs/platform/platform';
import { Workspace, type WorkspaceProps } from '../constructs/workspace';
import { aksProduction } from '../environments/aks-production';
import { aksProduction as azure } from '../environments/azure/aks-production';
import { problemsOf } from '../synth/render';
import type { Manifest } from './manifests';

// The TypeScript in the pages is run: whole programs as far as their synth, which would write files, and pieces of an
// environment as a workspace.

/** The TypeScript of a page, by the heading above it. */
function codeOf(name: string): Map<string, string> {
  const page = fs.readFileSync(path.join(__dirname, '..', 'docs', name), 'utf8');
  return new Map(
    page.split(/^## /m).flatMap((section) => {
      const [, code] = /^```ts\n([\s\S]*?)^```$/m.exec(section) ?? [];
      return code ? [[section.slice(0, section.indexOf('\n')), code] as const] : [];
    }),
  );
}

interface Outcome {
  readonly problems: string[];
  readonly objects: Manifest[];
  readonly printed: string;
}

function run(code = ''): Outcome {
  const { code: script } = transformSync(code, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  const apps: App[] = [];
  const printed: string[] = [];
  class WatchedApp extends App {
    constructor() {
      super();
      apps.push(this);
    }

    public override synth(): void {}
  }
  const modules: { readonly [name: string]: unknown } = {
    cdk8s: { ...jest.requireActual<object>('cdk8s'), App: WatchedApp },
    'cdk8s-open-webui': require('../constructs'),
  };
  const print = { log: (text: unknown) => void printed.push(String(text)) };
  new Function('require', 'exports', 'console', script)((name: string) => modules[name] ?? require(name), {}, print);
  return { ...outcomeOf(apps[0]), printed: printed.join('\n') };
}

function outcomeOf(app: App): Omit<Outcome, 'printed'> {
  const problems = problemsOf(app);
  return { problems, objects: problems.length > 0 ? [] : app.charts.flatMap((chart) => chart.toJson()) };
}

const named = ({ objects }: Pick<Outcome, 'objects'>) =>
  objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);

describe('docs/using-the-library.md', () => {
  const programs = codeOf('using-the-library.md');

  test('has no program that is not run here', () => {
    expect([...programs.keys()]).toEqual([
      'A whole workspace',
      'Secrets',
      'A program of your own',
      'A tool server of your own',
      'What is wrong',
    ]);
  });

  test('a whole workspace has the parts that are written', () => {
    const outcome = run(programs.get('A whole workspace'));
    expect(outcome.problems).toEqual([]);
    expect(named(outcome)).toEqual(
      expect.arrayContaining([
        'Namespace/assistant',
        'ExternalSecret/litellm-secrets',
        'Deployment/redis',
        'Deployment/litellm',
        'Deployment/claude-service',
        'Deployment/open-webui',
        'HTTPRoute/open-webui',
      ]),
    );
  });

  test('the Secrets that there must be are printed as the page says', () => {
    const program = programs.get('Secrets') ?? '';
    const [, said] = /\/\/ (.*) …/.exec(program) ?? [];
    const { problems, printed } = run(program);
    expect(problems).toEqual([]);
    expect(printed).toContain(said);
    expect(printed.split('\n').map((line) => line.split(':')[0])).toEqual([
      'litellm-secrets ANTHROPIC_API_KEY',
      'litellm-secrets LITELLM_MASTER_KEY',
      'open-webui-secrets WEBUI_SECRET_KEY',
    ]);
  });

  test('a program of one’s own is the example, which is compiled against the package', () => {
    const example = fs.readFileSync(path.join(__dirname, '..', 'examples', 'own-program.ts'), 'utf8');
    expect(example.slice(example.indexOf('\n') + 1)).toBe(programs.get('A program of your own'));
  });

  test('a tool server of one’s own is linked at both ends', () => {
    const outcome = run(programs.get('A tool server of your own'));
    expect(outcome.problems).toEqual([]);
    const policy = outcome.objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'search');
    expect(policy?.spec.ingress[0].from[0].podSelector.matchLabels['app.kubernetes.io/name']).toBe('mcp-proxy');
    expect(JSON.stringify(policy?.spec.egress)).toContain('10.7.0.0/16');
  });

  test('what is wrong is printed as the page says', () => {
    const program = programs.get('What is wrong') ?? '';
    const [, said] = /\/\/ (.*): …/.exec(program) ?? [];
    expect(run(program).printed).toContain(said);
  });
});

describe('docs/tenants-and-tools.md', () => {
  const pieces = codeOf('tenants-and-tools.md');

  test('has pieces of an environment', () => {
    expect([...pieces.keys()]).toEqual(['A server of others', 'A server in the cluster']);
  });

  test.each([...pieces])('%s: a workspace with it synthesizes', (_heading, code) => {
    const piece: Partial<WorkspaceProps> = new Function(`return {${code}};`)();
    const app = new App();
    new Workspace(app, 'page', { namespace: { name: 'page' }, platform: Platform.kubernetes(), ...piece });
    const outcome = outcomeOf(app);
    expect(outcome.problems).toEqual([]);
    expect(named(outcome)).toContain('Deployment/mcp-proxy');
  });
});

describe('docs/aks-production.md', () => {
  const contract = { tenantId: azure.tenantId, signIn: { clientId: azure.tenantId } };

  test('with sign-in by Entra ID, the vault is asked for nothing that azure.md does not put there', () => {
    const piece = codeOf('aks-production.md').get('1. Make it yours');
    const { signIn } = new Function('contract', `return {${piece}};`)(contract);
    const app = new App();
    const { workspace } = aksProduction;
    new Workspace(app, 'page', { ...workspace, openWebUi: { ...workspace.openWebUi, signIn } });
    const outcome = outcomeOf(app);
    expect(outcome.problems).toEqual([]);
    const asked = outcome.objects
      .filter(({ kind }) => kind === 'ExternalSecret')
      .flatMap(({ spec }) => spec.data.map(({ remoteRef }: { remoteRef: { key: string } }) => remoteRef.key as string));
    const page = fs.readFileSync(path.join(__dirname, '..', 'docs', 'azure.md'), 'utf8');
    expect(asked).toContain('open-webui-secrets-microsoft-client-secret');
    expect(asked.filter((name) => !page.includes(name))).toEqual([azure.database.urlSecret]);
  });
});
