import '../matchers';
import { manifestErrors } from '../../constructs/platform/manifest-schema';
import generated from '../../constructs/platform/schema/kubernetes.generated.json';
import { modelErrors, modelOf } from '../matchers';
import { goodManifest, goodManifests, type KubernetesObject } from './good-manifests';

const CUSTOM_GROUP =
  /^(external-secrets\.io|gateway\.networking\.k8s\.io|route\.openshift\.io|cilium\.io|k8s\.ovn\.org|(?:az)?monitoring\.coreos\.com|keda\.sh|snapshot\.storage\.k8s\.io|argoproj\.io|(?:kustomize|source)\.toolkit\.fluxcd\.io|gateway\.envoyproxy\.io)\//;

/** The errors of a right object after one change. */
function errorsAfter(kind: string, change: (manifest: KubernetesObject) => void): string[] {
  const manifest = goodManifest(kind);
  change(manifest);
  return manifestErrors(manifest);
}

const container = (manifest: KubernetesObject) => manifest.spec.template.spec.containers[0];

describe('a right object of every kind', () => {
  it('is among the good ones for each kind that the table knows', () => {
    const known = Object.entries(generated.kinds).flatMap(([version, kinds]) =>
      Object.keys(kinds).map((kind) => `${version} ${kind}`),
    );
    expect(goodManifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).sort()).toEqual(known.sort());
  });

  it.each(goodManifests)('$kind passes', (manifest) => {
    expect(manifest).toBeValidManifest();
  });

  it.each(goodManifests.filter(({ apiVersion }) => !CUSTOM_GROUP.test(apiVersion)))(
    '$kind is known to kubernetes-models too, so that the matcher asks both',
    ({ apiVersion, kind }) => {
      expect(modelOf(apiVersion, kind)).toBeDefined();
    },
  );

  it('is refused by the matcher when kubernetes-models or the schema check has something against it', () => {
    const manifest = goodManifest('Deployment');
    container(manifest).imagePullPolicy = 'Sometimes';
    expect(manifest).not.toBeValidManifest();
    expect(modelErrors(manifest)).toHaveLength(1);
    expect(() => expect(manifest).toBeValidManifest()).toThrow(/imagePullPolicy: "Sometimes" is not one of/);
  });
});

describe('unknown things', () => {
  it.each([
    [
      { apiVersion: 'apps/v1', kind: 'Deploymnt' },
      /^kind: "Deploymnt" is not in apps\/v1, which has .*did you mean Deployment\?$/,
    ],
    [{ apiVersion: 'apps/v2', kind: 'Deployment' }, /^apiVersion: "apps\/v2" has no Deployment; write apps\/v1$/],
    [{ apiVersion: 'company.com/v1', kind: 'Chat' }, /^apiVersion: "company.com\/v1" is unknown; known are /],
    [{ apiVersion: 'constructor', kind: 'name' }, /^apiVersion: "constructor" is unknown/],
    [{ kind: 'Service' }, /^apiVersion: expected a string, got nothing$/],
    [{ apiVersion: 'v1', kind: 3 }, /^kind: expected a string, got the number 3$/],
    ['Service', /^expected a Kubernetes object, got the string "Service"$/],
    [[], /^expected a Kubernetes object, got a list$/],
    [null, /^expected a Kubernetes object, got null$/],
  ])('%j is refused', (manifest, error) => {
    expect(manifestErrors(manifest)).toEqual([expect.stringMatching(error)]);
  });

  it('names the path of an unknown key and the nearest right one', () => {
    const errors = errorsAfter('Deployment', (manifest) => {
      container(manifest).resourcs = {};
      container(manifest).readinessProbe.timeoutSecond = 3;
      manifest.metadata.xyz = 1;
    });
    expect(errors.sort()).toEqual([
      'metadata.xyz: unknown key',
      'spec.template.spec.containers[0].readinessProbe.timeoutSecond: unknown key; did you mean timeoutSeconds?',
      'spec.template.spec.containers[0].resourcs: unknown key; did you mean resources?',
    ]);
  });

  it('knows the names of the API, not those of cdk8s-plus', () => {
    expect(
      errorsAfter('Service', ({ spec }) => {
        spec.clusterIp = 'None';
      }),
    ).toEqual(['spec.clusterIp: unknown key; did you mean clusterIP?']);
    expect(
      errorsAfter('Service', ({ spec }) => {
        spec.clusterIP = 'None';
      }),
    ).toEqual([]);
  });

  it('refuses an unknown key deep in a custom resource', () => {
    expect(
      errorsAfter('CiliumNetworkPolicy', ({ spec }) => {
        spec.egress[0].toFQDNs[0].matchname = 'x';
      }),
    ).toEqual(['spec.egress[0].toFQDNs[0].matchname: unknown key; did you mean matchName?']);
  });
});

