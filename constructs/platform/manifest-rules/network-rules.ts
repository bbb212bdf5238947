import { isCidr } from '../schema/network-address';
import { quoted } from '../schema/value-words';
import { hostName, isWrong, mustBe, portName } from './name-forms';
import type { Part } from './part';
import { exactlyOne, givenOf, type RuleSet } from './rule-set';

/** Source: pkg/apis/networking/validation. */
export const networkRules: RuleSet[] = [
  {
    kinds: ['NetworkPolicy'],
    parts: ({ spec }) => trafficRules(spec).flatMap((rule) => [...rule.items('from'), ...rule.items('to')]),
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
    kinds: ['NetworkPolicy'],
    parts: ({ spec }) => trafficRules(spec).flatMap((rule) => rule.items('ports')),
    rules: [
      {
        id: 'policy-port-form',
        broken: (port) => isWrong(port.text('port'), portName),
        message: (port) => `port ${mustBe(port.text('port'), portName)}`,
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
    kinds: ['Ingress'],
    parts: ({ spec }) => [spec],
    rules: [
      {
        id: 'ingress-empty',
        broken: (spec) => spec.items('rules').length === 0 && !spec.has('defaultBackend'),
        message: () => 'has neither rules nor defaultBackend; give one',
      },
    ],
  },
  {
    kinds: ['Ingress'],
    parts: ({ spec }) => spec.items('rules'),
    rules: [
      {
        id: 'ingress-host',
        broken: (rule) => isWrong(rule.text('host'), hostName),
        message: (rule) => `host ${mustBe(rule.text('host'), hostName)}`,
      },
    ],
  },
  {
    kinds: ['Ingress'],
    parts: ({ spec }) => paths(spec),
    rules: [
      {
        id: 'ingress-path',
        broken: (path) => path.text('pathType') !== 'ImplementationSpecific' && !path.text('path')?.startsWith('/'),
        message: (path) => `path ${quoted(path.text('path') ?? '')} must start with "/"`,
      },
    ],
  },
  {
    kinds: ['Ingress'],
    parts: ({ spec }) => backends(spec),
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

function trafficRules(policy: Part): Part[] {
  return [...policy.items('ingress'), ...policy.items('egress')];
}

function paths(ingress: Part): Part[] {
  return ingress.items('rules').flatMap((rule) => rule.at('http').items('paths'));
}

function backends(ingress: Part): Part[] {
  const fallback = ingress.has('defaultBackend') ? [ingress.at('defaultBackend')] : [];
  return [...fallback, ...paths(ingress).map((path) => path.at('backend'))];
}

function wrongRanges(peer: Part): string[] {
  const block = peer.at('ipBlock');
  return [block.text('cidr'), ...block.items('except').map((range) => range.text())].filter(
    (range): range is string => range !== undefined && !isCidr(range),
  );
}
