import { quoted } from '../schema/value-words';

/**
 * The forms of names in Kubernetes.
 * Source: k8s.io/apimachinery/pkg/util/validation and "Object Names and IDs" of the Kubernetes documentation.
 */
export interface NameForm {
  /** What a right name looks like, as it reads after "must be". */
  readonly words: string;
  readonly holds: (name: string) => boolean;
}

/** True when there is a name and it has not the form. */
export function isWrong(name: string | undefined, form: NameForm): name is string {
  return name !== undefined && !form.holds(name);
}

export function mustBe(name: string | undefined, form: NameForm): string {
  return `${quoted(name ?? '')} must be ${form.words}`;
}

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

export const dnsLabel: NameForm = {
  words: 'a DNS label: at most 63 lower-case letters, digits and hyphens, a letter or digit at both ends',
  holds: (name) => name.length <= 63 && LABEL.test(name),
};

/** RFC 1035: as dnsLabel, but the first character is a letter. */
export const serviceName: NameForm = {
  words: 'a DNS label that starts with a letter: at most 63 lower-case letters, digits and hyphens',
  holds: (name) => name.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name),
};

export const dnsSubdomain: NameForm = {
  words: 'a DNS subdomain: at most 253 lower-case letters, digits, hyphens and dots',
  holds: (name) => name.length <= 253 && SUBDOMAIN.test(name),
};

/** RBAC objects are looked up by path segment. */
export const pathSegment: NameForm = {
  words: 'neither "." nor "..", and without "/" and "%"',
  holds: (name) => name !== '.' && name !== '..' && !/[/%]/.test(name) && name !== '',
};

export const portName: NameForm = {
  words:
    'a port name: at most 15 lower-case letters, digits and single hyphens, with a letter and no hyphen at the ends',
  holds: (name) => name.length <= 15 && LABEL.test(name) && /[a-z]/.test(name) && !name.includes('--'),
};

export const labelKey: NameForm = {
  words: 'a key such as name or example.com/name: at most 63 letters, digits, "-", "_" and "." after the slash',
  holds: (key) => {
    const slash = key.lastIndexOf('/');
    const name = key.slice(slash + 1);
    return name.length <= 63 && QUALIFIED.test(name) && (slash < 0 || dnsSubdomain.holds(key.slice(0, slash)));
  },
};

export const labelValue: NameForm = {
  words: 'at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends, or empty',
  holds: (value) => value === '' || (value.length <= 63 && QUALIFIED.test(value)),
};

export const environmentName: NameForm = {
  words: 'letters, digits, "_", "-" and ".", not starting with a digit',
  holds: (name) => /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name) && name !== '.' && !name.startsWith('..'),
};

export const dataKey: NameForm = {
  words: 'a file name: at most 253 letters, digits, "-", "_" and ".", neither "." nor starting with ".."',
  holds: (key) => key.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(key) && key !== '.' && !key.startsWith('..'),
};

/** `*.example.com` or `chat.example.com`. */
export const hostName: NameForm = {
  words: 'a host name such as chat.example.com or *.example.com',
  holds: (name) => dnsSubdomain.holds(name.startsWith('*.') ? name.slice(2) : name),
};

/** Whether a text is a GUID, as Azure names tenants and clients. */
export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
