import { Platform } from '../../constructs';
import { environments } from '../../environments';
import { environmentErrors } from '../../synth/environment-check';

const right = {
  name: 'one',
  description: 'A small one.',
  workspace: { namespace: { name: 'one' }, platform: Platform.kind() },
  placeholders: { 'chat.company.com': 'the host that people type' },
};
const { workspace, ...withoutWorkspace } = right;

describe('the environments of this repository', () => {
  test('are right', () => {
    expect(environmentErrors(environments)).toEqual([]);
  });
});

describe('an environment', () => {
  test('is right with the keys it may have, and without those that may be left out', () => {
    const { placeholders: _, ...least } = right;
    expect(environmentErrors([right, { ...least, name: 'two' }])).toEqual([]);
  });

  test.each<[string, object, string[]]>([
    ['a misspelt key', { ...right, placeholder: {} }, ['[one] placeholder: unknown key; did you mean placeholders?']],
    [
      'a misspelt key that must be given',
      { ...withoutWorkspace, workspac: workspace },
      ['[one] workspac: unknown key; did you mean workspace?', '[one] workspace: missing; it must be given'],
    ],
    [
      'a workspace that is none',
      { ...right, workspace: 'one' },
      ['[one] workspace: expected an object, got the string "one"'],
    ],
    ['a wrong description', { ...right, description: 7 }, ['[one] description: expected a string, got the number 7']],
    [
      'placeholders in a list',
      { ...right, placeholders: ['chat.company.com'] },
      ['[one] placeholders: expected an object, got a list'],
    ],
    [
      'a placeholder without words',
      { ...right, placeholders: { host: true } },
      ['[one] placeholders.host: expected a string, got true'],
    ],
    [
      'a file that its data comes from',
      { ...right, problems: ['contracts/one.json: tenantId: missing'] },
      ['[one] contracts/one.json: tenantId: missing'],
    ],
    [
      'a placeholder that would break out of its comment',
      { ...right, placeholders: { host: 'yours\nkind: Secret' } },
      ['[one] placeholders: "host" and what it is must each be one line, and not empty'],
    ],
    [
      'a placeholder that is everywhere',
      { ...right, placeholders: { '': 'nothing' } },
      ['[one] placeholders: "" and what it is must each be one line, and not empty'],
    ],
  ])('is refused for %s', (_, environment, sentences) => {
    expect(environmentErrors([environment])).toEqual(sentences);
  });

  test.each(['..', 'One', 'one/two', 'one.two', '-one', 'one two', 'o'.repeat(64)])('is not called %s', (name) => {
    expect(environmentErrors([{ ...right, name }])).toEqual([
      expect.stringMatching(/^\[.+\] name: ".+" must be a DNS label: at most 63 lower-case letters/),
    ]);
  });

  test('without a name is called by its place in the list', () => {
    const { name: _, ...nameless } = right;
    expect(environmentErrors([right, nameless, undefined, { ...right, name: '' }])).toEqual([
      '[environments/index.ts, entry 2] name: missing; it must be given',
      '[environments/index.ts, entry 3] expected an object, got nothing',
      expect.stringMatching(/^\[environments\/index\.ts, entry 4\] name: "" must be a DNS label/),
    ]);
  });

  test('has a name of its own', () => {
    expect(environmentErrors([right, { ...right, name: 'two' }, right])).toEqual([
      '[one] name: entry 3 of environments/index.ts has the name of entry 1 and would overwrite its files: give it a name of its own',
    ]);
  });
});
