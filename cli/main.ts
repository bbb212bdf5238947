#!/usr/bin/env node
import { runValues, VALUES_HELP } from './values-command';

const HELP = `cdk8s-open-webui: constructs for a company's own AI workspace on Kubernetes

Usage: npx cdk8s-open-webui values <file> [options]

Commands:
${VALUES_HELP}`;

const [command, ...rest] = process.argv.slice(2);
if (command === 'values') {
  process.exitCode = runValues(rest);
} else if (command === undefined || command === '--help' || command === '-h') {
  process.stdout.write(HELP);
  process.exitCode = command === undefined ? 64 : 0;
} else {
  process.stderr.write(
    `cdk8s-open-webui: there is no command ${JSON.stringify(command)}: see npx cdk8s-open-webui --help\n`,
  );
  process.exitCode = 64;
}
