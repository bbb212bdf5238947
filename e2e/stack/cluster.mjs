// An environment as programs on loopback: its manifests, Secrets, addresses, images and folders in one place.
import { takeAddresses } from './addresses.mjs';
import { madeUpSecrets, readRendered } from './rendered.mjs';

/** `state` is the folder of claims and pods: the same one for phase 1 and phase 2 keeps the volumes. `secrets`: values that exist. */
export async function createCluster(environment, { state, programs, images, issued, secrets = {} }) {
  const rendered = readRendered(environment);
  const made = await madeUpSecrets(environment, issued);
  return {
    environment,
    rendered,
    programs,
    images,
    folder: state,
    secrets: Object.fromEntries(Object.entries(made).map(([name, keys]) => [name, { ...keys, ...secrets[name] }])),
    addresses: await takeAddresses(rendered),
  };
}
