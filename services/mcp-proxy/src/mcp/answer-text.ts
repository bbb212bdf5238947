import { ErrorCode, errorText, type RequestId, resultText } from '../protocol/json-rpc';
import { type JsonObject, ProtocolEra, type UpstreamAnswer } from '../upstream/upstream';

/** An answer as it is sent: the body, and its HTTP status where no stream has begun. */
export interface AnswerText {
  readonly status: number;
  readonly json: string;
}

/** The errors of a server for which the specification demands an HTTP status. */
const BAD_REQUESTS: ReadonlySet<number> = new Set([ErrorCode.HEADER_MISMATCH, ErrorCode.MISSING_CAPABILITY]);

/** A server's answer in the words of the client's era. */
export function answerText(id: RequestId, era: ProtocolEra, method: string, answer: UpstreamAnswer): AnswerText {
  if ('error' in answer) {
    const status = era === ProtocolEra.MODERN && BAD_REQUESTS.has(answer.error.code) ? 400 : 200;
    return { status, json: errorText(id, answer.error) };
  }
  const { result } = answer;
  const raw = 'raw' in answer && typeof answer.raw === 'string' ? answer.raw : undefined;
  const json = era === ProtocolEra.MODERN ? modernResult(method, result, raw) : legacyResult(result, raw);
  return { status: 200, json: resultText(id, json) };
}

function modernResult(method: string, result: JsonObject, raw: string | undefined): string {
  // A resource was read with one user's rights: nobody may keep it for others, whatever its server says.
  if (method === 'resources/read' && result.resultType !== 'input_required') {
    const ttlMs = typeof result.ttlMs === 'number' ? result.ttlMs : 0;
    return JSON.stringify({ resultType: 'complete', ...result, ttlMs, cacheScope: 'private' });
  }
  const text = raw ?? JSON.stringify(result);
  if (result.resultType !== undefined) return text;
  return text === '{}' ? '{"resultType":"complete"}' : `{"resultType":"complete",${text.slice(text.indexOf('{') + 1)}`;
}

function legacyResult(result: JsonObject, raw: string | undefined): string {
  if (result.resultType === undefined) return raw ?? JSON.stringify(result);
  const { resultType: _type, ttlMs: _ttl, cacheScope: _scope, ...rest } = result;
  return JSON.stringify(rest);
}
