import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AMBER } from '../../../../constructs/claude/amber';
import {
  GATEWAY_TOOLS,
  PERSONA_RULES,
  type Persona,
  personaModel,
  personaTools,
  type ReadPersona,
  readPersona,
} from '../../../../constructs/claude/persona';
import { ConfigurationError } from '../../../runtime/settings';
import { ToolRule } from '../engine/engine';

/** A persona as sessions use it. */
export interface LoadedPersona {
  readonly name: string;
  /** Id of the Claude model. */
  readonly model: string;
  /** System prompt of its sessions. */
  readonly instructions: string;
  /** For each tool, and for `mcp`, whether it is allowed. What is not in it is denied. */
  readonly tools: ReadonlyMap<string, ToolRule>;
}

const EXTENSION = '.md';

/**
 * The personas of a folder, one `<name>.md` each, by their name; without any file there, the persona that the
 * constructs ship. Error: `ConfigurationError` with a sentence for each fault.
 */
export function loadPersonas(folder: string): ReadonlyMap<string, LoadedPersona> {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(EXTENSION)) : [];
  const personas: Persona[] = files.sort().map((file) => ({
    name: basename(file, EXTENSION),
    content: readFileSync(join(folder, file), 'utf8'),
  }));
  const read = (personas.length > 0 ? personas : [{ name: 'amber', content: AMBER }]).map(readPersona);
  const faults = read.flatMap(faultsOf);
  if (faults.length > 0) {
    throw new ConfigurationError(faults);
  }
  return new Map(read.map((persona) => [persona.persona.name, loaded(persona)]));
}

function faultsOf(persona: ReadPersona): string[] {
  return PERSONA_RULES.filter((rule) => rule.broken(persona)).map((rule) => rule.message(persona));
}

function loaded(persona: ReadPersona): LoadedPersona {
  const tools = new Map<string, ToolRule>([[GATEWAY_TOOLS, ToolRule.ALLOW]]);
  const lists: [string[], ToolRule][] = [
    [personaTools(persona), ToolRule.ALLOW],
    [personaTools(persona, 'ask'), ToolRule.ASK],
    [personaTools(persona, 'deny'), ToolRule.DENY],
  ];
  for (const [names, rule] of lists) {
    for (const name of names) {
      tools.set(name, rule);
    }
  }
  return {
    name: persona.persona.name,
    model: personaModel(persona),
    instructions: persona.instructions.trim(),
    tools,
  };
}
