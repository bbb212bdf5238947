import { quoted } from '../platform/schema/value-words';
import type { ServiceLevelObjective } from '../slo/objective';
import * as form from './azure-names';
import { type AzureRule, boundsRule, formRule, repeated } from './azure-rule';
import type { AzureEnvironmentProps } from './environment-props';

function objectives({ observability }: AzureEnvironmentProps): readonly ServiceLevelObjective[] {
  return observability.objectives ?? [];
}

export const OBSERVABILITY_RULES: readonly AzureRule[] = [
  boundsRule('log-retention', [30, 730, 'days'], ({ observability }) => [
    { prop: 'observability.logRetentionDays', value: observability.logRetentionDays },
  ]),
  formRule('alert-email', form.emailAddress, ({ observability }) =>
    observability.alertEmails.map((value) => ({ prop: 'observability.alertEmails', value })),
  ),
  {
    id: 'alerts-to-nobody',
    sentences: ({ observability }) =>
      observability.alertEmails.length === 0
        ? ['observability.alertEmails: nobody would be told: name at least one address']
        : [],
  },
  formRule('objective-name', form.kebabCase, (environment) =>
    objectives(environment).map(({ name }) => ({ prop: 'observability.objectives', value: name })),
  ),
  {
    id: 'objective-names-differ',
    sentences: (environment) =>
      repeated(objectives(environment).map(({ name }) => name)).map(
        (name) => `observability.objectives: two are called ${name}: give each a name of its own`,
      ),
  },
  {
    id: 'objective-part',
    sentences: (environment) =>
      objectives(environment)
        .filter(({ objective }) => !(objective > 0 && objective < 1))
        .map(
          ({ name, objective }) =>
            `observability.objectives: ${objective} of ${name} must be a part below 1, such as 0.999`,
        ),
  },
  {
    id: 'objective-counters',
    sentences: (environment) =>
      objectives(environment)
        .filter(({ good, bad }) => (good === undefined) === (bad === undefined))
        .map(
          ({ name }) => `observability.objectives: ${quoted(name)} must count either its good events or its bad ones`,
        ),
  },
];
