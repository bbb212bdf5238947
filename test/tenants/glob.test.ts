import fc from 'fast-check';
import { type CharSequence, Glob } from '../../constructs/tenants/glob';

/** The meaning of a glob in its shortest form, as slow as it is obvious. */
function meansMatch(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] !== '*') return pattern[0] === text[0] && text !== '' && meansMatch(pattern.slice(1), text.slice(1));
  return meansMatch(pattern.slice(1), text) || (text !== '' && meansMatch(pattern, text.slice(1)));
}

class CountedText implements CharSequence {
  public reads = 0;
  public readonly length: number;

  constructor(private readonly text: string) {
    this.length = text.length;
  }

  public charCodeAt(index: number): number {
    this.reads += 1;
    return this.text.charCodeAt(index);
  }
}

describe('a glob', () => {
  test.each([
    ['alice', 'alice', true],
    ['alice', 'alice2', false],
    ['alice', 'malice', false],
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['search_*', 'search_', true],
    ['search_*', 'research_x', false],
    ['*_file', 'read_file', true],
    ['*_file', 'read_files', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*ab*', 'aab', true],
    ['*aab*', 'aaab', true],
    ['x*abc*abc*y', 'xabcabcy', true],
    ['x*abc*abc*y', 'xababcy', false],
    ['a.c', 'abc', false],
    ['[a-z]+', 'abc', false],
  ])('%s over %s: %s', (pattern, text, matches) => {
    expect(new Glob(pattern).matches(text)).toBe(matches);
  });

  test('means what the reference says, for any pattern and text', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        expect(new Glob(pattern).matches(text)).toBe(meansMatch(pattern, text));
      }),
      { numRuns: 3000 },
    );
  });

  test('reads each character of a text at most once, whatever the pattern', () => {
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 40 });
    const texts = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 200 });
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        const counted = new CountedText(text);
        new Glob(pattern).matches(counted);
        expect(counted.reads).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  test.each([['*a*a*a*a*a*a*a*a*b'], [`*${'a'.repeat(200)}b*`], [`${'*a'.repeat(100)}*c`], ['*aaab*aaab*aaab*']])(
    'stays linear on the hostile pattern %s',
    (pattern) => {
      const counted = new CountedText('a'.repeat(100_000));
      expect(new Glob(pattern).matches(counted)).toBe(false);
      expect(counted.reads).toBeLessThanOrEqual(100_000);
    },
  );
});
