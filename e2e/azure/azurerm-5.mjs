// What azurerm 5 names otherwise than 4.73, so that it can judge the values in a stack that is written for 4.73. It is
// also the list of what a move to azurerm 5 has to change: a row that no stack needs, and a difference that has no row,
// both fail the check.
const SERVED = '5.2.0';

const DIFFERENCES = [
  {
    type: 'azurerm_private_dns_zone_virtual_network_link',
    what: 'the zone is given by its id',
    rewrite: (link) => {
      link.private_dns_zone_id = link.private_dns_zone_name.replace(/\.name\}$/, '.id}');
      delete link.private_dns_zone_name;
      delete link.resource_group_name;
    },
  },
  {
    type: 'azurerm_federated_identity_credential',
    what: 'the identity is given as user_assigned_identity_id',
    rewrite: (credential) => {
      credential.user_assigned_identity_id = credential.parent_id;
      delete credential.parent_id;
      delete credential.resource_group_name;
    },
  },
  {
    type: 'azurerm_subnet',
    what: 'each service endpoint is a block',
    rewrite: (subnet) => {
      subnet.service_endpoint = subnet.service_endpoints?.map((service) => ({ service }));
      delete subnet.service_endpoints;
    },
  },
  {
    type: 'azurerm_kubernetes_cluster',
    what: 'node auto-provisioning must be said, if only that it is manual',
    rewrite: (cluster) => {
      cluster.node_provisioning_profile = { mode: 'Manual' };
    },
  },
];

/** The version that the program of azurerm 5 is put into a mirror under. */
export const azurerm5Version = SERVED;

/**
 * The configuration as azurerm 5 takes it, without what is not azurerm's. Names the types that had to be rewritten.
 * Outputs go, too: they may speak of what went.
 */
export function forAzurerm5(original) {
  const configuration = structuredClone(original);
  const { terraform, provider, resource, data = {} } = configuration;
  terraform.required_providers = { azurerm: { ...terraform.required_providers.azurerm, version: SERVED } };
  configuration.provider = { azurerm: provider.azurerm };
  delete configuration.output;
  for (const types of [resource, data]) {
    for (const type of Object.keys(types)) {
      if (!/^(azurerm|terraform)_/.test(type)) delete types[type];
    }
  }
  const rewritten = DIFFERENCES.filter(({ type }) => resource[type]);
  for (const { type, rewrite } of rewritten) Object.values(resource[type]).forEach(rewrite);
  return { configuration, rewritten: rewritten.map(({ type }) => type) };
}

/** Rows that no stack needs any more. */
export function needless(rewritten) {
  return DIFFERENCES.map(({ type }) => type).filter((type) => !rewritten.includes(type));
}
