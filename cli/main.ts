#!/usr/bin/env node
import { runUpgrade, UPGRADE_HELP } from './upgrade-command';
import { runValues, VALUES_HELP } from './values-command';

const HELP = `cdk8s-open-webui: constructs for a company's own AI workspace on Kubernetes

Usage: npx cdk8s-open-webui <command> [options]

Commands:
${VALUES_HELP}${UPGRADE_HELP}`;

const COMMANDS: { readonly [name: string]: ((argv: readonly string[]) => number) | undefined } = {
  values: runValues,
  upgrade: runUpgrade,
};
const USAGE = 64;

const [name, ...rest] = process.argv.slice(2);
const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command) {
  process.exitCode = command(rest);
} else if (name === undefined || name === '--help' || name === '-h') {
  process.stdout.write(HELP);
  process.exitCode = name === undefined ? USAGE : 0;
} else {
  process.stderr.write(
    `cdk8s-open-webui: there is no command ${JSON.stringify(name)}: see npx cdk8s-open-webui --help\n`,
  );
  process.exitCode = USAGE;
}
