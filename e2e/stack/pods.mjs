/**
 * Pods as a kubelet starts them: init containers in their order, sidecars among them, then the containers; ready when
 * the rendered probes pass.
 *
 * `cluster` is { rendered, secrets, addresses, images, programs, folder }. `images` says how an image is run here: by its
 * name without the tag, (context) → { version?, command, env, path, paths }: the entry point, the image's own variables,
 * where its programs are and what its folders are. `version` must be the tag in the manifest.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { problemOf, untilReady } from './probes.mjs';
import { findObject, layOutPod } from './rendered.mjs';

/** Starts a workload's pod; `only` leaves other containers out, `index` is the replica. */
export async function startPod(cluster, { kind = 'Deployment', name, namespace, index = 0, variables = {} }) {
  const pod = preparePod(cluster, { kind, name, namespace, index, variables });
  for (const wanted of pod.layout.initContainers) {
    if (pod.isSidecar(wanted)) pod.start(wanted);
    else await pod.run(wanted);
  }
  for (const wanted of pod.layout.containers) pod.start(wanted);
  await pod.untilReady();
  return pod;
}

/** Runs a Job's pod to its end; answers with the output of each container. */
export async function runJob(cluster, { kind = 'Job', name, namespace, variables = {} }) {
  const pod = preparePod(cluster, { kind, name, namespace, index: 0, variables });
  const outputs = {};
  const all = [...pod.layout.initContainers, ...pod.layout.containers];
  for (const wanted of all) outputs[wanted] = await pod.run(wanted);
  return outputs;
}

function preparePod(cluster, { kind, name, namespace, index, variables }) {
  const { rendered, secrets, addresses, programs } = cluster;
  const at = addresses.pod(name, index);
  const replica = index === 0 ? name : `${name}-${index}`;
  const object = findObject(rendered, kind, name, namespace);
  const root = join(cluster.folder, 'pods', object.metadata.namespace, replica);
  const replace = addresses.replacerFor(name, index);
  const claims = join(cluster.folder, 'claims', object.metadata.namespace);
  const started = new Map();
  const outputs = new Map();
  mkdirSync(root, { recursive: true });
  const podName = `${name}-${index}`;
  const layout = layOutPod(rendered, { kind, name, namespace, secrets, root, claims, replace, podName });
  const known = new Map();
  const specs = new Map(everyContainer(object).map((spec) => [spec.name, spec]));

  /** The command, variables and folder of a container, with what its image adds. */
  function resolved(wanted) {
    if (!known.has(wanted)) known.set(wanted, resolve(wanted));
    return known.get(wanted);
  }

  function resolve(wanted) {
    const spec = specs.get(wanted);
    const image = imageOf(cluster, spec.image, { ...at, root, container: wanted });
    const container = layout.container(wanted, image.paths);
    const ofImage = Object.entries(image.env).map(([key, value]) => [key, container.path(value)]);
    const env = { ...Object.fromEntries(ofImage), ...container.env, ...variables[wanted], PATH: image.path };
    const command = container.command.length > 0 ? container.command : image.command;
    const args = container.command.length > 0 || container.args.length > 0 ? container.args : [];
    return { container, env, command: [...command, ...args, ...(image.args ?? [])], cwd: container.workingDir ?? root };
  }
  const pod = {
    ...at,
    name: replica,
    root,
    layout,
    isSidecar: (wanted) => specs.get(wanted).restartPolicy === 'Always',
    program: (wanted) => started.get(wanted),
    resolved,
    start(wanted) {
      const { command, env, cwd } = resolved(wanted);
      started.set(wanted, programs.start(`${replica}.${wanted}`, command, { env, cwd }));
    },
    async run(wanted) {
      const { command, env, cwd } = resolved(wanted);
      outputs.set(wanted, await programs.run(`${replica}.${wanted}`, command, { env, cwd }));
      return outputs.get(wanted);
    },
    /** What a container wrote: a program that still runs, or an init container that has ended. */
    output: (wanted) => started.get(wanted)?.output() ?? outputs.get(wanted),
    async untilReady() {
      for (const [wanted, program] of started) {
        const { container, env } = resolved(wanted);
        await untilReady(program, container, { address: at.address, env });
      }
    },
    /** The rendered probe of a container now: undefined, or what is wrong. */
    async problem(wanted, kindOfProbe) {
      const { container, env } = resolved(wanted);
      const probe = container.probes[kindOfProbe];
      if (!probe) throw new Error(`${replica}: the container ${wanted} has no ${kindOfProbe} probe`);
      return problemOf(probe, { address: at.address, env, ports: container.ports });
    },
    /** In the order of a kubelet: containers first, sidecars last. */
    async stop(signal) {
      for (const [, program] of [...started].reverse()) await program.stop(signal);
    },
  };
  return pod;
}

function everyContainer({ spec }) {
  const pod = (spec.jobTemplate?.spec ?? spec).template.spec;
  return [...(pod.initContainers ?? []), ...pod.containers];
}

function imageOf(cluster, image, context) {
  const [, name, tag] = /^(.+?)(?::([^:/]+))?$/.exec(image);
  const known = cluster.images[name];
  if (!known) throw new Error(`nothing here runs the image ${image} (container ${context.container})`);
  const answer = known(context);
  if (answer.version && answer.version !== tag) {
    throw new Error(
      `the manifest runs ${image}, this run has ${answer.version}: install that version, see .ci/install-*`,
    );
  }
  return answer;
}
