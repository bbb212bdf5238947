import { quantityNumber } from '../schema/quantity-form';
import { quoted } from '../schema/value-words';
import { type Manifest, POD_KINDS } from './manifest';
import { dnsLabel, environmentName, isWrong, mustBe, portName } from './name-forms';
import type { Part } from './part';
import { exactlyOne, givenOf, type RuleSet, repeated } from './rule-set';

const VALUE_SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef'];
const ENVIRONMENT_SOURCES = ['configMapRef', 'secretRef'];

/** Source: pkg/apis/core/validation, ValidateContainers and what it calls. */
export const containerRules: RuleSet[] = [
  {
    kinds: POD_KINDS,
    parts: ({ containers }) => containers,
    rules: [
      {
        id: 'container-name-form',
        broken: (container) => isWrong(container.text('name'), dnsLabel),
        message: (container) => `name ${mustBe(container.text('name'), dnsLabel)}`,
      },
      {
        id: 'image-form',
        broken: (container) => /^$|\s/.test(container.text('image') ?? 'absent'),
        message: (container) => `image ${quoted(container.text('image') ?? '')} must be a name without spaces`,
      },
      {
        id: 'environment-name-repeated',
        broken: (container) => repeated(container.texts('env', 'name')).length > 0,
        message: (container) => `env sets ${repeated(container.texts('env', 'name')).join(', ')} more than once`,
      },
      {
        id: 'environment-name-form',
        broken: (container) => wrongVariables(container).length > 0,
        message: (container) =>
          `env ${wrongVariables(container).map(quoted).join(', ')} must be ${environmentName.words}`,
      },
      {
        id: 'port-name-repeated',
        broken: (container) => repeated(container.texts('ports', 'name')).length > 0,
        message: (container) => `several ports are called ${repeated(container.texts('ports', 'name')).join(', ')}`,
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
    kinds: POD_KINDS,
    parts: itemsOfContainers('ports'),
    rules: [
      {
        id: 'port-name-form',
        broken: (port) => isWrong(port.text('name'), portName),
        message: (port) => `name ${mustBe(port.text('name'), portName)}`,
      },
    ],
  },
  {
    kinds: POD_KINDS,
    // Most variables hold a plain value: only the others are worth a part each.
    parts: itemsOfContainers('env', 'valueFrom'),
    rules: [
      {
        id: 'environment-value-twice',
        broken: (variable) => Boolean(variable.text('value')),
        message: () => 'has value and valueFrom; leave one',
      },
      {
        id: 'environment-value-source',
        broken: (variable) => givenOf(variable.at('valueFrom'), VALUE_SOURCES).length !== 1,
        message: (variable) => `valueFrom ${exactlyOne(variable.at('valueFrom'), VALUE_SOURCES)}`,
      },
    ],
  },
  {
    kinds: POD_KINDS,
    parts: itemsOfContainers('envFrom'),
    rules: [
      {
        id: 'environment-source',
        broken: (source) => givenOf(source, ENVIRONMENT_SOURCES).length !== 1,
        message: (source) => exactlyOne(source, ENVIRONMENT_SOURCES),
      },
    ],
  },
  {
    kinds: POD_KINDS,
    parts: itemsOfContainers('volumeMounts'),
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

function itemsOfContainers(name: string, having?: string): (manifest: Manifest) => Part[] {
  return ({ containers }) => containers.flatMap((container) => container.items(name, having));
}

function wrongVariables(container: Part): string[] {
  return container.texts('env', 'name').filter((name) => !environmentName.holds(name));
}

function portNumbers(container: Part): string[] {
  return container.items('ports').map((port) => `${port.number('containerPort')}/${port.text('protocol') ?? 'TCP'}`);
}

function mountPaths(container: Part): string[] {
  return container.texts('volumeMounts', 'mountPath');
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
