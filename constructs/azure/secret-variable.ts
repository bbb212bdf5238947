import { TerraformVariable } from 'cdktf';
import type { AzureStack } from './azure-stack';

/**
 * A value that a person or a pipeline gives at `terraform apply` as `TF_VAR_<name>`. It is ephemeral: neither a plan
 * nor a state ever holds it, and it fits nothing but write-only arguments.
 */
export function secretVariable(stack: AzureStack, name: string, description: string): string {
  const variable = new TerraformVariable(stack, name, {
    type: 'string',
    description,
    sensitive: true,
    nullable: false,
  });
  variable.addOverride('ephemeral', true);
  return variable.stringValue;
}
