import { quantityNumber } from '../schema/quantity-form';
import { quoted } from '../schema/value-words';
import { dnsLabel, environmentName, isWrong, mustBe, portName } from './name-forms';
import type { Part } from './part';
import { containersOf, podSpecs } from './parts-of';
import { exactlyOne, givenOf, type RuleSet, repeated, repeatedNames } from './rule-set';

const VALUE_SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef'];
const ENVIRONMENT_SOURCES = ['configMapRef', 'secretRef'];

const containers = (manifest: Part): Part[] => podSpecs(manifest).flatMap(containersOf);

/** Source: pkg/apis/core/validation, ValidateContainers and what it calls. */
export const containerRules: RuleSet[] = [
  {
    parts: containers,
    rules: [
      {
        id: 'container-name-form',
        broken: (container) => isWrong(container.at('name'), dnsLabel),
        message: (container) => `name ${mustBe(container.at('name'), dnsLabel)}`,
      },
      {
        id: 'image-form',
        broken: (container) => /^$|\s/.test(container.text('image') ?? 'absent'),
        message: (container) => `image ${quoted(container.text('image') ?? '')} must be a name without spaces`,
      },
      {
        id: 'environment-name-repeated',
        broken: (container) => repeatedNames(container.items('env')).length > 0,
        message: (container) => `env sets ${repeatedNames(container.items('env')).join(', ')} more than once`,
      },
      {
        id: 'port-name-repeated',
        broken: (container) => repeatedNames(container.items('ports')).length > 0,
        message: (container) => `several ports are called ${repeatedNames(container.items('ports')).join(', ')}`,
      },
      {
        id: 'port-repeated',
        broken: (container) => repeated(portNumbers(container)).length > 0,
        message: (container) => `ports has ${repeated(portNumbers(container)).join(', ')} more than once`,
      },
      {
        id: 'mount-path-repeated',
        broken: (container) => repeated(mountPaths(container)).length > 0,
        message: (container) => `volumeMounts mounts ${repeated(mountPaths(container)).join(', ')} more than once`,
      },
      {
        id: 'request-above-limit',
        broken: (container) => tooMuchRequested(container.at('resources')).length > 0,
        message: (container) =>
          `resources requests more than it limits: ${tooMuchRequested(container.at('resources')).join(', ')}`,
      },
      {
        id: 'escalation-contradicted',
        broken: (container) => mayEscalate(container.at('securityContext')),
        message: () =>
          'securityContext denies allowPrivilegeEscalation and grants privileged or SYS_ADMIN; take one back',
      },
    ],
  },
  {
    parts: (manifest) => containers(manifest).flatMap((container) => container.items('ports')),
    rules: [
      {
        id: 'port-name-form',
        broken: (port) => isWrong(port.at('name'), portName),
        message: (port) => `name ${mustBe(port.at('name'), portName)}`,
      },
    ],
  },
  {
    parts: (manifest) => containers(manifest).flatMap((container) => container.items('env')),
    rules: [
      {
        id: 'environment-name-form',
        broken: (variable) => isWrong(variable.at('name'), environmentName),
        message: (variable) => `name ${mustBe(variable.at('name'), environmentName)}`,
      },
      {
        id: 'environment-value-twice',
        broken: (variable) => Boolean(variable.text('value')) && variable.has('valueFrom'),
        message: () => 'has value and valueFrom; leave one',
      },
      {
        id: 'environment-value-source',
        broken: (variable) =>
          variable.has('valueFrom') && givenOf(variable.at('valueFrom'), VALUE_SOURCES).length !== 1,
        message: (variable) => `valueFrom ${exactlyOne(variable.at('valueFrom'), VALUE_SOURCES)}`,
      },
    ],
  },
  {
    parts: (manifest) => containers(manifest).flatMap((container) => container.items('envFrom')),
    rules: [
      {
        id: 'environment-source',
        broken: (source) => givenOf(source, ENVIRONMENT_SOURCES).length !== 1,
        message: (source) => exactlyOne(source, ENVIRONMENT_SOURCES),
      },
    ],
  },
  {
    parts: (manifest) => containers(manifest).flatMap((container) => container.items('volumeMounts')),
    rules: [
      {
        id: 'mount-sub-path',
        broken: (mount) => mount.has('subPath') && mount.has('subPathExpr'),
        message: () => 'has subPath and subPathExpr; leave one',
      },
      {
        id: 'sub-path-form',
        broken: (mount) => isNoPathInside(mount.text('subPath')),
        message: (mount) => `subPath ${quoted(mount.text('subPath') ?? '')} must be relative and without ".."`,
      },
    ],
  },
];

function portNumbers(container: Part): string[] {
  return container.items('ports').map((port) => `${port.number('containerPort')}/${port.text('protocol') ?? 'TCP'}`);
}

function mountPaths(container: Part): (string | undefined)[] {
  return container.items('volumeMounts').map((mount) => mount.text('mountPath'));
}

function tooMuchRequested(resources: Part): string[] {
  return resources.at('requests').keys.filter((name) => {
    const requested = quantityNumber(resources.at('requests').at(name).value);
    const limit = quantityNumber(resources.at('limits').at(name).value);
    return requested !== undefined && limit !== undefined && requested > limit;
  });
}

function mayEscalate(context: Part): boolean {
  const added = context
    .at('capabilities')
    .items('add')
    .map((capability) => capability.text());
  const granted =
    context.at('privileged').value === true || added.includes('SYS_ADMIN') || added.includes('CAP_SYS_ADMIN');
  return context.at('allowPrivilegeEscalation').value === false && granted;
}

function isNoPathInside(path: string | undefined): boolean {
  return path !== undefined && (path.startsWith('/') || path.split('/').includes('..'));
}
