import { quoted } from '../schema/value-words';
import { POD_KINDS } from './manifest';
import type { Part } from './part';
import { exactlyOne, givenOf, type RuleSet } from './rule-set';

const PROBES = ['startupProbe', 'readinessProbe', 'livenessProbe'];
const PROBE_HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const HOOK_HANDLERS = ['exec', 'httpGet', 'sleep', 'tcpSocket'];

/** Source: pkg/apis/core/validation, validateProbe, validateHandler, validateInitContainers. */
export const probeRules: RuleSet[] = [
  {
    kinds: POD_KINDS,
    parts: ({ containers }) => containers.flatMap((container) => given(container, PROBES)),
    rules: [
      {
        id: 'probe-handler',
        broken: (probe) => givenOf(probe, PROBE_HANDLERS).length !== 1,
        message: (probe) => exactlyOne(probe, PROBE_HANDLERS),
      },
      {
        id: 'probe-success-threshold',
        broken: (probe) => probe.key !== 'readinessProbe' && (probe.number('successThreshold') ?? 1) !== 1,
        message: (probe) =>
          `successThreshold is ${probe.number('successThreshold')}; only a readinessProbe may have other than 1`,
      },
      {
        id: 'probe-http-path',
        broken: (probe) => !(probe.at('httpGet').text('path') ?? '/').startsWith('/'),
        message: (probe) => `httpGet.path ${quoted(probe.at('httpGet').text('path') ?? '')} must start with "/"`,
      },
      {
        id: 'probe-port-unknown',
        broken: (probe) => portIsUnknown(probe),
        message: (probe) =>
          `port ${quoted(portOf(probe).text() ?? '')} is no port of this container; name one of ports, or write its number`,
      },
    ],
  },
  {
    kinds: POD_KINDS,
    parts: ({ containers }) =>
      containers.flatMap((container) => given(container.at('lifecycle'), ['postStart', 'preStop'])),
    rules: [
      {
        id: 'hook-handler',
        broken: (hook) => givenOf(hook, HOOK_HANDLERS).length !== 1,
        message: (hook) => exactlyOne(hook, HOOK_HANDLERS),
      },
    ],
  },
  {
    kinds: POD_KINDS,
    parts: ({ podSpec }) => podSpec.items('initContainers'),
    rules: [
      {
        id: 'init-container-probe',
        broken: (container) =>
          !container.has('restartPolicy') && givenOf(container, [...PROBES, 'lifecycle']).length > 0,
        message: (container) =>
          `has ${givenOf(container, [...PROBES, 'lifecycle']).join(' and ')}; an init container has none, unless its restartPolicy is Always`,
      },
    ],
  },
  {
    kinds: POD_KINDS,
    parts: ({ podSpec }) => podSpec.items('containers'),
    rules: [
      {
        id: 'container-restart-policy',
        broken: (container) => container.has('restartPolicy'),
        message: () =>
          'has restartPolicy, which only an init container may have; move it to initContainers to run it as a sidecar',
      },
    ],
  },
];

function given(part: Part, names: readonly string[]): Part[] {
  return givenOf(part, names).map((name) => part.at(name));
}

/** A probe names the port of its container or gives its number. */
function portOf(probe: Part): Part {
  return (probe.has('httpGet') ? probe.at('httpGet') : probe.at('tcpSocket')).at('port');
}

function portIsUnknown(probe: Part): boolean {
  const name = portOf(probe).text();
  return name !== undefined && !(probe.parent?.items('ports') ?? []).some((port) => port.text('name') === name);
}
