import { dnsLabel } from '../platform/manifest-rules/name-forms';
import { nearestName } from '../platform/schema/nearest-name';
import { quoted } from '../platform/schema/value-words';
import * as form from './azure-names';
import { type AzureRule, formRule, repeated } from './azure-rule';
import { CLUSTER_RULES } from './cluster-rules';
import { DATA_RULES } from './data-rules';
import { DATABASE_RULES } from './database-rules';
import { EDGE_RULES } from './edge-rules';
import { formErrors } from './environment-form';
import type { AzureEnvironmentProps } from './environment-props';
import { IDENTITY_RULES } from './identity-rules';
import { NETWORK_RULES } from './network-rules';
import { OBSERVABILITY_RULES } from './observability-rules';
import { POOL_RULES } from './pool-rules';
import { REGIONS, zonesOf } from './regions';

/** The region that was meant by a name that is not right; a region that the list does not know yet is nobody's slip. */
function meantRegion(written: string): string | undefined {
  const name = written.replaceAll(/[\s()]/g, '').toLowerCase();
  const letters = (text: string) => text.replaceAll(/\d/g, '');
  const nearest = nearestName(name, Object.keys(REGIONS));
  return nearest === undefined ||
    (nearest !== name && (letters(nearest) === letters(name) || Math.abs(nearest.length - name.length) > 1))
    ? undefined
    : nearest;
}

const ENVIRONMENT_RULES: readonly AzureRule[] = [
  formRule('environment-name', dnsLabel, ({ name }) => [{ prop: 'name', value: name }]),
  formRule('environment-prefix', form.prefix, ({ prefix }) => [{ prop: 'prefix', value: prefix }]),
  formRule('environment-ids', form.guid, ({ subscriptionId, tenantId, administrators, state }) => [
    { prop: 'subscriptionId', value: subscriptionId },
    { prop: 'tenantId', value: tenantId },
    { prop: 'administrators.objectId', value: administrators.objectId },
    { prop: 'state.subscriptionId', value: state.subscriptionId },
  ]),
  formRule('resource-group-name', form.resourceGroupName, ({ resourceGroup, state }) => [
    { prop: 'resourceGroup', value: resourceGroup },
    { prop: 'state.resourceGroup', value: state.resourceGroup },
  ]),
  formRule('state-account-name', form.storageAccountName, ({ state }) => [
    { prop: 'state.storageAccount', value: state.storageAccount },
  ]),
  formRule('state-container-name', form.shareName, ({ state }) => [
    { prop: 'state.container', value: state.container },
  ]),
  {
    id: 'state-among-the-data',
    sentences: ({ state, storage, resourceGroup }) =>
      state.storageAccount === storage?.accountName || state.resourceGroup === resourceGroup
        ? [
            `state: the state would stand in ${state.resourceGroup}/${state.storageAccount}, which this environment makes itself: give it a resource group and an account of its own`,
          ]
        : [],
  },
  {
    id: 'region-name',
    sentences: ({ region }) => {
      const meant = meantRegion(region);
      return region in REGIONS || (meant === undefined && /^[a-z]+\d?$/.test(region))
        ? []
        : [
            `region: ${quoted(region)} must be the programmatic name of a region${meant ? `: write ${quoted(meant)}` : ', such as eastus'}`,
          ];
    },
  },
  {
    id: 'region-without-zones',
    sentences: (environment) =>
      zonesOf(environment) !== undefined && REGIONS[environment.region]?.zones === false
        ? [
            `zones: the region ${environment.region} has no availability zones: write zones: [], or choose a region that has some`,
          ]
        : [],
  },
  {
    id: 'zone-numbers',
    sentences: ({ zones = [] }) =>
      zones.some((zone) => !/^[123]$/.test(zone)) || repeated(zones).length > 0
        ? [`zones: ${quoted(zones.join(', '))} must be some of "1", "2" and "3", each once`]
        : [],
  },
];

/** All that is checked before anything is written. */
export const AZURE_RULES: readonly AzureRule[] = [
  ...ENVIRONMENT_RULES,
  ...NETWORK_RULES,
  ...DATABASE_RULES,
  ...DATA_RULES,
  ...CLUSTER_RULES,
  ...POOL_RULES,
  ...IDENTITY_RULES,
  ...OBSERVABILITY_RULES,
  ...EDGE_RULES,
];

/** All that is wrong with an environment, each a sentence with the name of its prop; empty when all is right. */
export function environmentSentences(environment: AzureEnvironmentProps): string[] {
  // The rules count on the fields being there.
  const errors = formErrors(environment);
  return errors.length > 0 ? errors : AZURE_RULES.flatMap(({ sentences }) => sentences(environment));
}
