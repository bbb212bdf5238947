import fs from 'node:fs';
import type https from 'node:https';
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { type Connect, NoCluster } from '../connect.js';
import { KubeletAccess } from './kubelet-access.mjs';

/** The context that the client makes up, for http://localhost:8080, where it finds no kubeconfig. */
const MADE_UP = 'loaded-context';

/** The cluster of a context of a kubeconfig, as kubectl would choose it. */
export const connect: Connect = (choice) => {
  const config = load(choice.kubeconfig);
  const contexts = config.getContexts().map(({ name }) => name);
  if (choice.context !== undefined) {
    if (!contexts.includes(choice.context)) {
      const known = contexts.join(', ') || 'none';
      throw new NoCluster(`There is no context ${choice.context} in the kubeconfig: there are ${known}.`);
    }
    config.setCurrentContext(choice.context);
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new NoCluster('The kubeconfig names no cluster for its current context: choose one with --context.');
  }
  return {
    name: config.getCurrentContext(),
    address: {
      server: cluster.server.replace(/\/$/, ''),
      options: async () => {
        const options: https.RequestOptions = {};
        try {
          await config.applyToHTTPSOptions(options);
        } catch (error) {
          throw new NoCluster(`The kubeconfig gives no way to ${cluster.server}: ${(error as Error).message}.`);
        }
        return options;
      },
    },
    podsOf: (namespace) => new KubeletAccess(config, namespace),
  };
};

function load(file: string | undefined): KubeConfig {
  if (file !== undefined && !fs.existsSync(file)) throw new NoCluster(`There is no kubeconfig ${file}.`);
  const config = new KubeConfig();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (error) {
    throw new NoCluster(`The kubeconfig cannot be read: ${(error as Error).message}.`);
  }
  if (file === undefined && config.getCurrentContext() === MADE_UP) {
    const looked = path.join(homedir(), '.kube', 'config');
    throw new NoCluster(
      `No kubeconfig was found: KUBECONFIG is not set and there is no ${looked}. Name the file with --kubeconfig.`,
    );
  }
  return config;
}
