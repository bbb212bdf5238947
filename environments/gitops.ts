import type { Delivery } from '../synth/delivery';

const REPOSITORY = 'https://git.company.com/ai/workspace.git';
const placeholders = { [REPOSITORY]: 'the repository with this folder dist/' };

/** How the environments come into clusters; each tool is a folder of its own, because a person applies one of them. */
export const deliveries: readonly Delivery[] = [
  {
    name: 'gitops-argo-cd',
    repositoryUrl: REPOSITORY,
    argoCd: {},
    environments: [{ name: 'aks-production' }],
    placeholders,
  },
  {
    name: 'gitops-flux',
    repositoryUrl: REPOSITORY,
    flux: {},
    environments: [{ name: 'phase2-openshift' }],
    placeholders,
  },
];
