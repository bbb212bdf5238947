import fc from 'fast-check';
import { groupsOf } from '../../src/identity/groups-header';

/** `quote(value, safe=string.punctuation + ' \t')` of Python, as Open WebUI 0.12.4 applies it to the joined names. */
function openWebUi(names: readonly string[]): string {
  return Array.from(new TextEncoder().encode(names.join(',')), (byte) =>
    byte >= 0x80 || (byte < 0x20 && byte !== 9) || byte === 0x7f
      ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
      : String.fromCharCode(byte),
  ).join('');
}

it('reads the header that was seen from Open WebUI 0.12.4', () => {
  expect(groupsOf('Dev Gr%C3%B6%C3%9Fe,a,b%2C')).toEqual(['Dev Größe', 'a', 'b%2C']);
});

it.each([undefined, '', ',', ',,,'])('has no groups in %j', (header) => expect(groupsOf(header)).toEqual([]));

it('undoes no escape that Open WebUI does not make: such a group is another group', () => {
  expect(groupsOf('%61dmins,ops%2Cadmins,a%20b,%25,%')).toEqual(['%61dmins', 'ops%2Cadmins', 'a%20b', '%25', '%']);
});

it('leaves broken escapes as they are', () => {
  expect(groupsOf('%C3,%FF%FE,%C3%28,%E2%82')).toEqual(['%C3', '%FF%FE', '%C3%28', '%E2%82']);
});

it('keeps spaces, so that a part of a name with a comma is not another group', () => {
  expect(groupsOf(openWebUi(['sales, admins']))).toEqual(['sales', ' admins']);
});

it('gives back every name without comma and escape (property)', () => {
  const name = fc.string({ minLength: 1, unit: 'binary' }).filter((given) => !/[,%\p{Cc}]/u.test(given));
  fc.assert(fc.property(fc.array(name), (names) => expect(groupsOf(openWebUi(names))).toEqual(names)));
});

it('never throws (property)', () => {
  fc.assert(fc.property(fc.string(), (header) => Array.isArray(groupsOf(header))));
});
