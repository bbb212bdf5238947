import type { IContainer, IPodSpec, IVolume } from 'kubernetes-models/v1';

/** A key of a Secret that a pod cannot start without, or takes when it is there. */
export interface SecretKey {
  readonly secret: string;
  /** Nothing when the Secret is taken as a whole. */
  readonly key?: string;
  readonly optional: boolean;
}

export function containersOf({ initContainers = [], containers }: IPodSpec): IContainer[] {
  return [...initContainers, ...containers];
}

/** The containers that run as long as the pod does, sidecars included. */
export function lastingContainersOf({ initContainers = [], containers }: IPodSpec): IContainer[] {
  return [...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'), ...containers];
}

/** Every Secret key that the containers and volumes of a pod refer to. */
export function secretKeysOf(spec: IPodSpec): SecretKey[] {
  return [
    ...containersOf(spec).flatMap(({ env = [], envFrom = [] }) => [
      ...env.flatMap(({ valueFrom }) => of(valueFrom?.secretKeyRef)),
      ...envFrom.flatMap(({ secretRef }) => of(secretRef)),
    ]),
    ...(spec.volumes ?? []).flatMap((volume) => itemsOf(volume).map(({ path: _, ...key }) => key)),
  ];
}

/** The Secret key behind a variable, given directly or as the file that `<variable>_FILE` names. */
export function secretBehind(spec: IPodSpec, variable: string): SecretKey | undefined {
  for (const { env = [], volumeMounts = [] } of containersOf(spec)) {
    const [direct] = of(env.find(({ name }) => name === variable)?.valueFrom?.secretKeyRef);
    if (direct) return direct;
    const file = env.find(({ name }) => name === `${variable}_FILE`)?.value;
    const mount = volumeMounts.find(({ mountPath }) => file?.startsWith(`${mountPath}/`));
    const volume = spec.volumes?.find(({ name }) => name === mount?.name);
    const relative = mount && file?.slice(mount.mountPath.length + 1);
    const item = volume && itemsOf(volume).find((one) => one.path === relative);
    if (item) return { secret: item.secret, key: item.key, optional: item.optional };
  }
  return undefined;
}

/** The value of a variable that is written in the manifest. */
export function variableOf(spec: IPodSpec, variable: string): string | undefined {
  return containersOf(spec)
    .flatMap(({ env = [] }) => env)
    .find(({ name }) => name === variable)?.value;
}

type Reference = { readonly name?: string; readonly key?: string; readonly optional?: boolean } | undefined;

function of(reference: Reference): SecretKey[] {
  if (!reference?.name) return [];
  return [{ secret: reference.name, key: reference.key, optional: reference.optional === true }];
}

function itemsOf({ secret, projected }: IVolume): (SecretKey & { readonly path?: string })[] {
  const sources = [
    ...(secret?.secretName ? [{ ...secret, name: secret.secretName }] : []),
    ...(projected?.sources ?? []).flatMap((source) => (source.secret ? [source.secret] : [])),
  ];
  return sources.flatMap(({ name = '', optional = false, items }) =>
    items ? items.map(({ key, path }) => ({ secret: name, key, optional, path })) : [{ secret: name, optional }],
  );
}
