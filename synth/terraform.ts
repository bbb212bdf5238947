import fs from 'node:fs';
import path from 'node:path';
import { App, Manifest as CdktfManifest, TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import { AzureEnvironment } from '../constructs/azure/azure-environment';
import type { AzureEnvironmentProps } from '../constructs/azure/environment-props';
import type { Manifest, ManifestEntry } from './stack-files';

/** File of a stack, in the folder of its name. */
export const STACK_FILE = 'cdk.tf.json';

/** A stack as Terraform reads it. */
export interface RenderedStack {
  /** `<environment>-<stack>`. */
  readonly name: string;
  readonly text: string;
  /** What cdktf's command line has to know of it. */
  readonly manifest: ManifestEntry;
}

/** What came of environments: their stacks, or all that is wrong with them. */
export interface RenderedTerraform {
  /** Of cdktf. */
  readonly version: string;
  readonly stacks: readonly RenderedStack[];
  readonly problems: readonly string[];
}

/**
 * Renders environments to Terraform. It writes into a folder that is empty and goes afterwards: cdktf renders
 * references between stacks rightly only when it writes files.
 */
export function renderTerraform(environments: readonly AzureEnvironmentProps[], scratch: string): RenderedTerraform {
  const repeatedNames = nameErrors(environments);
  if (repeatedNames.length > 0) {
    return { version: '', stacks: [], problems: repeatedNames };
  }
  const app = new App({ outdir: scratch, stackTraces: false, hclOutput: false });
  const problems = environments.flatMap((environment) => declare(app, environment));
  if (problems.length > 0) {
    return { version: '', stacks: [], problems };
  }
  app.synth();
  const { version, stacks } = JSON.parse(
    fs.readFileSync(path.join(scratch, CdktfManifest.fileName), 'utf8'),
  ) as Manifest;
  const names = app.node
    .findAll()
    .filter(TerraformStack.isStack)
    .map(({ node }) => node.id);
  return {
    version,
    problems: [],
    stacks: names.map((name) => ({
      name,
      text: `${fs.readFileSync(path.join(scratch, CdktfManifest.stacksFolder, name, STACK_FILE), 'utf8')}\n`,
      manifest: stacks[name],
    })),
  };
}

/** Stacks are told apart by the name of their environment. */
function nameErrors(environments: readonly AzureEnvironmentProps[]): string[] {
  const names = environments.map(({ name }) => name);
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    return first < index
      ? [
          `[${name}] name: entry ${index + 1} of environments/azure/index.ts has the name of entry ${first + 1} and would overwrite its stacks: give it a name of its own`,
        ]
      : [];
  });
}

/** Declares an environment; answers with all that is wrong with it. */
function declare(app: App, environment: AzureEnvironmentProps): string[] {
  try {
    return problemsOf(new AzureEnvironment(app, environment));
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [String(error)];
  }
}

function problemsOf(root: IConstruct): string[] {
  return root.node.findAll().flatMap(({ node }) => node.validate().map((problem) => `[${node.path}] ${problem}`));
}
