import { ApiObject, Chart, Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import { checkManifestsAtSynth, renderedManifest } from '../../constructs/platform/manifest-check';
import { problemsOf } from '../../synth/render';
import { render } from '../render';
import { Program } from './program';

const configMap = (scope: Construct, id: string, name: string, more: object = {}) =>
  new ApiObject(scope, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more });

describe('objects are checked at synth', () => {
  test('whoever made them: a mistake in one that was added by hand is found, and named with its path', () => {
    const { problems } = render((scope) => {
      new Program(scope, 'program');
      configMap(scope, 'settings', 'settings', { dta: { a: 'b' } });
    });
    expect(problems).toEqual([expect.stringContaining('ConfigMap settings: dta: unknown key')]);
    expect(problems[0]).toMatch(/^\[test\/chart\/settings\] /);
  });

  test('once, however many programs ask for it', () => {
    const { problems } = render((scope) => {
      new Program(scope, 'a');
      new Program(scope, 'b');
      checkManifestsAtSynth(scope);
      configMap(scope, 'settings', 'settings', { dta: {} });
    });
    expect(problems).toHaveLength(1);
  });

  test('together: one that cannot be rendered does not hide the mistakes of the others', () => {
    const { problems } = render((scope) => {
      new Program(scope, 'program');
      configMap(scope, 'broken', 'broken', {
        data: Lazy.any({
          produce: () => {
            throw new Error('broken: there is no data');
          },
        }),
      });
      configMap(scope, 'settings', 'settings', { dta: {} });
    });
    expect(problems).toHaveLength(2);
    expect(problems.join('\n')).toContain('broken: there is no data');
    expect(problems.join('\n')).toContain('dta: unknown key');
  });

  test('against each other: of two objects with one name kubectl would keep the last', () => {
    const { problems } = render((scope) => {
      new Program(scope, 'a', { name: 'program' });
      new Program(scope, 'b', { name: 'program' });
    });
    for (const kind of ['Deployment', 'Service', 'NetworkPolicy', 'ServiceAccount']) {
      expect(problems.filter((problem) => problem.includes(`${kind} program`))).toHaveLength(1);
    }
  });

  test('and two of one name in two namespaces are two', () => {
    const { problems } = render((scope) => {
      new Program(scope, 'program');
      configMap(scope, 'settings', 'settings');
      configMap(new Chart(scope, 'elsewhere', { namespace: 'elsewhere' }), 'settings', 'settings');
    });
    expect(problems).toEqual([]);
  });
});

test('what was checked is what is written: an object is rendered once for both', () => {
  let rendered = 0;
  const { app, construct } = render((scope) => {
    new Program(scope, 'program');
    return configMap(scope, 'settings', 'settings', {
      data: Lazy.any({
        produce: () => {
          rendered += 1;
          return { count: String(rendered) };
        },
      }),
    });
  });
  expect(problemsOf(app)).toEqual([]);
  expect(renderedManifest(construct)).toMatchObject({ data: { count: '1' } });
  expect(rendered).toBe(1);
});
