// Filesystem mirrors: one with the stand-in under the versions that the stacks ask for, one with azurerm 5.
import fs from 'node:fs';
import path from 'node:path';
import { providerSchema, providerVersion } from './provider-schema.mjs';

const REGISTRY = 'registry.terraform.io';
// OpenTofu looks for the same providers under a name of its own.
const REGISTRY_OF_OPENTOFU = 'registry.opentofu.org';
const PLATFORM = `${process.platform}_${{ x64: 'amd64', arm64: 'arm64' }[process.arch]}`;

/** The providers whose classes this repository has: each with its npm package's folder, and the version of its schema. */
export function providers(root) {
  return ['azurerm', 'azuread'].map((name) => {
    const folder = path.join(root, 'node_modules', '@cdktf', `provider-${name}`);
    return { name, folder, version: providerVersion(folder) };
  });
}

/** Puts the stand-in into a mirror, once for each provider, with the schema of the types that the stacks use. */
export function mirrorOfStandIns(mirror, program, root, stacks, answers) {
  for (const { name, folder } of providers(root)) {
    const home = place(mirror, name, versionOf(stacks, name), program);
    const resources = typesOf(stacks, 'resource', name);
    const dataSources = typesOf(stacks, 'data', name);
    fs.writeFileSync(
      path.join(home, 'schema.json'),
      JSON.stringify(providerSchema(folder, name, resources, dataSources)),
    );
    fs.copyFileSync(answers, path.join(home, 'answers.json'));
  }
}

/** The version of a provider that the stacks ask for. */
export function versionOf(stacks, name) {
  return stacks.map(({ configuration }) => configuration.terraform.required_providers[name]?.version).find(Boolean);
}

/** Puts one provider into a mirror. Answers with its folder. */
export function place(mirror, name, version, program) {
  const home = path.join(mirror, REGISTRY, 'hashicorp', name, version, PLATFORM);
  fs.mkdirSync(home, { recursive: true });
  const other = path.join(mirror, REGISTRY_OF_OPENTOFU, 'hashicorp', name, version);
  fs.mkdirSync(other, { recursive: true });
  fs.symlinkSync(home, path.join(other, PLATFORM));
  const target = path.join(home, `terraform-provider-${name}_v${version}`);
  fs.copyFileSync(program, target);
  fs.chmodSync(target, 0o755);
  return home;
}

function typesOf(stacks, kind, provider) {
  const types = stacks.flatMap(({ configuration }) => Object.keys(configuration[kind] ?? {}));
  return [...new Set(types)].filter((type) => type.startsWith(`${provider}_`)).sort();
}