describe('wrong types', () => {
  it.each<[string, string, (manifest: KubernetesObject) => void, string]>([
    [
      'a string for an integer',
      'Deployment',
      ({ spec }) => {
        spec.replicas = '3';
      },
      'spec.replicas: expected an integer, got the string "3"',
    ],
    [
      'a fraction for an integer',
      'Deployment',
      ({ spec }) => {
        spec.replicas = 1.5;
      },
      'spec.replicas: expected an integer, got the number 1.5',
    ],
    [
      'NaN',
      'Deployment',
      ({ spec }) => {
        spec.replicas = Number.NaN;
      },
      'spec.replicas: expected an integer, got NaN',
    ],
    [
      'a number for a string',
      'ConfigMap',
      ({ data }) => {
        data.port = 8080;
      },
      'data.port: expected a string, got the number 8080',
    ],
    [
      'a boolean for a string',
      'Deployment',
      (it) => {
        container(it).env[0].value = true;
      },
      'spec.template.spec.containers[0].env[0].value: expected a string, got true',
    ],
    [
      'a string for a boolean',
      'ServiceAccount',
      (it) => {
        Object.assign(it, { automountServiceAccountToken: 'no' });
      },
      'automountServiceAccountToken: expected true or false, got the string "no"',
    ],
    [
      'an object for a list',
      'Deployment',
      (it) => {
        container(it).env = { A: 'b' };
      },
      'spec.template.spec.containers[0].env: expected a list, got an object',
    ],
    [
      'a list for an object',
      'Service',
      ({ spec }) => {
        spec.selector = ['a'];
      },
      'spec.selector: expected an object, got a list',
    ],
    [
      'an instance for an object',
      'Service',
      ({ spec }) => {
        spec.selector = new Date(0);
      },
      'spec.selector: expected an object, got an instance of Date',
    ],
    [
      'a boolean for a port',
      'Service',
      ({ spec }) => {
        spec.ports[0].targetPort = true;
      },
      'spec.ports[0].targetPort: expected an integer or a string, got true',
    ],
    [
      'no quantity',
      'PersistentVolumeClaim',
      ({ spec }) => {
        spec.resources.requests.storage = '20 GB';
      },
      'spec.resources.requests.storage: expected a quantity such as 500m, 2 or 1Gi, got the string "20 GB"',
    ],
    [
      'no time',
      'ServiceAccount',
      ({ metadata }) => {
        metadata.creationTimestamp = 'yesterday';
      },
      'metadata.creationTimestamp: expected a time such as 2026-01-31T12:00:00Z, got the string "yesterday"',
    ],
    [
      'a date without a time',
      'ServiceAccount',
      ({ metadata }) => {
        metadata.creationTimestamp = '2026-01-31';
      },
      'metadata.creationTimestamp: expected a time such as 2026-01-31T12:00:00Z, got the string "2026-01-31"',
    ],
    [
      'no base64',
      'Secret',
      ({ data }) => {
        data.KEY = 'not base64!';
      },
      'data.KEY: expected base64, got the string "not base64!"',
    ],
    [
      'null',
      'Deployment',
      (it) => {
        container(it).args = null;
      },
      'spec.template.spec.containers[0].args: null is not allowed; leave the key out',
    ],
    [
      'null in a map',
      'Service',
      ({ metadata }) => {
        metadata.annotations = { 'company.com/team': null };
      },
      'metadata.annotations["company.com/team"]: null is not allowed; leave the key out',
    ],
  ])('%s', (_, kind, change, error) => {
    expect(errorsAfter(kind, change)).toContain(error);
  });

  it('takes what Kubernetes takes', () => {
    for (const quantity of ['0', '1.5', '.5', '1e3', '100m', '1Ki', '64Gi', '5n', 3]) {
      expect(
        errorsAfter('ResourceQuota', ({ spec }) => {
          spec.hard.pods = quantity;
        }),
      ).toEqual([]);
    }
    expect(
      errorsAfter('Deployment', ({ spec }) => {
        spec.paused = undefined;
      }),
    ).toEqual([]);
    expect(
      errorsAfter('ServiceAccount', ({ metadata }) => {
        metadata.creationTimestamp = '2026-01-31T12:00:00.5+01:00';
      }),
    ).toEqual([]);
  });
});

