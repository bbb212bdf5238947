import type { AzureEnvironmentProps } from '../../constructs/azure/environment-props';
import { aksProduction } from './aks-production';

/** Every Azure environment that `npm run infra` writes Terraform for. */
export const azureEnvironments: readonly AzureEnvironmentProps[] = [aksProduction];
