import { quoted } from '../schema/value-words';
import { dnsLabel, isWrong, mustBe, portName } from './name-forms';
import type { Part } from './part';
import { type RuleSet, repeated } from './rule-set';

/** Source: pkg/apis/core/validation, ValidateService. */
export const serviceRules: RuleSet[] = [
  {
    kinds: ['Service'],
    parts: ({ spec }) => [spec],
    rules: [
      {
        id: 'service-without-ports',
        broken: (spec) => needsPorts(spec) && spec.items('ports').length === 0,
        message: () => 'ports is empty; a Service needs one, unless clusterIP is None or type is ExternalName',
      },
      {
        id: 'service-port-unnamed',
        broken: (spec) => spec.items('ports').length > 1 && spec.items('ports').some((port) => !port.has('name')),
        message: () => 'of several ports one has no name; name each',
      },
      {
        id: 'service-port-name-repeated',
        broken: (spec) => repeated(spec.texts('ports', 'name')).length > 0,
        message: (spec) => `several ports are called ${repeated(spec.texts('ports', 'name')).join(', ')}`,
      },
      {
        id: 'service-port-repeated',
        broken: (spec) => repeated(portNumbers(spec)).length > 0,
        message: (spec) => `ports has ${repeated(portNumbers(spec)).join(', ')} more than once`,
      },
      {
        id: 'external-name-missing',
        broken: (spec) => spec.text('type') === 'ExternalName' && !spec.text('externalName'),
        message: () => 'type is ExternalName, so externalName must be given',
      },
      {
        id: 'headless-type',
        broken: (spec) => spec.text('clusterIP') === 'None' && !['ClusterIP', undefined].includes(spec.text('type')),
        message: (spec) => `clusterIP is None, so type must be ClusterIP, not ${spec.text('type')}`,
      },
    ],
  },
  {
    kinds: ['Service'],
    parts: ({ spec }) => spec.items('ports'),
    rules: [
      {
        id: 'service-port-name-form',
        broken: (port) => isWrong(port.text('name'), dnsLabel),
        message: (port) => `name ${mustBe(port.text('name'), dnsLabel)}`,
      },
      {
        id: 'service-target-port',
        broken: (port) => isWrong(port.text('targetPort'), portName) || isNoPort(port.number('targetPort')),
        message: (port) =>
          port.text('targetPort') === undefined
            ? `targetPort ${port.number('targetPort')} is no port; write 1 to 65535`
            : `targetPort ${quoted(port.text('targetPort') ?? '')} must be ${portName.words}`,
      },
    ],
  },
];

function needsPorts(spec: Part): boolean {
  return spec.text('clusterIP') !== 'None' && spec.text('type') !== 'ExternalName';
}

function portNumbers(spec: Part): string[] {
  return spec.items('ports').map((port) => `${port.number('port')}/${port.text('protocol') ?? 'TCP'}`);
}

function isNoPort(port: number | undefined): boolean {
  return port !== undefined && (port < 1 || port > 65535);
}
