import { AzurermProvider } from '@cdktf/provider-azurerm/lib/provider';
import {
  AzurermBackend,
  DataTerraformRemoteStateAzurerm,
  type IResolvable,
  type TerraformElement,
  TerraformOutput,
  TerraformStack,
  Token,
} from 'cdktf';
import type { Construct, Node } from 'constructs';
import type { AzureEnvironmentProps } from './environment-props';

/** Write-only arguments, which keep secrets out of the state, came with it. */
const TERRAFORM_VERSION = '>= 1.11';

/**
 * The classes come from azurerm 4.55, the last that cdktf was generated from; its Grafana is one that Azure makes no
 * more. This one takes everything that the classes write, and Grafana 12 besides.
 */
const AZURERM_VERSION = '4.73.0';

/** What a subscription has to know before the stacks can be made; the provider's own lists miss some of them. */
const RESOURCE_PROVIDERS = [
  'Microsoft.AlertsManagement',
  'Microsoft.ApiManagement',
  'Microsoft.Cache',
  'Microsoft.ContainerRegistry',
  'Microsoft.ContainerService',
  'Microsoft.DBforPostgreSQL',
  'Microsoft.Dashboard',
  'Microsoft.KeyVault',
  'Microsoft.Monitor',
  'Microsoft.OperationalInsights',
  'Microsoft.OperationsManagement',
  'Microsoft.PolicyInsights',
  'Microsoft.ServiceNetworking',
  'microsoft.insights',
];

/** What every stack of an environment is made of: the provider, a state of its own, and values for other stacks. */
export abstract class AzureStack extends TerraformStack {
  private readonly remoteStates = new Map<AzureStack, DataTerraformRemoteStateAzurerm>();

  protected constructor(
    scope: Construct,
    /** What the stack holds, for example `network`. */
    public readonly part: string,
    public readonly environment: AzureEnvironmentProps,
  ) {
    super(scope, `${environment.name}-${part}`);
    this.addOverride('terraform.required_version', TERRAFORM_VERSION);
    this.addOverride('terraform.required_providers.azurerm.version', AZURERM_VERSION);
    new AzurermBackend(this, this.stateAt(part));
    new AzurermProvider(this, 'azurerm', {
      subscriptionId: environment.subscriptionId,
      tenantId: environment.tenantId,
      storageUseAzuread: true,
      resourceProviderRegistrations: 'core',
      resourceProvidersToRegister: [...RESOURCE_PROVIDERS],
      features: [
        {
          // A changed setting that needs a restart would cut every connection during `apply`: a person restarts.
          postgresqlFlexibleServer: [{ restartServerOnConfigurationValueChange: false }],
          // The accounts are private: Terraform looks at them through Azure's management, from anywhere.
          storage: [{ dataPlaneAvailable: false }],
          resourceGroup: [{ preventDeletionIfContainsResources: true }],
          keyVault: [{ purgeSoftDeleteOnDestroy: false, recoverSoftDeletedKeyVaults: true }],
        },
      ],
    });
  }

  /** Name of a resource that has none of its own. */
  public nameOf(what: string): string {
    return `${this.environment.prefix}-${what}`;
  }

  /** Gives a value to other stacks, under a name that stays the same. */
  public share(name: string, value: string): SharedValue {
    new TerraformOutput(this, name, { value, staticId: true });
    return new SharedValue(this, name, value);
  }

  /**
   * Says after each plan and apply whether something is as the manifests expect it. A failed check is a warning: it
   * does not stop an apply, which might be what mends it.
   */
  public check(name: string, condition: IResolvable, message: string): void {
    this.addOverride(`check.${name}.assert`, [{ condition, error_message: message }]);
  }

  /** @internal */
  public _outputOf(stack: AzureStack, name: string): string {
    let state = this.remoteStates.get(stack);
    if (state === undefined) {
      state = new DataTerraformRemoteStateAzurerm(this, `${stack.part}-state`, stack.stateAt(stack.part));
      this.remoteStates.set(stack, state);
      this.addDependency(stack);
    }
    return Token.asString(state.get(name));
  }

  /** Ids as they read in a plan: the construct's own, without a hash. */
  protected allocateLogicalId(element: Node | TerraformElement): string {
    const { scopes } = 'node' in element ? element.node : element;
    const below = scopes.slice(scopes.indexOf(this) + 1);
    return below.map(({ node }) => node.id.replaceAll('-', '_')).join('_');
  }

  private stateAt(part: string) {
    const { state, name, subscriptionId, tenantId } = this.environment;
    return {
      subscriptionId: state.subscriptionId ?? subscriptionId,
      tenantId,
      resourceGroupName: state.resourceGroup,
      storageAccountName: state.storageAccount,
      containerName: state.container,
      key: `${name}/${part}.tfstate`,
      useOidc: state.oidc ?? true,
      useAzureadAuth: true,
    };
  }
}

/** A value of one stack that others may read. */
export class SharedValue {
  public constructor(
    private readonly stack: AzureStack,
    private readonly name: string,
    private readonly value: string,
  ) {}

  /** As it is written in a stack: a reference there, an output of the other stack's state elsewhere. */
  public in(reader: AzureStack): string {
    return reader === this.stack ? this.value : reader._outputOf(this.stack, this.name);
  }
}
