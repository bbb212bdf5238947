import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import * as library from '../../constructs';
import { propsErrors } from '../../constructs/platform/props-schema';
import generated from '../../constructs/platform/schema/props.generated.json';
import { environments } from '../../environments';

it('finds nothing in the environments of this repository', () => {
  for (const { name, workspace } of environments) {
    expect({ name, errors: propsErrors('WorkspaceProps', workspace) }).toEqual({ name, errors: [] });
  }
});

it('names the path from the environment down to the mistake', () => {
  const workspace = {
    namespace: { name: 'open-webui' },
    platform: library.Platform.aks(),
    openWebUi: {
      replicaz: 3,
      replicas: '3',
      resources: { cpu: { request: Cpu.units(1), limit: '4' }, memory: { request: Size.gibibytes(2) } },
      extraEnv: { DEBUG: true },
    },
  };
  expect(propsErrors('WorkspaceProps', workspace).sort()).toEqual([
    'openWebUi.extraEnv.DEBUG: expected a string, got true',
    'openWebUi.replicas: expected a number, got the string "3"',
    'openWebUi.replicaz: unknown key; did you mean replicas?',
    'openWebUi.resources.cpu.limit: expected an instance of Cpu, got the string "4"',
  ]);
});

it('knows the values of our enums and those of the packages below', () => {
  const errors = propsErrors('Tenant', { tenantId: 'google', displayName: 'Google', protocol: 'streamable' });
  expect(errors).toEqual(['protocol: "streamable" is not one of "auto", "streamable-http", "sse", "openapi"']);
});

it('knows the fields that a props interface inherits, under their TypeScript names', () => {
  expect(propsErrors('OpenWebUiReleaseProps', { extraVolumes: [{ name: 'x', downwardApi: {} }] })).toEqual([]);
  expect(propsErrors('OpenWebUiReleaseProps', { extraVolumes: [{ name: 'x', downwardAPI: {} }] })).toEqual([
    'extraVolumes[0].downwardAPI: unknown key; did you mean downwardApi?',
  ]);
});

it('leaves the props of constructs that others make to them', () => {
  expect(propsErrors('SomebodyElsesProps', { anything: 1 })).toEqual([]);
});

it('has the values, not the names, of every enum that the library exports', () => {
  const enums = Object.entries(generated.types as { [name: string]: { enum?: string[] } }).filter(
    ([name, type]) => type.enum && !name.includes('.'),
  );
  expect(enums.length).toBeGreaterThan(5);
  for (const [name, type] of enums) {
    const values = Object.values((library as unknown as { [name: string]: object })[name]);
    expect({ name, values: [...(type.enum ?? [])].sort() }).toEqual({ name, values: values.sort() });
  }
});
