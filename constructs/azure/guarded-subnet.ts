import { NetworkSecurityGroup } from '@cdktf/provider-azurerm/lib/network-security-group';
import { NetworkSecurityRule } from '@cdktf/provider-azurerm/lib/network-security-rule';
import { Subnet } from '@cdktf/provider-azurerm/lib/subnet';
import { SubnetNetworkSecurityGroupAssociation } from '@cdktf/provider-azurerm/lib/subnet-network-security-group-association';
import { Construct } from 'constructs';
import type { TrafficRule } from './traffic-rules';

/** The service that a subnet is given to. */
export enum Delegation {
  POSTGRESQL = 'Microsoft.DBforPostgreSQL/flexibleServers',
  /** Application Gateway for Containers. */
  GATEWAY = 'Microsoft.ServiceNetworking/trafficControllers',
}

/** A subnet and who may talk to it. */
export interface GuardedSubnetProps {
  readonly resourceGroupName: string;
  readonly location: string;
  readonly tags?: { readonly [key: string]: string };
  /** Name of the virtual network. */
  readonly network: string;
  readonly name: string;
  /** Form: CIDR. */
  readonly range: string;
  /** In order of precedence; after them Azure's own rules, which let the network in and the internet not. */
  readonly rules: TrafficRule[];
  /** @default - to no service */
  readonly delegation?: Delegation;
  /** No way out but a NAT gateway. A subnet that is given to a service cannot be closed. @default false */
  readonly closed?: boolean;
}

/** A subnet with a security group of its own. */
export class GuardedSubnet extends Construct {
  /** Known once the security group is in place, so that nothing moves in before. */
  public readonly id: string;

  public constructor(scope: Construct, id: string, props: GuardedSubnetProps) {
    super(scope, id);
    const { resourceGroupName, location, tags, name, delegation } = props;
    const subnet = new Subnet(this, 'subnet', {
      resourceGroupName,
      virtualNetworkName: props.network,
      name,
      addressPrefixes: [props.range],
      privateEndpointNetworkPolicies: 'Enabled',
      defaultOutboundAccessEnabled: props.closed ? false : undefined,
      // PostgreSQL needs it for its log and its backups, and Azure adds it: left out, every later plan takes it away.
      serviceEndpoints: delegation === Delegation.POSTGRESQL ? ['Microsoft.Storage'] : undefined,
      delegation: delegation && [
        {
          name: 'service',
          serviceDelegation: { name: delegation, actions: ['Microsoft.Network/virtualNetworks/subnets/join/action'] },
        },
      ],
    });
    const group = new NetworkSecurityGroup(this, 'rules', {
      resourceGroupName,
      location,
      tags,
      name: `${name}-rules`,
    });
    props.rules.forEach(({ name: rule, from, ports, denied = false }, index) => {
      new NetworkSecurityRule(this, rule, {
        resourceGroupName,
        networkSecurityGroupName: group.name,
        name: rule,
        priority: 100 + 10 * index,
        direction: 'Inbound',
        access: denied ? 'Deny' : 'Allow',
        protocol: ports[0] === '*' ? '*' : 'Tcp',
        ...(from.length === 1 ? { sourceAddressPrefix: from[0] } : { sourceAddressPrefixes: [...from] }),
        sourcePortRange: '*',
        destinationAddressPrefix: '*',
        ...(ports.length === 1 ? { destinationPortRange: ports[0] } : { destinationPortRanges: [...ports] }),
      });
    });
    const association = new SubnetNetworkSecurityGroupAssociation(this, 'association', {
      subnetId: subnet.id,
      networkSecurityGroupId: group.id,
    });
    this.id = association.subnetId;
  }
}
