import { NatGateway } from '@cdktf/provider-azurerm/lib/nat-gateway';
import { NatGatewayPublicIpAssociation } from '@cdktf/provider-azurerm/lib/nat-gateway-public-ip-association';
import { PrivateDnsZone } from '@cdktf/provider-azurerm/lib/private-dns-zone';
import { PrivateDnsZoneVirtualNetworkLink } from '@cdktf/provider-azurerm/lib/private-dns-zone-virtual-network-link';
import { PublicIp } from '@cdktf/provider-azurerm/lib/public-ip';
import { ResourceGroup } from '@cdktf/provider-azurerm/lib/resource-group';
import { SubnetNatGatewayAssociation } from '@cdktf/provider-azurerm/lib/subnet-nat-gateway-association';
import { VirtualNetwork } from '@cdktf/provider-azurerm/lib/virtual-network';
import { Token } from 'cdktf';
import type { Construct } from 'constructs';
import { AzureStack, type SharedValue } from './azure-stack';
import type { AzureEnvironmentProps } from './environment-props';
import { Delegation, GuardedSubnet } from './guarded-subnet';
import { databaseZoneOf } from './network-rules';
import { endpointZones, type PrivateService } from './private-service';
import { zonesOf } from './regions';
import { fromInternet, type TrafficRule, toApiManagement, toDatabase, toEndpoints } from './traffic-rules';

/**
 * The resource group and the network: a subnet for each kind of neighbour, each with its own security group, one way
 * out with fixed addresses, and the private zones of names. Nothing here holds data, and nothing is locked: a lock on
 * a network stops PostgreSQL from moving to its standby.
 */
export class NetworkStack extends AzureStack {
  public readonly resourceGroup: SharedValue;
  public readonly clusterSubnetId: SharedValue;
  public readonly databaseSubnetId: SharedValue;
  public readonly databaseZoneId: SharedValue;
  public readonly endpointSubnetId: SharedValue;
  /** Of Application Gateway for Containers, where there is one. */
  public readonly gatewaySubnetId?: SharedValue;
  /** Of API Management, where there is one. */
  public readonly edgeSubnetId?: SharedValue;
  /** Addresses that calls out of the cluster come from, as a list. */
  public readonly outboundAddresses: SharedValue;
  private readonly zoneIds: { readonly [service: string]: SharedValue };

  public constructor(scope: Construct, environment: AzureEnvironmentProps) {
    super(scope, 'network', environment);
    const { region: location, tags, network: plan } = environment;
    const group = new ResourceGroup(this, 'group', { name: environment.resourceGroup, location, tags });
    const place = { resourceGroupName: group.name, location, tags };
    const network = new VirtualNetwork(this, 'network', {
      ...place,
      name: this.nameOf('vnet'),
      addressSpace: plan.addressSpace,
    });
    const subnet = (name: string, range: string, rules: TrafficRule[], more: SubnetKind = {}) =>
      new GuardedSubnet(this, name, { ...place, ...more, network: network.name, name, range, rules });
    const cluster = subnet('cluster', plan.clusterRange, [], { closed: true });
    const database = subnet('database', plan.databaseRange, toDatabase(plan), { delegation: Delegation.POSTGRESQL });
    const endpoints = subnet('endpoints', plan.endpointRange, toEndpoints(plan), { closed: true });
    const gateway =
      plan.gatewayRange && subnet('gateway', plan.gatewayRange, fromInternet(), { delegation: Delegation.GATEWAY });
    const edge = plan.edgeRange && subnet('edge', plan.edgeRange, toApiManagement());

    this.resourceGroup = this.share('resource_group', group.name);
    this.clusterSubnetId = this.share('cluster_subnet_id', cluster.id);
    this.databaseSubnetId = this.share('database_subnet_id', database.id);
    this.endpointSubnetId = this.share('endpoint_subnet_id', endpoints.id);
    this.gatewaySubnetId = gateway ? this.share('gateway_subnet_id', gateway.id) : undefined;
    this.edgeSubnetId = edge ? this.share('edge_subnet_id', edge.id) : undefined;
    this.outboundAddresses = this.wayOut(place, cluster);

    const zone = (id: string, name: string) => {
      const created = new PrivateDnsZone(this, `${id}-zone`, { resourceGroupName: group.name, name, tags });
      new PrivateDnsZoneVirtualNetworkLink(this, `${id}-zone-link`, {
        resourceGroupName: group.name,
        name: this.nameOf(id),
        privateDnsZoneName: created.name,
        virtualNetworkId: network.id,
        tags,
      });
      return this.share(`${id}_zone_id`, created.id);
    };
    this.databaseZoneId = zone('database', databaseZoneOf(environment));
    this.zoneIds = Object.fromEntries(
      endpointZones(environment).map(({ service, zone: name }) => [service, zone(service, name)]),
    );
  }

  /** The private zone that holds the names of a service's private endpoints. */
  public zoneOf(service: PrivateService): SharedValue {
    return this.zoneIds[service];
  }

  private wayOut(place: Place, cluster: GuardedSubnet): SharedValue {
    const gateway = new NatGateway(this, 'nat', { ...place, name: this.nameOf('nat'), skuName: 'Standard' });
    const count = this.environment.network.outboundAddressCount ?? 1;
    const addresses = Array.from({ length: count }, (_, index) => {
      const id = `nat-address-${index + 1}`;
      const address = new PublicIp(this, id, {
        ...place,
        name: this.nameOf(id),
        allocationMethod: 'Static',
        sku: 'Standard',
        zones: zonesOf(this.environment),
      });
      new NatGatewayPublicIpAssociation(this, `${id}-association`, {
        natGatewayId: gateway.id,
        publicIpAddressId: address.id,
      });
      return address.ipAddress;
    });
    new SubnetNatGatewayAssociation(this, 'cluster-nat', { subnetId: cluster.id, natGatewayId: gateway.id });
    return this.share('outbound_addresses', Token.asString(addresses));
  }
}

interface SubnetKind {
  readonly delegation?: Delegation;
  readonly closed?: boolean;
}

interface Place {
  readonly resourceGroupName: string;
  readonly location: string;
  readonly tags?: { readonly [key: string]: string };
}
