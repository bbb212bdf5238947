/**
 * What the agent did, as Open WebUI shows it inside an answer: a block that folds, with the tool's name, input and
 * result. Its Markdown reads `<details` at the beginning of a line, attributes of the form `name="…"` on the same line
 * with entities for special characters, `type="tool_calls"`, and a `<summary>` line (Open WebUI 0.12.4, the frontend's
 * tokenizer of `details`, which takes the result from the attribute when the block is otherwise empty, as releases
 * before it always did).
 */
export interface ShownToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
  readonly output: string;
}

/** Longest input and result that are shown; the agent has seen all of it. Unit: characters. */
const MAX_SHOWN = 8000;

/** The block, on lines of its own. */
export function toolBlock({ id, name, input, output }: ShownToolCall): string {
  const attributes = [
    ['type', 'tool_calls'],
    ['done', 'true'],
    ['id', id],
    ['name', name],
    ['arguments', shortened(JSON.stringify(input) ?? '')],
    ['result', shortened(output)],
  ];
  const written = attributes.map(([attribute, value]) => `${attribute}="${escaped(value)}"`).join(' ');
  return `\n\n<details ${written}>\n<summary>Tool Executed</summary>\n</details>\n\n`;
}

/**
 * An answer as it comes back in the history, without what was shown of tools and thinking. The text of a block holds no
 * tag, since it is escaped; an answer that was cut inside one ends there.
 */
export function withoutShownBlocks(answer: string): string {
  return BLOCKS.reduce((text, { begin, end }) => cutOut(text, begin, end), answer).trim();
}

const BLOCKS = [
  { begin: /<details\s+type="(?:tool_calls|reasoning|code_interpreter)"/, end: '</details>' },
  { begin: /<think(?:ing)?>/, end: /<\/think(?:ing)?>/ },
];

function cutOut(text: string, begin: RegExp, end: string | RegExp): string {
  const kept: string[] = [];
  let rest = text;
  for (;;) {
    const start = rest.search(begin);
    if (start === -1) return kept.join('') + rest;
    kept.push(rest.slice(0, start));
    rest = after(rest.slice(start), end);
  }
}

function after(text: string, end: string | RegExp): string {
  if (typeof end === 'string') {
    const index = text.indexOf(end);
    return index === -1 ? '' : text.slice(index + end.length);
  }
  const match = end.exec(text);
  return match ? text.slice(match.index + match[0].length) : '';
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
  '\n': '&#10;',
  '\r': '&#13;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"'\n\r]/g, (character) => ENTITIES[character]);
}

function shortened(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}… (${text.length - MAX_SHOWN} more characters)`;
}
