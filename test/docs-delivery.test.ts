import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { transformSync } from '@swc/core';
import { App, type AppProps } from 'cdk8s';
import { problemsOf } from '../synth/render';
import type { Manifest } from './manifests';
import { Evaluator, type PodSet, type Policy } from './network/evaluator';

// The programs of two pages are run with all that they write, below a folder that is taken away again.

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'docs-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Runs the first program below a heading. */
function run(page: string, heading: string): App[] {
  const text = fs.readFileSync(path.join(__dirname, '..', 'docs', page), 'utf8');
  const [, code = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(text.slice(text.indexOf(`## ${heading}\n`))) ?? [];
  const apps: App[] = [];
  class AppBelow extends App {
    constructor({ outdir = 'dist' }: AppProps = {}) {
      super({ outdir: path.join(folder, page, outdir) });
      apps.push(this);
    }

    public override synth(): void {
      expect(problemsOf(this)).toEqual([]);
      super.synth();
    }
  }
  const modules: { readonly [name: string]: unknown } = {
    cdk8s: { ...jest.requireActual<object>('cdk8s'), App: AppBelow },
    'cdk8s-open-webui': require('../constructs'),
  };
  const { code: script } = transformSync(code, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  new Function('require', 'exports', script)((name: string) => modules[name], {});
  return apps;
}

const objectsOf = (app: App): Manifest[] => app.charts.flatMap((chart) => chart.toJson());

test('docs/gitops.md: the delivery names the folder into which the environment was written', () => {
  const [prod, delivery] = run('gitops.md', 'In a program of your own');
  const [application] = objectsOf(delivery).filter(({ kind }) => kind === 'Application');
  const delivered = path.join(folder, 'gitops.md', application.spec.source.path);
  expect(delivered).toBe(prod.outdir);
  expect(fs.readdirSync(delivered)).toHaveLength(prod.charts.length);
  expect(application.spec.destination.namespace).toBe('assistant');
});

test('docs/outside-clients.md: the team reaches the program that teams share, with a key of its own', () => {
  const objects = run('outside-clients.md', 'Clients in another namespace').flatMap(objectsOf);
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy') as unknown as Policy[];
  const evaluator = new Evaluator(policies, (namespace) => ({ 'kubernetes.io/metadata.name': namespace }));
  const podsOf = (name: string): PodSet => {
    const found = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
    return { name, namespace: found?.metadata.namespace ?? '', labels: found?.spec.template.metadata.labels };
  };
  expect(evaluator.podToPod(podsOf('open-webui'), podsOf('litellm'), 4000)).toBe(true);
  expect(evaluator.podToPod({ ...podsOf('open-webui'), namespace: 'other' }, podsOf('litellm'), 4000)).toBe(false);
  const app = JSON.stringify(
    objects.filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name !== 'litellm'),
  );
  expect(app).toContain('finance-models');
  expect(app).not.toContain('litellm-secrets');
});
