import type { Construct } from 'constructs';
import {
  environmentVariable,
  environmentVariables,
  misreadValue,
  unreadVariable,
  VariableType,
} from '../../constructs/open-webui/environment-catalogue';
import { OpenWebUiRelease, type OpenWebUiReleaseProps } from '../../constructs/open-webui-release';
import { environments } from '../../environments';
import { describeRules } from '../broken-rules';
import { manifestsOf, podOwners } from '../manifests';
import { render } from '../render';

const declared = (props: OpenWebUiReleaseProps) => (scope: Construct) =>
  new OpenWebUiRelease(scope, 'open-webui', props);
interface Variable {
  readonly name: string;
  readonly value?: string;
}
const isSecretKey = ({ name }: Variable) => name === 'WEBUI_SECRET_KEY';
const APPENDIX = 'One that a function or tool of yours reads belongs into pluginVariables too';

describeRules('constructs/open-webui/environment-catalogue.ts', [
  {
    rule: 'environment-variable-known',
    when: "the seed's ENABLE_WORKSPACE",
    declare: declared({ extraEnv: { ENABLE_WORKSPACE: 'true' } }),
    sentence: `open-webui: ENABLE_WORKSPACE is no variable of Open WebUI (did you mean USER_PERMISSIONS_WORKSPACE_MODELS_ACCESS, … (the prop workspacePermissions)?). ${APPENDIX}`,
  },
  {
    rule: 'environment-variable-known',
    when: 'a letter too few',
    declare: declared({ extraEnv: { ENABLE_SIGNP: 'true' } }),
    sentence: `open-webui: ENABLE_SIGNP is no variable of Open WebUI (did you mean ENABLE_SIGNUP?). ${APPENDIX}`,
  },
  {
    rule: 'environment-variable-known',
    when: 'one that a release dropped',
    declare: declared({ extraEnv: { ENABLE_RAG_WEB_SEARCH: 'true' } }),
    sentence: `open-webui: ENABLE_RAG_WEB_SEARCH is read by no Open WebUI after 0.6.0. ${APPENDIX}`,
  },
  {
    rule: 'environment-value-read',
    when: 'a 1 that the app takes for false',
    declare: declared({ extraEnv: { ENABLE_WEB_SEARCH: '1' } }),
    sentence: 'open-webui: ENABLE_WEB_SEARCH is "1", and only "true" counts as true: write true or false',
  },
  {
    rule: 'environment-value-read',
    when: 'JSON with a comma too many',
    declare: declared({ extraEnv: { TERMINAL_SERVER_CONNECTIONS: '[{},]' } }),
    sentence: 'open-webui: TERMINAL_SERVER_CONNECTIONS is not JSON, and the app would ignore it',
  },
  {
    rule: 'environment-variable-since',
    when: 'an older release',
    declare: declared({ version: '0.8.4', extraEnv: { AUTOMATION_MAX_COUNT: '5' } }),
    sentence:
      'open-webui: Open WebUI 0.8.4 does not read AUTOMATION_MAX_COUNT (since 0.9.0): raise version, or leave it out',
  },
  {
    rule: 'plugin-variables-extra',
    when: 'a name that nothing sets',
    declare: declared({ pluginVariables: ['CRM_KEY'] }),
    sentence:
      'open-webui: pluginVariables names CRM_KEY, which neither extraEnv nor extraSecretEnv sets: set it there, or leave it out',
  },
]);

describe('the catalogue', () => {
  test('knows type, first release and place in the database', () => {
    expect(environmentVariable('ENABLE_SIGNUP')).toEqual({
      name: 'ENABLE_SIGNUP',
      type: VariableType.BOOLEAN,
      since: '0.3.35',
      databaseKey: 'ui.enable_signup',
    });
    expect(environmentVariable('TOOL_SERVER_CONNECTIONS')).toMatchObject({ type: VariableType.JSON, since: '0.7.0' });
    expect(environmentVariable('DATABASE_URL')?.databaseKey).toBeUndefined();
    expect(environmentVariable('toString')).toBeUndefined();
    expect(environmentVariables().length).toBeGreaterThan(900);
  });

  test('lets through what a plugin reads, and what the libraries in the image read', () => {
    const props = { extraEnv: { CRM_KEY: 'x', HTTPS_PROXY: 'http://proxy:3128' }, pluginVariables: ['CRM_KEY'] };
    expect(render(declared(props)).problems).toEqual([]);
  });

  test.each(environments.map(({ name }) => name))('has every variable that %s gives to Open WebUI', (name) => {
    const containers = podOwners(manifestsOf(name))
      .filter(({ kind }) => kind !== 'Job')
      .flatMap(({ spec }) => spec.template.spec.containers)
      .filter(({ image, env = [] }) => image.includes('/open-webui/open-webui:') && env.some(isSecretKey));
    expect(containers.length).toBeGreaterThan(0);
    const variables: Variable[] = containers.flatMap(({ env }) => env);
    // Kubernetes puts these into others' values.
    const parts = new Set(
      variables.flatMap(({ value = '' }) => [...value.matchAll(/\$\((\w+)\)/g)].map(([, part]) => part)),
    );
    expect(
      variables.flatMap((variable) => (parts.has(variable.name) ? [] : (unreadVariable(variable.name) ?? []))),
    ).toEqual([]);
    const values = variables.filter(({ value }) => value !== undefined && !value.includes('$('));
    expect(values.flatMap((variable) => misreadValue(variable.name, variable.value ?? '') ?? [])).toEqual([]);
  });
});