describe('missing and forbidden values', () => {
  it.each<[string, string, (manifest: KubernetesObject) => void, string]>([
    [
      'a field that the schema requires',
      'Deployment',
      ({ spec }) => {
        delete spec.template;
      },
      'spec.template: missing; it must be given',
    ],
    [
      'a field that only the API server requires',
      'Deployment',
      (it) => {
        delete container(it).image;
      },
      'spec.template.spec.containers[0].image: missing; it must be given',
    ],
    [
      'metadata',
      'Service',
      (it) => {
        Object.assign(it, { metadata: undefined });
      },
      'metadata: missing; it must be given',
    ],
    [
      'a required field of a custom resource',
      'EgressFirewall',
      ({ spec }) => {
        delete spec.egress[0].type;
      },
      'spec.egress[0].type: missing; it must be given',
    ],
    [
      'an enum',
      'Service',
      ({ spec }) => {
        spec.type = 'Clusterip';
      },
      'spec.type: "Clusterip" is not one of "ClusterIP", "NodePort", "LoadBalancer", "ExternalName"; did you mean ClusterIP?',
    ],
    [
      'an enum in a list',
      'PersistentVolumeClaim',
      ({ spec }) => {
        spec.accessModes = ['ReadWrite'];
      },
      'spec.accessModes[0]: "ReadWrite" is not one of "ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"',
    ],
    [
      'an enum of a custom resource',
      'Route',
      ({ spec }) => {
        spec.tls.termination = 'Edge';
      },
      'spec.tls.termination: "Edge" is not one of "edge", "reencrypt", "passthrough"; did you mean edge?',
    ],
    [
      'a least value',
      'Deployment',
      ({ spec }) => {
        spec.replicas = -1;
      },
      'spec.replicas: -1 is too small; the least is 0',
    ],
    [
      'a largest value',
      'Service',
      ({ spec }) => {
        spec.ports[0].port = 70000;
      },
      'spec.ports[0].port: 70000 is too large; the most is 65535',
    ],
    [
      'a largest value of a custom resource',
      'Route',
      ({ spec }) => {
        spec.to.weight = 300;
      },
      'spec.to.weight: 300 is too large; the most is 256',
    ],
    [
      'an empty string',
      'HTTPRoute',
      ({ spec }) => {
        spec.rules[0].backendRefs[0].name = '';
      },
      'spec.rules[0].backendRefs[0].name: must not be empty',
    ],
    [
      'a long string',
      'HTTPRoute',
      ({ spec }) => {
        spec.parentRefs[0].name = 'a'.repeat(254);
      },
      `spec.parentRefs[0].name: "${'a'.repeat(60)}…" is 254 characters long; at most 253 are allowed`,
    ],
    [
      'a pattern',
      'ExternalSecret',
      ({ spec }) => {
        spec.data[0].secretKey = 'a b';
      },
      'spec.data[0].secretKey: "a b" does not match ^[-._a-zA-Z0-9]+$',
    ],
    [
      'a pattern in metadata',
      'EgressFirewall',
      ({ metadata }) => {
        metadata.name = 'open-webui';
      },
      'metadata.name: "open-webui" does not match ^default$',
    ],
    [
      'too many entries',
      'HTTPRoute',
      ({ spec }) => {
        spec.hostnames = Array.from({ length: 17 }, (_, n) => `h${n}.company.com`);
      },
      'spec.hostnames: has 17 entries; 0 to 16 are allowed',
    ],
    [
      'too many keys',
      'EgressFirewall',
      ({ spec }) => {
        spec.egress[0].to.cidrSelector = '10.0.0.0/8';
      },
      'spec.egress[0].to: has 2 keys; exactly 1 is allowed',
    ],
    [
      'too few keys',
      'SecretStore',
      ({ spec }) => {
        spec.provider = {};
      },
      'spec.provider: has 0 keys; exactly 1 is allowed',
    ],
    [
      'a repeated entry of a keyed list',
      'Gateway',
      ({ spec }) => {
        spec.listeners.push(spec.listeners[0]);
      },
      'spec.listeners[1]: repeats an entry with the same name',
    ],
    [
      'an address range',
      'CiliumNetworkPolicy',
      ({ spec }) => {
        spec.egress[0] = { toCIDRSet: [{ cidr: '10.0.0.0' }] };
      },
      'spec.egress[0].toCIDRSet[0].cidr: expected an address range such as 10.0.0.0/8, got the string "10.0.0.0"',
    ],
    [
      'a number that does not fit',
      'Gateway',
      ({ spec }) => {
        spec.listeners[0].port = 2 ** 40;
      },
      `spec.listeners[0].port: ${2 ** 40} is too large; the most is 65535`,
    ],
  ])('%s', (_, kind, change, error) => {
    expect(errorsAfter(kind, change)).toContain(error);
  });

  it('judges fields together where a custom resource does', () => {
    const both = errorsAfter('CiliumNetworkPolicy', ({ spec }) => {
      spec.nodeSelector = {};
    });
    expect(both).toEqual(['spec: needs exactly one of: endpointSelector, nodeSelector']);
    const none = errorsAfter('CiliumNetworkPolicy', ({ spec }) => {
      delete spec.egress;
    });
    expect(none).toEqual(['spec: needs at least one of: ingress, ingressDeny, egress, egressDeny']);
  });

  it('judges a Route after the defaults that the API server fills in', () => {
    const passthrough = { tls: { termination: 'passthrough' }, path: '/chat' };
    expect(
      errorsAfter('Route', ({ spec }) => {
        Object.assign(spec, passthrough);
      }),
    ).toEqual([
      'spec: needs at least one of: path to be empty, tls to be absent, not (tls.termination to be "passthrough")',
    ]);
    expect(
      errorsAfter('Route', ({ spec }) => {
        delete spec.host;
        delete spec.wildcardPolicy;
      }),
    ).toEqual([]);
  });

  it('reads Go patterns that JavaScript has not', () => {
    expect(
      errorsAfter('CiliumNetworkPolicy', ({ spec }) => {
        spec.log = { value: 'reviewed by Zoë' };
      }),
    ).toEqual([]);
    expect(
      errorsAfter('CiliumNetworkPolicy', ({ spec }) => {
        spec.log = { value: 'two\nlines' };
      }),
    ).toEqual(['spec.log.value: "two\\nlines" does not match ^\\P{C}*$']);
  });
});

it('reports every error of an object, not only the first', () => {
  const errors = errorsAfter('Deployment', (manifest) => {
    manifest.spec.replicas = '3';
    manifest.spec.template.spec.dnsPolicy = 'None!';
    container(manifest).volumeMounts[0].name = 'dta';
    delete manifest.spec.selector;
  });
  expect(errors.map((error) => error.split(':')[0]).sort()).toEqual([
    'spec.replicas',
    'spec.selector',
    'spec.template.spec',
    'spec.template.spec.dnsPolicy',
  ]);
});
