import { quoted } from '../platform/schema/value-words';
import { addressRange } from './address-range';
import * as form from './azure-names';
import { type AzureRule, boundsRule, formRule } from './azure-rule';
import { DataPlane, UpgradeChannel } from './cluster-props';

const ANYWHERE = 0;

export const CLUSTER_RULES: readonly AzureRule[] = [
  formRule('cluster-name', form.clusterName, ({ cluster }) => [{ prop: 'cluster.name', value: cluster.name }]),
  {
    id: 'api-private-and-public',
    sentences: ({ cluster: { privateApi, authorizedRanges = [] } }) =>
      privateApi && authorizedRanges.length > 0
        ? [
            'cluster.authorizedRanges: a private API has no public address that they could reach: leave out one of the two',
          ]
        : [],
  },
  {
    id: 'api-open-to-all',
    sentences: ({ cluster: { privateApi, authorizedRanges = [] } }) =>
      (privateApi === false && authorizedRanges.length === 0) ||
      authorizedRanges.some((range) => addressRange(range)?.prefix === ANYWHERE)
        ? [
            'cluster.authorizedRanges: the API would be open to everybody: name the ranges that people and pipelines come from, or make it private',
          ]
        : [],
  },
  {
    id: 'kubernetes-version',
    sentences: ({ cluster: { kubernetesVersion, upgradeChannel } }) => {
      const version = kubernetesVersion ?? '1.0';
      const minor = /^\d+\.\d+$/.test(version);
      const full = /^\d+\.\d+\.\d+$/.test(version);
      return minor || (full && upgradeChannel === UpgradeChannel.NONE)
        ? []
        : full
          ? [
              `cluster.kubernetesVersion: ${version} names a patch, which the upgrade channel chooses: write ${quoted(version.split('.').slice(0, 2).join('.'))}`,
            ]
          : [`cluster.kubernetesVersion: ${quoted(version)} must be a minor version such as "1.33"`];
    },
  },
  {
    id: 'advanced-networking-without-cilium',
    sentences: ({ cluster: { dataPlane, advancedNetworking } }) =>
      advancedNetworking && dataPlane === DataPlane.AZURE
        ? ['cluster.advancedNetworking: policies by host name need Cilium: write DataPlane.CILIUM, or leave it out']
        : [],
  },
  boundsRule('maintenance-hour', [0, 23, 'hours'], ({ cluster, database }) => [
    { prop: 'cluster.clusterMaintenance.hour', value: cluster.clusterMaintenance?.hour },
    { prop: 'cluster.nodeMaintenance.hour', value: cluster.nodeMaintenance?.hour },
    { prop: 'database.maintenance.hour', value: database.maintenance?.hour },
  ]),
  boundsRule('maintenance-length', [4, 24, 'hours'], ({ cluster }) => [
    { prop: 'cluster.clusterMaintenance.hours', value: cluster.clusterMaintenance?.hours },
    { prop: 'cluster.nodeMaintenance.hours', value: cluster.nodeMaintenance?.hours },
  ]),
];
