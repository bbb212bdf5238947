import { ApiError } from '../http/api-error';
import { type Exchange, type Routes, sendJson } from '../http/server';
import type { CallerCheck } from '../identity/caller';

/** `/v1/models`: the names that are offered. Asks nobody. */
export function modelRoutes(callers: CallerCheck, models: ReadonlyMap<string, string>, created: number): Routes {
  const all = [...models.keys()].map((id) => ({ id, object: 'model', created, owned_by: 'claude-service' }));
  return {
    'GET /v1/models': ({ request, response }: Exchange) => {
      callers.identify(request.headers);
      sendJson(response, 200, { object: 'list', data: all });
    },
    'GET /v1/models/:id': ({ request, response, parameters }: Exchange) => {
      callers.identify(request.headers);
      const model = all.find(({ id }) => id === parameters.id);
      if (!model) throw new ApiError(404, `There is no model ${parameters.id} here.`, { code: 'model_not_found' });
      sendJson(response, 200, model);
    },
  };
}
