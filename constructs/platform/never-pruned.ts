/** By it Argo CD leaves an object that is no longer in the repository. */
export const KEPT_BY_ARGO_CD = { 'argocd.argoproj.io/sync-options': 'Delete=false,Prune=false' };

/** By it Flux leaves an object that is no longer in the repository. */
export const KEPT_BY_FLUX = { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' };

/** Of what holds data: no tool takes it away, whichever there is. */
export const NEVER_PRUNED = { ...KEPT_BY_ARGO_CD, ...KEPT_BY_FLUX };
