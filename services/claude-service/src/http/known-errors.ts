import { ModelError } from '../engine/engine';
import { LeaseLost, StoreUnavailable } from '../store/database';
import { WorkspaceUnavailable } from '../workspace/workspace';
import { ApiError } from './api-error';

/** What a caller may know of an error. */
export function apiErrorOf(error: unknown, requestId: string): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ModelError) {
    const { status, message, retryAfterSeconds } = error;
    return new ApiError(status, message, { code: 'model_error', retryAfterSeconds });
  }
  if (error instanceof LeaseLost) {
    return new ApiError(409, 'Another replica has taken this chat over.', { code: 'session_busy' });
  }
  if (error instanceof StoreUnavailable) {
    return new ApiError(
      503,
      'The database of the sessions cannot be used now: try again in a moment. What was answered before is kept.',
      { code: 'store_unavailable' },
    );
  }
  if (error instanceof WorkspaceUnavailable) {
    return new ApiError(
      503,
      `The folder for the files of this chat cannot be made now (${error.message}): try again later, or tell an administrator.`,
      { code: 'workspace_unavailable' },
    );
  }
  return new ApiError(500, `Something went wrong; the log tells more under ${requestId}.`);
}
