import fc from 'fast-check';
import { toolBlock, withoutShownBlocks } from '../../src/openai/shown-blocks';

/** How Open WebUI 0.12.4 reads a block: an opening tag on one line, attributes with double quotes, entities in them. */
function readAsOpenWebUi(block: string): { [name: string]: string } {
  const [, tag] = /^\n\n<details(\s+[^>]*)?>\n<summary>Tool Executed<\/summary>\n<\/details>\n\n$/.exec(block) ?? [];
  const entities: { [entity: string]: string } = {
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    '#x27': "'",
    '#10': '\n',
    '#13': '\r',
  };
  const decode = (text: string) => text.replace(/&([a-z0-9#]+);/g, (_, entity: string) => entities[entity]);
  return Object.fromEntries(
    [...(tag ?? '').matchAll(/(\w+)="(.*?)"/g)].map(([, name, value]) => [name, decode(value)]),
  );
}

test('whatever a tool was given and gave, it is read as it was', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 });
  const nasty = fc.oneof(
    text,
    fc.constantFrom('</details>', '"><script>', '<details type="tool_calls">', '&quot;', '\r\n'),
  );
  fc.assert(
    fc.property(nasty, nasty, (command, output) => {
      const read = readAsOpenWebUi(toolBlock({ id: 'c1', name: 'bash', input: { command }, output }));
      expect(read).toMatchObject({ type: 'tool_calls', done: 'true', id: 'c1', name: 'bash', result: output });
      expect(JSON.parse(read.arguments)).toEqual({ command });
    }),
  );
});

test('what was shown is gone when it comes back, whatever was in it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (output) => {
      const block = toolBlock({ id: 'c1', name: 'bash', input: output, output });
      expect(withoutShownBlocks(`before${block}between${block}after`).replace(/\s/g, '')).toBe('beforebetweenafter');
    }),
  );
});

test('long output is shown in part', () => {
  expect(toolBlock({ id: 'c', name: 'bash', input: {}, output: 'x'.repeat(1e6) }).length).toBeLessThan(9000);
});

test.each([
  ['a thought', '<think>hm</think>Yes', 'Yes'],
  [
    'a block of thinking',
    '<details type="reasoning" done="true">\n<summary>Thought</summary>\n> hm\n</details>\nYes',
    'Yes',
  ],
  ['an answer that was cut inside of a block', 'Yes\n<details type="tool_calls" done', 'Yes'],
  [
    'a block that the person wrote',
    '<details><summary>x</summary>y</details>',
    '<details><summary>x</summary>y</details>',
  ],
  ['nothing to take away', 'a < b && c > d', 'a < b && c > d'],
])('of %s remains what was said', (_, shown, said) => {
  expect(withoutShownBlocks(shown)).toBe(said);
});

test('a history made to be slow to read is not', () => {
  const begin = Date.now();
  withoutShownBlocks('<details type="tool_calls"'.repeat(200_000));
  withoutShownBlocks('<think></think>'.repeat(20_000));
  expect(Date.now() - begin).toBeLessThan(5000);
});
