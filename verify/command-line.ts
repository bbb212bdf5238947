import { parseArgs } from 'node:util';
import type { NamedUser } from './check';

/** What the command is told. */
export interface VerifyOptions {
  /** Name of an environment in dist/, or a folder. */
  readonly environment: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  /** Names of checks; all without any. */
  readonly only: readonly string[];
  /** File of the report; `-` for none. */
  readonly report?: string;
  readonly users: readonly NamedUser[];
}

/** The command line does not say what is wanted; the message is a sentence. */
export class WrongUsage extends Error {}

/** Reads the arguments; nothing when the usage is asked for. Error: `WrongUsage`. */
export function readCommandLine(args: readonly string[], checkNames: readonly string[]): VerifyOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [environment, ...rest] = positionals;
  if (environment === undefined || rest.length > 0) throw new WrongUsage('Name one environment.');
  const only = (values.only ?? []).flatMap((list) => list.split(','));
  const unknown = only.filter((name) => !checkNames.includes(name));
  if (unknown.length > 0) {
    throw new WrongUsage(`There is no check ${unknown.join(', ')}: there are ${checkNames.join(', ')}.`);
  }
  const { kubeconfig, context, namespace, report } = values;
  return { environment, kubeconfig, context, namespace, only, report, users: (values.user ?? []).map(userIn) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
        namespace: { type: 'string', short: 'n' },
        only: { type: 'string', multiple: true },
        report: { type: 'string' },
        user: { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    throw new WrongUsage(`${(error as Error).message}.`);
  }
}

/** `a@google.com:google-employees,developers`. */
function userIn(text: string): NamedUser {
  const [email, groups = ''] = text.split(':');
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw new WrongUsage(`--user ${text} is not an e-mail address, with a colon and groups after it if there are any.`);
  }
  return { email, groups: groups.split(',').filter(Boolean) };
}
