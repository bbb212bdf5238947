import { isCidr } from '../schema/network-address';
import { quoted } from '../schema/value-words';
import { hostName, isWrong, mustBe, portName } from './name-forms';
import type { Part } from './part';
import { specOf } from './parts-of';
import { exactlyOne, givenOf, type RuleSet } from './rule-set';

const policies = specOf('NetworkPolicy');
const ingresses = specOf('Ingress');

const policyRules = (manifest: Part): Part[] =>
  policies(manifest).flatMap((spec) => [...spec.items('ingress'), ...spec.items('egress')]);
const backends = (manifest: Part): Part[] =>
  ingresses(manifest).flatMap((spec) => [
    ...(spec.has('defaultBackend') ? [spec.at('defaultBackend')] : []),
    ...paths(spec).map((path) => path.at('backend')),
  ]);
const paths = (spec: Part): Part[] => spec.items('rules').flatMap((rule) => rule.at('http').items('paths'));

/** Source: pkg/apis/networking/validation. */
export const networkRules: RuleSet[] = [
  {
    parts: (manifest) => policyRules(manifest).flatMap((rule) => [...rule.items('from'), ...rule.items('to')]),
    rules: [
      {
        id: 'peer-empty',
        broken: (peer) => peer.keys.length === 0,
        message: () => 'is empty; give podSelector, namespaceSelector or ipBlock (podSelector: {} is every pod)',
      },
      {
        id: 'peer-address-and-selector',
        broken: (peer) => peer.has('ipBlock') && peer.keys.length > 1,
        message: () => 'has ipBlock next to a selector; write two entries',
      },
      {
        id: 'peer-address',
        broken: (peer) => wrongRanges(peer).length > 0,
        message: (peer) => `${wrongRanges(peer).map(quoted).join(', ')} is no address range such as 10.0.0.0/8`,
      },
    ],
  },
  {
    parts: (manifest) => policyRules(manifest).flatMap((rule) => rule.items('ports')),
    rules: [
      {
        id: 'policy-port-form',
        broken: (port) => isWrong(port.at('port'), portName),
        message: (port) => `port ${mustBe(port.at('port'), portName)}`,
      },
      {
        id: 'policy-port-range',
        broken: (port) =>
          port.has('endPort') && (port.number('port') ?? Number.POSITIVE_INFINITY) > (port.number('endPort') ?? 0),
        message: () => 'endPort needs a port number that is not above it',
      },
    ],
  },
  {
    parts: ingresses,
    rules: [
      {
        id: 'ingress-empty',
        broken: (spec) => spec.given && spec.items('rules').length === 0 && !spec.has('defaultBackend'),
        message: () => 'has neither rules nor defaultBackend; give one',
      },
    ],
  },
  {
    parts: (manifest) => ingresses(manifest).flatMap((spec) => spec.items('rules')),
    rules: [
      {
        id: 'ingress-host',
        broken: (rule) => isWrong(rule.at('host'), hostName),
        message: (rule) => `host ${mustBe(rule.at('host'), hostName)}`,
      },
    ],
  },
  {
    parts: (manifest) => ingresses(manifest).flatMap(paths),
    rules: [
      {
        id: 'ingress-path',
        broken: (path) => path.text('pathType') !== 'ImplementationSpecific' && !path.text('path')?.startsWith('/'),
        message: (path) => `path ${quoted(path.text('path') ?? '')} must start with "/"`,
      },
    ],
  },
  {
    parts: backends,
    rules: [
      {
        id: 'ingress-backend',
        broken: (backend) => givenOf(backend, ['service', 'resource']).length !== 1,
        message: (backend) => exactlyOne(backend, ['service', 'resource']),
      },
      {
        id: 'ingress-backend-port',
        broken: (backend) =>
          backend.has('service') && givenOf(backend.at('service').at('port'), ['name', 'number']).length !== 1,
        message: (backend) => `service.port ${exactlyOne(backend.at('service').at('port'), ['name', 'number'])}`,
      },
    ],
  },
];

function wrongRanges(peer: Part): string[] {
  const block = peer.at('ipBlock');
  return [block.text('cidr'), ...block.items('except').map((range) => range.text())].filter(
    (range): range is string => range !== undefined && !isCidr(range),
  );
}
