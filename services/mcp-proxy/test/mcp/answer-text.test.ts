import { answerText } from '../../src/mcp/answer-text';
import { ProtocolEra } from '../../src/upstream/upstream';

const text = (era: ProtocolEra, method: string, result: { [key: string]: unknown }, raw?: string) =>
  JSON.parse(answerText(1, era, method, raw === undefined ? { result } : { result, raw }).json).result;

describe('an answer for a client of 2026-07-28', () => {
  test('of an older server gets its resultType', () => {
    expect(text(ProtocolEra.MODERN, 'tools/call', { content: [] })).toEqual({ resultType: 'complete', content: [] });
    expect(text(ProtocolEra.MODERN, 'tools/call', { content: [] }, '{"content":[]}')).toEqual({
      resultType: 'complete',
      content: [],
    });
    expect(text(ProtocolEra.MODERN, 'completion/complete', {})).toEqual({ resultType: 'complete' });
  });

  test('that is incomplete stays as it is', () => {
    const result = { resultType: 'input_required', inputRequests: {}, requestState: 's' };
    expect(text(ProtocolEra.MODERN, 'resources/read', result)).toEqual(result);
  });

  test('with a resource is private, whatever the server says', () => {
    const result = { resultType: 'complete', contents: [], ttlMs: 5000, cacheScope: 'public' };
    expect(text(ProtocolEra.MODERN, 'resources/read', result)).toMatchObject({ ttlMs: 5000, cacheScope: 'private' });
    expect(text(ProtocolEra.MODERN, 'resources/read', { contents: [] })).toMatchObject({ ttlMs: 0 });
  });

  test.each([
    [-32021, 400],
    [-32020, 400],
    [-32602, 200],
    [-32603, 200],
  ])('that is the error %i has the status %i', (code, status) => {
    const answer = { error: { code, message: 'no' } };
    expect(answerText(1, ProtocolEra.MODERN, 'tools/call', answer).status).toBe(status);
    expect(answerText(1, ProtocolEra.LEGACY, 'tools/call', answer).status).toBe(200);
  });
});

describe('an answer for a client of 2025-11-25', () => {
  test('of a newer server loses what that version does not have', () => {
    const result = { resultType: 'complete', ttlMs: 1, cacheScope: 'private', contents: [] };
    expect(text(ProtocolEra.LEGACY, 'resources/read', result)).toEqual({ contents: [] });
  });

  test('keeps the text of the server', () => {
    const { json } = answerText('a"b', ProtocolEra.LEGACY, 'tools/call', {
      result: { a: 1 },
      raw: '{"a":1.0}',
    } as never);
    expect(json).toBe('{"jsonrpc":"2.0","id":"a\\"b","result":{"a":1.0}}');
  });
});
