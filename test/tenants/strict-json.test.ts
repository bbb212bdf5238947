import fc from 'fast-check';
import { parseStrictJson } from '../../constructs/tenants/strict-json';

describe('strict JSON', () => {
  test('says what JSON.parse says, for any value in any layout', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(0, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const read = parseStrictJson(text);
        expect(read.errors).toEqual([]);
        expect(JSON.stringify(read.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test('refuses what JSON.parse refuses and takes what it takes', () => {
    const fragment = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '\n',
      ' ',
      '1',
      '-',
      '.',
      'e',
      'null',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 8 }), (fragments) => {
        const text = fragments.join('');
        const read = parseStrictJson(text);
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          expect(read.value).toBeUndefined();
          expect(read.errors).toHaveLength(1);
          return;
        }
        expect(JSON.stringify(read.value)).toBe(JSON.stringify(parsed));
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['', 'line 1, column 1: the file ends where a value must stand'],
    ['\n{', 'line 2, column 2: the file ends where a key in double quotes must stand'],
    ['{\n  "a": 1,\n}', 'line 3, column 1: } stands where a key in double quotes must stand'],
    ['{"a" 1}', 'line 1, column 6: 1 stands where ":" must stand'],
    ['{"a": 1 "b": 2}', 'line 1, column 9: " stands where "," or "}" must stand'],
    ['[1,]', 'line 1, column 4: ] stands where a value must stand'],
    ['{} x', 'line 1, column 4: x stands where the end of the file must stand'],
    ["{'a': 1}", "line 1, column 2: ' stands where a key in double quotes must stand"],
    ['\ufeff{}', 'line 1, column 1: U+FEFF stands where a value must stand'],
    ['["a\nb"]', 'line 1, column 4: a line break or control character inside a text: write it as an escape'],
    ['["a', 'line 1, column 2: a text starts here and never ends: close it with a double quote'],
    ['["\\x"]', 'line 1, column 2: a text with a wrong escape: after a backslash write one of "\\/bfnrtu'],
  ])('says where %j is wrong', (text, error) => {
    expect(parseStrictJson(text)).toEqual({ errors: [error] });
  });

  test('reports every key that is given twice, also when one is written with an escape', () => {
    expect(parseStrictJson('{\n "a": 1,\n "b": {"c": 1, "c": 2},\n "\\u0061": 2\n}').errors).toEqual([
      'line 3, column 16: the key "c" is given twice (first on line 3): keep one of them',
      'line 4, column 2: the key "a" is given twice (first on line 2): keep one of them',
    ]);
  });

  test('ends deep nesting with a sentence instead of exhausting the stack', () => {
    expect(parseStrictJson('['.repeat(100_000)).errors).toEqual(['line 1, column 33: nested deeper than 32 levels']);
  });

  test('takes __proto__ for a key like any other', () => {
    const { value } = parseStrictJson('{"__proto__": {"enabled": true}}');
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect((value as { enabled?: boolean }).enabled).toBeUndefined();
  });
});
