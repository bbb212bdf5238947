/**
 * What a kubelet would give to a container, from the rendered manifests of an environment.
 *
 *   const rendered = readRendered('phase2-kind');                      // the objects of dist/phase2-kind
 *   const secrets = madeUpSecrets('phase2-kind', { ANTHROPIC_API_KEY: 'sk-ant-…' });
 *   const pod = layOutPod(rendered, { kind: 'Deployment', name: 'litellm', secrets, root, claims, replace });
 *   const litellm = pod.container('litellm');
 *   spawn(program, [...litellm.command, ...litellm.args], { env: litellm.env });
 *
 * A container answers with `image`, `command`, `args`, `env` (resolved and expanded in Kubernetes' order and rules),
 * `workingDir`, `ports`, `probes` (startup, readiness, liveness; as rendered, addresses replaced), `folders` (mount path
 * → folder here) and `path(mounted)` for a path below a mount. Its files stand below `root`: ConfigMaps, Secrets and
 * projected volumes are written anew by each `layOutPod`, an emptyDir is kept while `root` is the same, a
 * PersistentVolumeClaim is `<claims>/<claim name>` and so survives its pod.
 *
 * Mount paths inside commands, arguments, variables and mounted text are replaced by those folders; `replace(text, name)`
 * (see addresses.mjs; `name` is the variable's or the file's) does the same for addresses.
 *
 * Errors are sentences that name the object that refers to something that is not there.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { loadAll } from 'js-yaml';
import { expand, resolveVariables } from './variables.mjs';
import { layOutVolume } from './volumes.mjs';

export const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The objects of `dist/<environment>`, those for a second namespace too. */
export function readRendered(environment, folder = join(REPOSITORY, 'dist', environment)) {
  const files = readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.k8s.yaml'))
    .sort();
  const objects = files.flatMap((file) => loadAll(readFileSync(join(folder, file), 'utf8'))).filter(Boolean);
  if (objects.length === 0) throw new Error(`${folder} holds no manifests: run "npm run synth" first`);
  return { environment, objects };
}

/** One object by kind and name; `namespace` where two have the same name. */
export function findObject(rendered, kind, name, namespace) {
  const found = rendered.objects.filter(
    (object) =>
      object.kind === kind &&
      object.metadata.name === name &&
      (namespace === undefined || object.metadata.namespace === namespace),
  );
  if (found.length === 1) return found[0];
  const names = rendered.objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);
  const problem = found.length === 0 ? 'has no' : `has ${found.length} times the`;
  throw new Error(`dist/${rendered.environment} ${problem} ${kind} ${name}; it has: ${names.join(', ') || 'none'}`);
}

/** The name of the only object of a kind whose name begins so: a Job carries a checksum at the end of its name. */
export function nameThatBegins(rendered, kind, start, namespace) {
  const names = rendered.objects
    .filter((object) => object.kind === kind && object.metadata.name.startsWith(start))
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
    .map(({ metadata }) => metadata.name);
  if (names.length === 1) return names[0];
  throw new Error(`dist/${rendered.environment} has ${names.length} objects of kind ${kind} that begin with ${start}`);
}

