import { type Finding, failed, unchecked } from './finding';
import { ApiRefusal, UnknownKind } from './kubernetes/api-server';
import { NoAccess, PortClosed } from './kubernetes/pod-access';

/** A finding about one thing. What keeps it from being seen is one as well, so that the others are still looked at. */
export async function look(subject: string, find: () => Promise<Finding>): Promise<Finding> {
  try {
    return await find();
  } catch (error) {
    const seen = hindrance(subject, error);
    if (!seen) throw error;
    return seen;
  }
}

/** The finding that an error stands for; nothing for one that is no answer of the cluster. */
export function hindrance(subject: string, error: unknown): Finding | undefined {
  if (error instanceof UnknownKind) return failed(subject, `${error.message}: install what serves it`);
  if (error instanceof PortClosed) return failed(subject, error.message);
  if (error instanceof ApiRefusal || error instanceof NoAccess) return unchecked(subject, error.message);
  return undefined;
}
