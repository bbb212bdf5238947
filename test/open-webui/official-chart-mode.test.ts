import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../../constructs/open-webui-release';
import type { Manifest } from '../manifests';
import { render } from '../render';

/** A release that gives the pod and its container every field that it can have. */
const EVERYTHING: OpenWebUiReleaseProps = {
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: ['registry'],
  nodeSelector: { pool: 'chat' },
  tolerations: [{ key: 'pool', value: 'chat' }],
  affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
  hostAliases: [{ ip: '10.0.0.1', hostnames: ['login.company.com'] }],
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }],
  priorityClassName: 'chat',
  runtimeClassName: 'kata',
  podLabels: { team: 'ai' },
  extraEnv: { WEBUI_NAME: 'Chat' },
  extraEnvFrom: [{ configMapRef: { name: 'extra' } }],
  extraVolumes: [{ name: 'extra', emptyDir: {} }],
  extraVolumeMounts: [{ name: 'extra', mountPath: '/extra' }],
  extraInitContainers: [{ name: 'first', image: 'registry.example/first:1' }],
};

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'stub-chart-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** What is wrong where the chart renders the workload that was asked for, but for one change. */
function problemsWith(change: (workload: Manifest) => void): string[] {
  const wanted = render((scope) => new OpenWebUiRelease(scope, 'open-webui', EVERYTHING)).find('Deployment');
  const workload = structuredClone(wanted);
  change(workload);
  fs.writeFileSync(path.join(folder, 'rendered.yaml'), JSON.stringify(workload));
  const helm = path.join(folder, 'helm');
  const print = `process.stdout.write(require('node:fs').readFileSync('${path.join(folder, 'rendered.yaml')}'));`;
  fs.writeFileSync(helm, `#!${process.execPath}\n${print}\n`, { mode: 0o755 });
  return render((scope) => new OpenWebUiRelease(scope, 'open-webui', EVERYTHING).inflateChart({ helmExecutable: helm }))
    .problems.map((problem) => problem.replace(/^\[[^\]]*\] /, ''))
    .filter((problem) => problem.startsWith('open-webui:'));
}

const lost = (what: string) =>
  `open-webui: the chart did not render what it was told, ${what}: take another version of the chart, or leave inflateChart out`;
const templateOf = ({ spec }: Manifest) => spec.template;
const podOf = (workload: Manifest) => templateOf(workload).spec;
const mainOf = (workload: Manifest) => podOf(workload).containers[0];

const whole = podOf(
  render((scope) => new OpenWebUiRelease(scope, 'open-webui', EVERYTHING)).find('Deployment') as Manifest,
);
/** What the construct adds to the chart's workload itself, and lists that are compared entry by entry. */
const OTHERWISE = {
  container: ['name', 'ports', 'lifecycle', 'env', 'volumeMounts'],
  pod: ['containers', 'initContainers', 'volumes', 'terminationGracePeriodSeconds'],
};

test('without helm the message says what to do', () => {
  const declare = () =>
    render((scope) => new OpenWebUiRelease(scope, 'open-webui').inflateChart({ helmExecutable: '/no/helm' }));
  expect(declare).toThrow(
    'open-webui: the official chart needs the program helm, which "/no/helm" is not: install it, name it in helmExecutable, or leave inflateChart out',
  );
});

describe('a chart that does not render what it was told', () => {
  test('is not one that renders all of it', () => {
    expect(problemsWith(() => undefined)).toEqual([]);
  });

  test.each(Object.keys(whole.containers[0]).filter((field) => !OTHERWISE.container.includes(field)))(
    'is noticed by the container: %s',
    (field) => {
      expect(problemsWith((workload) => delete mainOf(workload)[field])).toEqual([lost(field)]);
    },
  );

  test.each(Object.keys(whole).filter((field) => !OTHERWISE.pod.includes(field)))(
    'is noticed by the pod: %s',
    (field) => {
      expect(problemsWith((workload) => delete podOf(workload)[field])).toEqual([lost(field)]);
    },
  );

  test.each<[string, (workload: Manifest) => void]>([
    ['volume extra', (workload) => remove(podOf(workload).volumes, 'extra')],
    ['mount extra', (workload) => remove(mainOf(workload).volumeMounts, 'extra')],
    ['init container first', (workload) => remove(podOf(workload).initContainers, 'first')],
    ['variable WEBUI_NAME', (workload) => remove(mainOf(workload).env, 'WEBUI_NAME')],
    ['variable WEBUI_NAME once', (workload) => mainOf(workload).env.push({ name: 'WEBUI_NAME', value: 'Chat' })],
    ['label team', (workload) => delete templateOf(workload).metadata.labels.team],
  ])('is noticed by an entry: %s', (what, change) => {
    expect(problemsWith(change)).toEqual([lost(what)]);
  });
});

function remove(list: { name: string }[], name: string): void {
  list.splice(
    list.findIndex((entry) => entry.name === name),
    1,
  );
}
