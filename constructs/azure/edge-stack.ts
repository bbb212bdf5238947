import { ApiManagement } from '@cdktf/provider-azurerm/lib/api-management';
import { ApiManagementApi } from '@cdktf/provider-azurerm/lib/api-management-api';
import { ApiManagementApiOperation } from '@cdktf/provider-azurerm/lib/api-management-api-operation';
import { ApiManagementApiPolicy } from '@cdktf/provider-azurerm/lib/api-management-api-policy';
import { PublicIp } from '@cdktf/provider-azurerm/lib/public-ip';
import type { Construct } from 'constructs';
import { AzureStack } from './azure-stack';
import { sendDiagnostics } from './diagnostics';
import { callerPolicy } from './edge-policy';
import type { EdgeProps, PublishedApi } from './edge-props';
import type { NetworkStack } from './network-stack';
import type { ObservabilityStack } from './observability-stack';
import { zonesOf } from './regions';

/** What MCP over HTTP uses. */
const DEFAULT_METHODS = ['GET', 'POST', 'DELETE'];

/**
 * API Management in front of what programs call: it checks their Entra tokens and counts their requests. People's
 * browsers do not come this way, they sign in to Open WebUI itself.
 */
export class EdgeStack extends AzureStack {
  public constructor(
    scope: Construct,
    private readonly network: NetworkStack,
    observability: ObservabilityStack,
    props: EdgeProps,
  ) {
    super(scope, 'edge', network.environment);
    const { region: location, tags } = this.environment;
    const place = { resourceGroupName: network.resourceGroup.in(this), location, tags };
    const [tier, units] = props.sku.split('_');
    // A unit stands in one zone: there are no more zones than units.
    const zones = tier === 'Premium' ? zonesOf(this.environment)?.slice(0, Number(units)) : undefined;
    const address = new PublicIp(this, 'address', {
      ...place,
      name: this.nameOf('api-address'),
      allocationMethod: 'Static',
      sku: 'Standard',
      zones: zonesOf(this.environment),
      domainNameLabel: props.name,
    });
    const service = new ApiManagement(this, 'api-management', {
      ...place,
      name: props.name,
      publisherName: props.publisherName,
      publisherEmail: props.publisherEmail,
      skuName: props.sku,
      zones,
      publicIpAddressId: address.id,
      minApiVersion: '2021-08-01',
      identity: { type: 'SystemAssigned' },
      virtualNetworkType: 'External',
      virtualNetworkConfiguration: { subnetId: network.edgeSubnetId?.in(this) ?? '' },
      protocols: { http2Enabled: true },
      security: {
        backendSsl30Enabled: false,
        backendTls10Enabled: false,
        backendTls11Enabled: false,
        frontendSsl30Enabled: false,
        frontendTls10Enabled: false,
        frontendTls11Enabled: false,
        tripleDesCiphersEnabled: false,
      },
    });
    sendDiagnostics(this, observability, 'api-management', service.id, { categories: ['GatewayLogs'] });
    for (const api of props.apis) {
      this.publish(service, api);
    }
    this.share('gateway_url', service.gatewayUrl);
  }

  private publish(service: ApiManagement, api: PublishedApi): void {
    const resourceGroupName = this.network.resourceGroup.in(this);
    const published = new ApiManagementApi(this, `api-${api.name}`, {
      apiManagementName: service.name,
      resourceGroupName,
      name: api.name,
      displayName: api.name,
      revision: '1',
      path: api.path,
      protocols: ['https'],
      serviceUrl: api.backendUrl,
      subscriptionRequired: false,
    });
    // A path without an operation is answered with 404.
    for (const method of api.methods ?? DEFAULT_METHODS) {
      new ApiManagementApiOperation(this, `api-${api.name}-${method.toLowerCase()}`, {
        apiManagementName: service.name,
        resourceGroupName,
        apiName: published.name,
        operationId: method.toLowerCase(),
        displayName: `${method} of any path`,
        method,
        urlTemplate: '/*',
      });
    }
    new ApiManagementApiPolicy(this, `api-${api.name}-policy`, {
      apiManagementName: service.name,
      resourceGroupName,
      apiName: published.name,
      xmlContent: callerPolicy(this.environment.tenantId, api),
    });
  }
}
