import fc from 'fast-check';
import { type SseEvent, SseParser } from '../../src/upstream/sse-parser';

function read(text: string, cuts: readonly number[] = []): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = new SseParser(1_000, (event) => events.push(event));
  const bytes = Buffer.from(text);
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const place of [...places, bytes.length]) {
    parser.push(bytes.subarray(from, place));
    from = place;
  }
  return events;
}

describe('server-sent events', () => {
  it.each([
    ['one line', 'data: a\n\n', [{ type: 'message', data: 'a' }]],
    ['several data lines', 'data: a\ndata:b\ndata\n\n', [{ type: 'message', data: 'a\nb\n' }]],
    [
      'carriage returns',
      'data: a\r\n\r\ndata: b\r\rdata: c\n\n',
      ['a', 'b', 'c'].map((data) => ({ type: 'message', data })),
    ],
    [
      'a type, for one event only',
      'event: endpoint\ndata: /x\n\ndata: y\n\n',
      [
        { type: 'endpoint', data: '/x' },
        { type: 'message', data: 'y' },
      ],
    ],
    [
      'comments, unknown fields, empty events',
      ': hi\nfoo: bar\n\ndata:\n\ndata: a\n\n',
      [{ type: 'message', data: 'a' }],
    ],
    ['a byte order mark', '\ufeffdata: a\n\n', [{ type: 'message', data: 'a' }]],
    ['an event that does not end', 'data: a\n', []],
  ])('%s', (_, text, events) => {
    expect(read(text)).toEqual(events);
  });

  it('reads the same whatever pieces the bytes come in', () => {
    const line = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
      fc.constantFrom('', ': c', 'id: 7', 'event: e', 'data', 'größe: ü'),
    );
    const end = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, end), { maxLength: 12 }),
        fc.array(fc.nat(400), { maxLength: 8 }),
        (lines, cuts) => {
          const text = lines.flat().join('');
          expect(read(text, cuts)).toEqual(read(text));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('keeps the id and the reconnection time', () => {
    const parser = new SseParser(1_000, () => {});
    parser.push(Buffer.from('id: e-1\nretry: 250\nretry: soon\ndata:\n\n'));
    expect([parser.lastEventId, parser.retryMs]).toEqual(['e-1', 250]);
  });

  it.each([
    ['a line', ['data: ', 'a'.repeat(600), 'b'.repeat(600)]],
    ['many lines', Array(300).fill('data: abcdef\n')],
  ])('refuses %s beyond the limit, in whatever pieces', (_, pieces) => {
    const parser = new SseParser(1_000, () => {});
    expect(() => {
      for (const piece of pieces) parser.push(Buffer.from(piece));
    }).toThrow(RangeError);
  });
});
