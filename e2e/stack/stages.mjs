// What is started in which order, and which scenarios run on it.

/**
 * The first three stand on the same volumes: phase 1, phase 2 in its place, and back. `keepsSecrets`: Secrets that exist
 * are left out when the next phase is applied, as docs/move-to-phase-2.md says.
 */
export const STAGES = [
  {
    name: '1-phase-1',
    title: 'phase 1',
    environment: 'phase1-kind',
    state: 'kind',
    scenarios: ['phase-one'],
  },
  {
    name: '2-phase-2',
    title: 'phase 2 in the place of phase 1',
    environment: 'phase2-kind',
    state: 'kind',
    keepsSecrets: true,
    scenarios: ['probes', 'sign-in', 'hand-over', 'models', 'claude-session', 'bypass', 'sign-out'],
  },
  {
    name: '3-rollback',
    title: 'back to phase 1',
    environment: 'phase1-kind',
    state: 'kind',
    keepsSecrets: true,
    scenarios: ['rollback', 'data-copy'],
  },
  {
    name: '4-production',
    title: 'the first plan, two replicas',
    environment: 'aks-production',
    state: 'production',
    replicas: 2,
    scenarios: ['probes', 'accounts', 'tenants', 'documents', 'replicas', 'production-bypass'],
  },
];

/** What a machine without a cluster cannot show, and where it is shown instead. */
export const LEFT_OUT = {
  'NetworkPolicies, autoscaling, disruption budgets':
    'need a cluster; "bash e2e/control-plane/run.sh" applies them to a real API server',
  'read-only root, the user 10001': 'need containers; "node e2e/scanners/run.mjs" reads them',
  'the jobs of backup and restore': 'run in "bash e2e/backup/database.test.sh" and "npm run test:python"',
  'phase2-openshift': "OpenShift's own sign-in is not to be had outside of it",
};
