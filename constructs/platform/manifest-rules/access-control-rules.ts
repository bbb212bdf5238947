import type { RuleSet } from './rule-set';

/** Source: pkg/apis/rbac/validation. */
export const accessControlRules: RuleSet[] = [
  {
    kinds: ['Role', 'ClusterRole'],
    parts: (role) => role.items('rules'),
    rules: [
      {
        id: 'role-verbs',
        broken: (rule) => rule.has('verbs') && rule.items('verbs').length === 0,
        message: () => 'verbs is empty; give what may be done, such as get',
      },
      {
        id: 'role-urls',
        broken: (rule, manifest) => rule.has('nonResourceURLs') && manifest.kind === 'Role',
        message: () => 'nonResourceURLs belongs to a ClusterRole',
      },
      {
        id: 'role-resources',
        broken: (rule) =>
          !rule.has('nonResourceURLs') &&
          (rule.items('apiGroups').length === 0 || rule.items('resources').length === 0),
        message: () => 'needs apiGroups ("" for the core group) and resources',
      },
    ],
  },
  {
    kinds: ['RoleBinding', 'ClusterRoleBinding'],
    parts: (binding) => binding.items('subjects'),
    rules: [
      {
        id: 'subject-namespace',
        broken: (subject) => subject.text('kind') === 'ServiceAccount' && !subject.text('namespace'),
        message: () => 'is a ServiceAccount, so namespace must be given',
      },
    ],
  },
];
