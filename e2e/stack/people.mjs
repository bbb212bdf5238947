// The made-up people of a run: the seeds' three, and colleagues of the company that the phase 2 environments let in.
export const ADMIN = 'admin@company.com';
export const GRACE = 'grace@company.com';
export const LINUS = 'linus@company.com';
export const STRANGER = 'mallory@elsewhere.com';

/** What the identity provider says about each. */
export const PEOPLE = {
  [ADMIN]: { name: 'Ada Admin', groups: ['administrators'] },
  [GRACE]: { name: 'Grace Hopper', groups: ['developers', 'google-employees'] },
  [LINUS]: { name: 'Linus Pauling', groups: ['microsoft-employees'] },
  [STRANGER]: { name: 'Mallory Elsewhere', groups: ['administrators'] },
};

/** The first seed's Task 8: accounts in Open WebUI itself. */
export const EMPLOYEES = {
  google: { email: 'google-employee@google.com', name: 'Gina Google', group: 'google-employees' },
  microsoft: { email: 'ms-employee@microsoft.com', name: 'Mike Microsoft', group: 'microsoft-employees' },
};
