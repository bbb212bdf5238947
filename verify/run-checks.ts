import type { Check, CheckContext } from './check';
import { type Finding, failed, passed, type State } from './finding';
import { Unreachable } from './kubernetes/api-server';
import { hindrance } from './look';

/** What one theme came to. */
export interface ThemeResult {
  readonly check: Pick<Check, 'name' | 'about'>;
  readonly findings: readonly Finding[];
}

/** Who is told what is going on. */
export interface Progress {
  theme(check: Check): void;
  finding(finding: Finding): void;
}

/** Runs the checks one after the other. A check that cannot go on says why, and the others still run. */
export async function runChecks(
  context: CheckContext,
  checks: readonly Check[],
  progress: Progress,
): Promise<ThemeResult[]> {
  const results: ThemeResult[] = [];
  for (const check of checks) {
    const findings: Finding[] = [];
    const add = (finding: Finding) => {
      findings.push(finding);
      progress.finding(finding);
    };
    progress.theme(check);
    try {
      for await (const finding of check.run(context)) add(finding);
      if (findings.length === 0) add(passed('nothing', 'is rendered of this kind'));
    } catch (error) {
      add(broken(error));
    }
    results.push({ check, findings });
  }
  return results;
}

/** How many of all findings are in a state. */
export function count(results: readonly ThemeResult[], state: State): number {
  return results.flatMap(({ findings }) => findings).filter((finding) => finding.state === state).length;
}

/** A fault of ours must not look like a cluster that is well; without the cluster there is nothing more to say. */
function broken(error: unknown): Finding {
  if (error instanceof Unreachable) throw error;
  const stack = (error as Error).stack ?? String(error);
  return hindrance('the rest', error) ?? failed('the rest', `the check itself failed: ${stack}`);
}
