import { typeErrors } from '../../../constructs/platform/schema/type-check';
import { TypeTable } from '../../../constructs/platform/schema/type-table';

class Redis {}

/** A table as the generator writes it for props: structs, enums, classes and one choice. */
const TYPES = new TypeTable({
  ChatProps: {
    fields:
      'title!:string replicas:number shared:boolean level:Level redis:Redis edge:Edge edges:Edge[] named:Edge{} ' +
      'tags:string{} grid:number[][] either:ChatProps.either target:ChatProps.target anything:any since:Date',
  },
  'ChatProps.either': { choice: ['string', 'number', 'Level'] },
  'ChatProps.target': { choice: ['Edge', 'boolean'] },
  Edge: { fields: 'host!:string port:number' },
  Level: { is: 'string', enum: ['low', 'high'] },
  Redis: { is: 'instance', of: 'Redis' },
  Date: { is: 'instance', of: 'Date' },
  Empty: { fields: '' },
});

const errorsOf = (props: unknown) => typeErrors(TYPES.type('ChatProps'), props);

it('lets right props pass', () => {
  const props = {
    title: 'chat',
    replicas: 1.5,
    shared: false,
    level: 'low',
    redis: new Redis(),
    edge: { host: 'chat.company.com', port: undefined },
    edges: [],
    named: { a: { host: 'a' } },
    tags: { 'app.kubernetes.io/name': 'chat' },
    grid: [[1, 2], []],
    either: 3,
    target: { host: 'b' },
    anything: { a: [1] },
    since: new Date(0),
  };
  expect(errorsOf(props)).toEqual([]);
  expect(typeErrors(TYPES.type('Empty'), {})).toEqual([]);
});

it.each<[string, object, string]>([
  ['an unknown key', { replicaz: 1 }, 'replicaz: unknown key; did you mean replicas?'],
  ['letters in another case', { Shared: true }, 'Shared: unknown key; did you mean shared?'],
  ['swapped letters', { titel: 'x' }, 'titel: unknown key; did you mean title?'],
  ['a key like no other', { xyzzy: 1 }, 'xyzzy: unknown key'],
  ['a name out of Object', { constructor: 1 }, 'constructor: unknown key'],
  ['a string for a number', { replicas: '3' }, 'replicas: expected a number, got the string "3"'],
  ['no number at all', { replicas: Number.NaN }, 'replicas: expected a number, got NaN'],
  ['a number without end', { replicas: Number.POSITIVE_INFINITY }, 'replicas: expected a number, got Infinity'],
  ['a number for a boolean', { shared: 1 }, 'shared: expected true or false, got the number 1'],
  ['a boolean for a string', { title: true }, 'title: expected a string, got true'],
  ['a function', { title: () => 'x' }, 'title: expected a string, got a function'],
  ['a value that is not listed', { level: 'hihg' }, 'level: "hihg" is not one of "low", "high"; did you mean high?'],
  ['another type for a listed value', { level: 3 }, 'level: expected one of "low", "high", got the number 3'],
  ['data for an instance', { redis: { host: 'x' } }, 'redis: expected an instance of Redis, got an object'],
  [
    'a string for an instance',
    { since: '2026-01-31' },
    'since: expected an instance of Date, got the string "2026-01-31"',
  ],
  ['an instance for data', { edge: new Redis() }, 'edge: expected an object, got an instance of Redis'],
  ['a string for data', { edge: 'chat' }, 'edge: expected an object, got the string "chat"'],
  ['a mistake in a struct', { edge: { host: 1 } }, 'edge.host: expected a string, got the number 1'],
  [
    'a mistake in a list',
    { edges: [{ host: 'a' }, { hots: 'b', host: 'b' }] },
    'edges[1].hots: unknown key; did you mean host?',
  ],
  ['a mistake in a map', { named: { 'a.b': {} } }, 'named["a.b"].host: missing; it must be given'],
  ['a list for a map', { tags: ['a'] }, 'tags: expected an object, got a list'],
  ['a map for a list', { edges: { a: 1 } }, 'edges: expected a list, got an object'],
  ['a mistake in a list of lists', { grid: [[1], ['2']] }, 'grid[1][0]: expected a number, got the string "2"'],
  ['null', { edge: null }, 'edge: null is not allowed; leave the key out'],
  ['null in a list', { edges: [null] }, 'edges[0]: null is not allowed; leave the key out'],
  [
    'none of several types',
    { either: true },
    'either: expected a string or a number or one of "low", "high", got true',
  ],
  ['the wrong struct of a choice', { target: { hots: 'b' } }, 'target.hots: unknown key; did you mean host?'],
])('%s is refused', (_, props, error) => {
  expect(errorsOf({ title: 'chat', ...props })).toContain(error);
});

it('asks for what must be given, and undefined does not count', () => {
  expect(errorsOf({ title: undefined })).toEqual(['title: missing; it must be given']);
});

it('finds all mistakes at once', () => {
  expect(errorsOf({ replicas: '3', edge: { host: 'a', prot: 1 }, level: 'x' })).toEqual([
    'replicas: expected a number, got the string "3"',
    'edge.prot: unknown key; did you mean port?',
    'level: "x" is not one of "low", "high"',
    'title: missing; it must be given',
  ]);
});

it.each<[unknown, string]>([
  [undefined, 'expected an object, got nothing'],
  ['chat', 'expected an object, got the string "chat"'],
  [null, 'null is not allowed; leave the key out'],
])('has no path to name when %j stands for all props', (props, error) => {
  expect(errorsOf(props)).toEqual([error]);
});

it('shortens a long value', () => {
  expect(errorsOf({ title: 'chat', level: 'x'.repeat(100) })[0]).toBe(
    `level: "${'x'.repeat(60)}…" is not one of "low", "high"`,
  );
});
