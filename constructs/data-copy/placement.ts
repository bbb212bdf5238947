import type { k8s } from 'cdk8s-plus-30';

/** On the node of those pods, for a volume that only one node can mount. */
export function beside(matchLabels: { [key: string]: string }): k8s.Affinity {
  return {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels } },
      ],
    },
  };
}

/** Nowhere while one of those pods exists: every node of a cluster has the same value of this label. */
export function apartFrom(matchLabels: { [key: string]: string }): k8s.Affinity {
  return {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: 'kubernetes.io/os', labelSelector: { matchLabels } },
      ],
    },
  };
}

/** What a person asked for, and what the job needs besides. */
export function together(wanted: k8s.Affinity = {}, needed: k8s.Affinity): k8s.Affinity {
  const terms = (part: 'podAffinity' | 'podAntiAffinity') =>
    needed[part] && {
      ...wanted[part],
      requiredDuringSchedulingIgnoredDuringExecution: [
        ...(wanted[part]?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
        ...(needed[part].requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ],
    };
  return {
    ...wanted,
    podAffinity: terms('podAffinity') ?? wanted.podAffinity,
    podAntiAffinity: terms('podAntiAffinity') ?? wanted.podAntiAffinity,
  };
}
