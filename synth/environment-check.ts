import { dnsLabel, isWrong, mustBe } from '../constructs/platform/manifest-rules/name-forms';
import { typeErrors } from '../constructs/platform/schema/type-check';
import { TypeTable } from '../constructs/platform/schema/type-table';
import { isPlainObject, quoted } from '../constructs/platform/schema/value-words';

/** Where an environment has to be listed to be rendered. */
const LISTED_IN = 'environments/index.ts';

// Here the workspace need only be an object: its own constructor knows its keys.
const ENVIRONMENT = new TypeTable({
  Environment: { fields: 'name!:string description!:string workspace!:any{} placeholders:string{} problems:string[]' },
}).type('Environment');

/**
 * What is wrong with the listed environments themselves, their workspaces aside: sentences, each with the name of its
 * environment. Types alone do not see it: data may come from JSON. Empty when all is right.
 */
export function environmentErrors(environments: readonly unknown[]): string[] {
  const names = environments.map(nameOf);
  return environments.flatMap((environment, index) => {
    const name = names[index];
    const first = names.indexOf(name);
    const errors = [
      ...typeErrors(ENVIRONMENT, environment),
      // The name becomes a folder and an id.
      ...(isWrong(name, dnsLabel) ? [`name: ${mustBe(name, dnsLabel)}`] : []),
      ...(name !== undefined && first < index
        ? [
            `name: entry ${index + 1} of ${LISTED_IN} has the name of entry ${first + 1} and would overwrite its files: give it a name of its own`,
          ]
        : []),
      ...placeholderErrors(environment),
      ...problemsOf(environment),
    ];
    return errors.map((error) => `[${name || `${LISTED_IN}, entry ${index + 1}`}] ${error}`);
  });
}

/** A sentence for a name that no environment has. */
export function noEnvironment(name: string, environments: readonly { readonly name: string }[]): string {
  return `There is no environment ${name}: there are ${environments.map((environment) => environment.name).join(', ')}. They are listed in ${LISTED_IN}.`;
}

function nameOf(environment: unknown): string | undefined {
  return isPlainObject(environment) && typeof environment.name === 'string' ? environment.name : undefined;
}

function problemsOf(environment: unknown): string[] {
  const problems = isPlainObject(environment) ? environment.problems : undefined;
  return Array.isArray(problems) ? problems.map(String) : [];
}

/** A placeholder is named in a comment, which ends with its line. */
function placeholderErrors(environment: unknown): string[] {
  const placeholders = isPlainObject(environment) ? environment.placeholders : undefined;
  return Object.entries(isPlainObject(placeholders) ? placeholders : {})
    .filter(([value, meaning]) => value === '' || /[\r\n]/.test(`${value}${meaning}`))
    .map(([value]) => `placeholders: ${quoted(value)} and what it is must each be one line, and not empty`);
}
