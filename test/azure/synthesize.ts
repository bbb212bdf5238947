import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { AzureEnvironmentProps } from '../../constructs/azure';
import { renderTerraform } from '../../synth/terraform';

type Blocks = { readonly [type: string]: { readonly [name: string]: Block } };

/** One resource, as deep as it goes. */
// biome-ignore lint/suspicious/noExplicitAny: tests read what is there
export type Block = { readonly [key: string]: any };

/** A stack's file, parsed. */
export interface Stack {
  readonly resource: Blocks;
  readonly data?: Blocks;
  readonly output: { readonly [name: string]: Block };
  readonly variable?: { readonly [name: string]: Block };
  readonly check?: { readonly [name: string]: Block };
  readonly provider: { readonly [name: string]: readonly Block[] };
  readonly terraform: Block;
}

/** The stacks of an environment by their part, for example `network`. Error: something is wrong with it. */
export function synthesize(environment: AzureEnvironmentProps): { readonly [part: string]: Stack } {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'stacks-'));
  try {
    const { stacks, problems } = renderTerraform([environment], path.join(scratch, 'out'));
    if (problems.length > 0) {
      throw new Error(problems.join('\n'));
    }
    return Object.fromEntries(
      stacks.map(({ name, text }) => [
        name.slice(environment.name.length + 1),
        JSON.parse(text, withoutComments) as Stack,
      ]),
    );
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

/** All resources of a stack. */
export function resources({
  resource,
}: Stack): { readonly type: string; readonly name: string; readonly block: Block }[] {
  return Object.entries(resource).flatMap(([type, blocks]) =>
    Object.entries(blocks).map(([name, block]) => ({ type, name, block })),
  );
}

/** What cdktf says of itself is not Terraform's concern, nor a test's. */
function withoutComments(key: string, value: unknown): unknown {
  return key === '//' ? undefined : value;
}
