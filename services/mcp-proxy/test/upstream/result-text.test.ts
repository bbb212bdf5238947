import fc from 'fast-check';
import { memberText, ResultAnswer } from '../../src/upstream/result-text';

describe('the text of a result', () => {
  it('is what JSON.parse sees, for any JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.json({ maxDepth: 2 }), fc.boolean(), (result, other, spaced) => {
        const gap = spaced ? ' ' : '';
        const message = `{${gap}"a"${gap}:${gap}${other},"result":${gap}${result}${gap},"id":7${gap}}`;
        const text = memberText(message, 'result');
        expect(JSON.parse(text ?? 'null')).toEqual(JSON.parse(message).result);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['twice', '{"result":{"a":1},"result":{"b":2}}'],
    ['under an escaped name too', '{"result":{"a":1},"res\\u0075lt":{"b":2}}'],
    ['over several lines, which would break a stream of events', '{"result":{\n"a":1}}'],
    ['not at all', '{"error":{"result":{}}}'],
  ])('is not told when it is there %s', (_, message) => {
    expect(memberText(message, 'result')).toBeUndefined();
  });

  it('is read only when asked for', () => {
    const result = { a: 1 };
    expect(new ResultAnswer(result).raw).toBeUndefined();
    expect(new ResultAnswer(result, '{"jsonrpc":"2.0","id":1,"result":{"a": 1}}').raw).toBe('{"a": 1}');
  });
});