/** Values for every Secret of an environment, by the generator of `npm run secrets`: secret name → key → value. */
export async function madeUpSecrets(environment, issued = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'e2e-secrets-'));
  try {
    const command = join(folder, 'secrets-command.cjs');
    const entry = join(REPOSITORY, 'synth/secrets-command.ts');
    await build({ entryPoints: [entry], bundle: true, platform: 'node', outfile: command, logLevel: 'warning' });
    const env = { PATH: process.env.PATH, ...issued };
    const printed = execFileSync(process.execPath, [command, environment], { env, encoding: 'utf8' });
    return Object.fromEntries(loadAll(printed).map(({ metadata, stringData }) => [metadata.name, stringData]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const POD_SPECS = {
  Pod: (object) => object,
  CronJob: (object) => object.spec.jobTemplate.spec.template,
};

/** The pod (template) of a workload: its metadata and spec. */
export function podTemplate(object) {
  return (POD_SPECS[object.kind] ?? (({ spec }) => spec.template))(object);
}

/**
 * Writes the volumes of a workload's pod below `root` and answers for its containers.
 * `paths` are folders of the image, `{ '/app/backend/data': '/tmp/…' }`; `container(name, paths)` takes more of them.
 */
export function layOutPod(rendered, options) {
  const { kind, name, namespace, secrets, root, claims = join(root, 'claims'), paths = {}, podName } = options;
  const replace = options.replace ?? ((text) => text);
  const workload = findObject(rendered, kind, name, namespace);
  const { spec, metadata = {} } = podTemplate(workload);
  const where = `${kind} ${name} of dist/${rendered.environment}`;
  const context = {
    where,
    secrets,
    root: resolve(root),
    claims: resolve(claims),
    namespace: workload.metadata.namespace,
    configMap: (wanted) => findObject(rendered, 'ConfigMap', wanted, workload.metadata.namespace).data ?? {},
    fields: {
      'metadata.name': podName ?? `${name}-0`,
      'metadata.namespace': workload.metadata.namespace,
      'metadata.labels': metadata.labels ?? {},
      'metadata.annotations': metadata.annotations ?? {},
      'spec.serviceAccountName': spec.serviceAccountName ?? 'default',
      'spec.nodeName': 'loopback',
    },
  };
  mkdirSync(context.root, { recursive: true });
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, layOutVolume(volume, context)]));
  const all = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];

  function container(wanted, further = {}) {
    const found = all.find((candidate) => candidate.name === wanted);
    if (!found) throw new Error(`${where} has no container ${wanted}; it has: ${all.map((c) => c.name).join(', ')}`);
    const folders = { ...paths, ...further };
    for (const { name: volume, mountPath, subPath = '' } of found.volumeMounts ?? []) {
      if (!volumes.has(volume)) throw new Error(`${where}, container ${wanted}: there is no volume ${volume}`);
      folders[mountPath] = join(volumes.get(volume).folder, subPath);
    }
    const moved = (text, of) => replace(movePaths(text, folders), of);
    for (const { name: volume } of found.volumeMounts ?? []) {
      for (const [file, content] of volumes.get(volume).texts) {
        writeFileSync(join(volumes.get(volume).folder, file), moved(content, file));
      }
    }
    const env = resolveVariables(found, { ...context, where: `${where}, container ${wanted}` });
    const expanded = (list) => (list ?? []).map((text) => moved(expand(text, env), ''));
    return {
      name: wanted,
      image: found.image,
      command: expanded(found.command),
      args: expanded(found.args),
      env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, moved(value, key)])),
      workingDir: found.workingDir && movePaths(found.workingDir, folders),
      ports: found.ports ?? [],
      probes: Object.fromEntries(
        ['startup', 'readiness', 'liveness']
          .filter((probe) => found[`${probe}Probe`])
          .map((probe) => [probe, JSON.parse(moved(JSON.stringify(found[`${probe}Probe`]), 'probe'))]),
      ),
      folders,
      path: (mounted) => movePaths(mounted, folders),
    };
  }
  return {
    workload,
    namespace: context.namespace,
    initContainers: (spec.initContainers ?? []).map((one) => one.name),
    containers: (spec.containers ?? []).map((one) => one.name),
    container,
  };
}

/** Replaces mount paths, the longest first, where a path begins and ends: never in the middle of another one. */
export function movePaths(text, folders) {
  const known = Object.keys(folders).sort((one, other) => other.length - one.length);
  if (known.length === 0) return text;
  const escaped = known.map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(^|[\\s"'\`=:;,(<>|&])(${escaped.join('|')})(?=$|[/\\s"'\`:;,)<>|&])`, 'gm');
  return text.replaceAll(pattern, (_, before, path) => `${before}${folders[path]}`);
}
