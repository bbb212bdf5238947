/** How a check ended. What could not be checked is neither good nor bad, and is always said. */
export enum State {
  PASSED = 'passed',
  FAILED = 'failed',
  UNCHECKED = 'not checked',
}

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, such as "Deployment open-webui". */
  readonly subject: string;
  readonly state: State;
  /** What was seen; of a failure, what is wrong and what to do. Never a secret value. */
  readonly says: string;
}

export function passed(subject: string, says: string): Finding {
  return { subject, state: State.PASSED, says };
}

export function failed(subject: string, says: string): Finding {
  return { subject, state: State.FAILED, says };
}

export function unchecked(subject: string, says: string): Finding {
  return { subject, state: State.UNCHECKED, says };
}

/** Failed with all problems in one sentence; passed with the given words when there is none. */
export function judged(subject: string, problems: readonly string[], otherwise: string): Finding {
  return problems.length > 0 ? failed(subject, problems.join('; ')) : passed(subject, otherwise);
}
