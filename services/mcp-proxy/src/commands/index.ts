import type { Command } from '../../../runtime/program';
import { catalogueCommand } from './catalogue';
import { checkCommand } from './check';
import { explainCommand } from './explain';
import { pinCommand } from './pin';

/** What the program does besides serving, by the word that follows its name. */
export const COMMANDS: { readonly [name: string]: Command } = {
  explain: explainCommand,
  check: checkCommand,
  catalogue: catalogueCommand,
  pin: pinCommand,
};
