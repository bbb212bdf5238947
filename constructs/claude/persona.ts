import { load } from 'js-yaml';
import type { Rule } from '../platform/rules';
import { successorOf } from './retired-models';

/** Who a session is: instructions, tools and model. */
export interface Persona {
  /** Name by which models refer to it, and name of its file. Form: DNS label; the same as in its front matter. */
  readonly name: string;
  /**
   * Markdown after YAML front matter with `name`, `description`, `tools` (a list, or names with commas between them)
   * and `model` (id of a Claude model). The lists `ask` and `deny` may narrow `tools`, and what the MCP gateway offers:
   * `mcp` stands for all of its tools, `mcp_<tool>` for one. What `ask` names is refused until the person says yes.
   */
  readonly content: string;
}

/** The tools that the service has. */
const PERSONA_TOOLS: readonly string[] = ['bash', 'read', 'write', 'edit', 'glob', 'grep'];

/** What the tools of the MCP gateway are called in a persona: all of them, or with `_<tool>` one. */
export const GATEWAY_TOOLS = 'mcp';

/** A persona as far as it could be read. */
export interface ReadPersona {
  readonly persona: Persona;
  /** The front matter; empty where there is none. */
  readonly fields: { readonly [name: string]: unknown };
  /** Why there is no front matter; empty where there is. */
  readonly problem: string;
  readonly instructions: string;
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const FRONT_MATTER = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n([\s\S]*))?$/;
const REQUIRED = ['name', 'description', 'tools', 'model'];

/** Separates front matter and instructions. */
export function readPersona(persona: Persona): ReadPersona {
  const [, frontMatter, instructions = ''] = FRONT_MATTER.exec(persona.content) ?? [];
  const unread = (problem: string) => ({ persona, fields: {}, problem, instructions });
  if (frontMatter === undefined) {
    return unread('it does not begin with front matter between two lines of ---');
  }
  try {
    const fields: unknown = load(frontMatter);
    return fields !== null && typeof fields === 'object' && !Array.isArray(fields)
      ? { persona, fields: fields as ReadPersona['fields'], problem: '', instructions }
      : unread('its front matter is not a list of names with values');
  } catch (error) {
    return unread(`its front matter is not YAML (${error instanceof Error ? error.message.split('\n')[0] : error})`);
  }
}

/** The tools of a persona, or those that it narrows, in lower case, as the service knows them. */
export function personaTools({ fields }: ReadPersona, list: 'tools' | 'ask' | 'deny' = 'tools'): string[] {
  const tools = fields[list];
  const names = typeof tools === 'string' ? tools.split(',') : Array.isArray(tools) ? tools : [];
  return names.map((name) => String(name).trim().toLowerCase()).filter((name) => name !== '');
}

/** The model of a persona; empty where it names none. */
export function personaModel({ fields }: ReadPersona): string {
  return typeof fields.model === 'string' ? fields.model : '';
}

/** What can be wrong with a persona; the messages begin with its name. */
export const PERSONA_RULES: readonly Rule<ReadPersona>[] = [
  {
    id: 'persona-name',
    broken: ({ persona }) => !NAME.test(persona.name),
    message: ({ persona }) =>
      `the persona "${persona.name}" cannot be a file: write its name in lower-case letters, digits and dashes`,
  },
  {
    id: 'persona-front-matter',
    broken: ({ problem }) => problem !== '',
    message: ({ persona, problem }) =>
      `the persona ${persona.name} cannot be read, ${problem}: begin it with ---, then ${REQUIRED.join(', ')}, then ---`,
  },
  {
    id: 'persona-fields',
    broken: (read) => read.problem === '' && missing(read).length > 0,
    message: (read) =>
      `the persona ${read.persona.name} lacks ${missing(read).join(', ')}: write it in the front matter`,
  },
  {
    id: 'persona-same-name',
    broken: ({ persona, fields }) => typeof fields.name === 'string' && fields.name !== persona.name,
    message: ({ persona, fields }) =>
      `the persona ${persona.name} calls itself ${fields.name} in its front matter: write the same name in both places`,
  },
  {
    id: 'persona-tools',
    broken: (read) => unknownTools(read).length > 0,
    message: (read) =>
      `the persona ${read.persona.name} wants ${unknownTools(read).join(', ')}, which the service does not have: write some of ${PERSONA_TOOLS.join(', ')}`,
  },
  {
    id: 'persona-narrowed-tools',
    broken: (read) => unknownNarrowed(read).length > 0,
    message: (read) =>
      `the persona ${read.persona.name} has ${unknownNarrowed(read).join(', ')} in ask or deny, which no tool is called: write some of ${PERSONA_TOOLS.join(', ')}, ${GATEWAY_TOOLS}, or a tool of the gateway as ${GATEWAY_TOOLS}_<tool>`,
  },
  {
    id: 'persona-model-id',
    broken: (read) => personaModel(read) !== '' && !personaModel(read).includes('-'),
    message: (read) =>
      `the persona ${read.persona.name} names the model "${personaModel(read)}", which is no id: write one such as claude-sonnet-5-5`,
  },
  {
    id: 'persona-model-served',
    broken: (read) => successorOf(personaModel(read)) !== undefined,
    message: (read) =>
      `the persona ${read.persona.name} names ${personaModel(read)}, which is retired: write ${successorOf(personaModel(read))}`,
  },
  {
    id: 'persona-instructions',
    broken: ({ problem, instructions }) => problem === '' && instructions.trim() === '',
    message: ({ persona }) => `the persona ${persona.name} has no instructions: write them below the front matter`,
  },
];

function missing({ fields }: ReadPersona): string[] {
  return REQUIRED.filter((name) => fields[name] === undefined || fields[name] === null || fields[name] === '');
}

function unknownTools(read: ReadPersona): string[] {
  return personaTools(read).filter((name) => !PERSONA_TOOLS.includes(name));
}

function unknownNarrowed(read: ReadPersona): string[] {
  const narrowed = [...personaTools(read, 'ask'), ...personaTools(read, 'deny')];
  return narrowed.filter(
    (name) => !PERSONA_TOOLS.includes(name) && name !== GATEWAY_TOOLS && !name.startsWith(`${GATEWAY_TOOLS}_`),
  );
}
