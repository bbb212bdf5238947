import { quoted } from '../platform/schema/value-words';
import * as form from './azure-names';
import { type AzureRule, boundsRule, formRule, repeated } from './azure-rule';
import type { PublishedApi } from './edge-props';
import type { AzureEnvironmentProps } from './environment-props';

function apis({ edge }: AzureEnvironmentProps): readonly PublishedApi[] {
  return edge?.apis ?? [];
}

export const EDGE_RULES: readonly AzureRule[] = [
  formRule('edge-name', form.apiManagementName, ({ edge }) => [{ prop: 'edge.name', value: edge?.name }]),
  {
    id: 'edge-sku',
    sentences: ({ edge }) =>
      edge === undefined || /^(Developer_1|Premium_([1-9]|[12]\d|3[01]))$/.test(edge.sku)
        ? []
        : [
            `edge.sku: ${quoted(edge.sku)} cannot stand in the network: write "Premium_2", or "Developer_1" for development`,
          ],
  },
  formRule('edge-email', form.emailAddress, ({ edge }) => [
    { prop: 'edge.publisherEmail', value: edge?.publisherEmail },
  ]),
  formRule('edge-api-name', form.kebabCase, (environment) =>
    apis(environment).map(({ name }) => ({ prop: 'edge.apis', value: name })),
  ),
  formRule('edge-backend', form.httpsUrl, (environment) =>
    apis(environment).map(({ name, backendUrl }) => ({ prop: `edge.apis: backendUrl of ${name}`, value: backendUrl })),
  ),
  {
    id: 'edge-path',
    sentences: (environment) =>
      apis(environment)
        .filter(({ path }) => !/^[\w-]+(\/[\w-]+)*$/.test(path))
        .map(({ path }) => `edge.apis: path ${quoted(path)} must be of letters, digits, "-" and "_", such as mcp`),
  },
  {
    id: 'edge-apis-differ',
    sentences: (environment) => [
      ...repeated(apis(environment).map(({ name }) => name)).map(
        (name) => `edge.apis: two are called ${name}: give each a name of its own`,
      ),
      ...repeated(apis(environment).map(({ path }) => path)).map(
        (path) => `edge.apis: two have the path ${quoted(path)}: give each a path of its own`,
      ),
    ],
  },
  {
    id: 'edge-methods',
    sentences: (environment) =>
      apis(environment).flatMap(({ name, methods = [] }) =>
        methods
          .filter((method) => !/^[A-Z]+$/.test(method))
          .map((method) => `edge.apis: method ${quoted(method)} of ${name} must be in capitals, such as GET`),
      ),
  },
  boundsRule('edge-timeout', [1, 3600, 'seconds'], (environment) =>
    apis(environment).map(({ timeoutSeconds }) => ({ prop: 'edge.apis: timeoutSeconds', value: timeoutSeconds })),
  ),
  boundsRule('edge-rate', [1, 1_000_000, 'requests'], (environment) =>
    apis(environment).map(({ requestsPerMinute }) => ({
      prop: 'edge.apis: requestsPerMinute',
      value: requestsPerMinute,
    })),
  ),
];
