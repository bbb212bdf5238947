import { isSchedule } from './cron-schedule';
import { dnsLabel } from './name-forms';
import type { Part } from './part';
import { exactlyOne, givenOf, type RuleSet, repeated } from './rule-set';

const METRIC_SOURCES = ['containerResource', 'external', 'object', 'pods', 'resource'];
const METRIC_VALUES = ['averageUtilization', 'averageValue', 'value'];
/** A CronJob's Jobs get a suffix of 11 characters, and a Job's name becomes a label. */
const LONGEST_CRON_JOB = 52;

/** Source: pkg/apis/apps, autoscaling, batch and policy: validation. */
export const workloadRules: RuleSet[] = [
  {
    kinds: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
    parts: ({ spec }) => [spec],
    rules: [
      {
        id: 'selector-empty',
        broken: (spec) =>
          spec.has('selector') && givenOf(spec.at('selector'), ['matchLabels', 'matchExpressions']).length === 0,
        message: () => 'selector is empty; give the labels of the template in selector.matchLabels',
      },
      {
        id: 'selector-mismatch',
        broken: (spec) => labelsMissedByTemplate(spec).length > 0,
        message: (spec) =>
          `selector wants ${labelsMissedByTemplate(spec).join(', ')}, which template.metadata.labels does not have`,
      },
    ],
  },
  {
    kinds: ['StatefulSet'],
    parts: ({ spec }) => [spec],
    rules: [
      {
        id: 'claim-template-repeated',
        broken: (spec) => repeated(claimNames(spec)).length > 0,
        message: (spec) => `several volumeClaimTemplates are called ${repeated(claimNames(spec)).join(', ')}`,
      },
    ],
  },
  {
    kinds: ['Deployment'],
    parts: ({ spec }) => [spec],
    rules: [
      {
        id: 'rolling-update-with-recreate',
        broken: (spec) => spec.at('strategy').text('type') === 'Recreate' && spec.at('strategy').has('rollingUpdate'),
        message: () => 'strategy is Recreate and has rollingUpdate; leave rollingUpdate out',
      },
      {
        id: 'rollout-without-room',
        broken: (spec) =>
          isZero(rollingUpdate(spec).at('maxSurge')) && isZero(rollingUpdate(spec).at('maxUnavailable')),
        message: () =>
          'strategy.rollingUpdate has maxSurge and maxUnavailable 0, so that no pod could be replaced; raise one',
      },
    ],
  },
  {
    kinds: ['HorizontalPodAutoscaler'],
    parts: ({ spec }) => [spec],
    rules: [
      {
        id: 'autoscaler-bounds',
        broken: (spec) => (spec.number('minReplicas') ?? 1) > (spec.number('maxReplicas') ?? Number.POSITIVE_INFINITY),
        message: (spec) =>
          `minReplicas ${spec.number('minReplicas')} is above maxReplicas ${spec.number('maxReplicas')}`,
      },
    ],
  },
  {
    kinds: ['HorizontalPodAutoscaler'],
    parts: ({ spec }) => spec.items('metrics'),
    rules: [
      {
        id: 'metric-source',
        broken: (metric) => givenOf(metric, METRIC_SOURCES).join() !== sourceOf(metric),
        message: (metric) => `type is ${metric.text('type')}, so give ${sourceOf(metric)} and no other source`,
      },
      {
        id: 'metric-target',
        broken: (metric) => metric.has(sourceOf(metric)) && givenOf(targetOf(metric), METRIC_VALUES).length !== 1,
        message: (metric) => `${sourceOf(metric)}.target ${exactlyOne(targetOf(metric), METRIC_VALUES)}`,
      },
    ],
  },
  {
    kinds: ['PodDisruptionBudget'],
    parts: ({ spec }) => [spec],
    rules: [
      {
        id: 'disruption-budget-twice',
        broken: (spec) => spec.has('minAvailable') && spec.has('maxUnavailable'),
        message: () => 'has minAvailable and maxUnavailable; leave one',
      },
    ],
  },
  {
    kinds: ['Job'],
    parts: (manifest) => [manifest],
    rules: [
      {
        id: 'job-name-length',
        broken: (job) => (job.at('metadata').text('name') ?? '').length > 63,
        message: () => `metadata.name becomes a label of the pods, so it must be ${dnsLabel.words}`,
      },
    ],
  },
  {
    kinds: ['CronJob'],
    parts: (manifest) => [manifest],
    rules: [
      {
        id: 'cron-job-name-length',
        broken: (job) => (job.at('metadata').text('name') ?? '').length > LONGEST_CRON_JOB,
        message: () => `metadata.name is longer than ${LONGEST_CRON_JOB} characters; its Jobs add a suffix to it`,
      },
      {
        id: 'cron-job-schedule',
        broken: (job) => !isSchedule(job.at('spec').text('schedule') ?? '@daily'),
        message: (job) =>
          `spec.schedule "${job.at('spec').text('schedule')}" must have five fields, such as "15 3 * * *", or be one such as @daily`,
      },
    ],
  },
];

function labelsMissedByTemplate(spec: Part): string[] {
  const wanted = spec.at('selector').at('matchLabels');
  const labels = spec.at('template').at('metadata').at('labels');
  return wanted.keys.filter((key) => wanted.text(key) !== labels.text(key)).map((key) => `${key}=${wanted.text(key)}`);
}

function claimNames(spec: Part): string[] {
  return spec.items('volumeClaimTemplates').map((claim) => claim.at('metadata').text('name') ?? '');
}

function rollingUpdate(spec: Part): Part {
  return spec.at('strategy').at('rollingUpdate');
}

function isZero(count: Part): boolean {
  return count.value === 0 || count.value === '0%';
}

/** `containerResource` for the type ContainerResource. */
function sourceOf(metric: Part): string {
  const type = metric.text('type') ?? '';
  return type.charAt(0).toLowerCase() + type.slice(1);
}

function targetOf(metric: Part): Part {
  return metric.at(sourceOf(metric)).at('target');
}
