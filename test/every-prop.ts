import { Size } from 'cdk8s';
import generated from '../constructs/platform/schema/props.generated.json';
import { Secrets } from '../constructs/platform/secrets';
import { renderTopology } from '../synth/topology';
import type { Rendered } from './render';

/** A construct, and samples of its props that together give every one of them a value that is not its default. */
export interface PropSamples {
  /** Name of the exported props interface. */
  readonly struct: string;
  readonly samples: readonly object[];
  // biome-ignore lint/suspicious/noExplicitAny: each construct has props of its own
  readonly render: (props: any) => Rendered<unknown>;
  /** Props that reach no file, each with the reason. Below `a`, `a.b` and `a[].c` are covered too. @default - none */
  readonly unseen?: { readonly [path: string]: string };
  /** Other values of required props that the harness cannot change by itself. @default - none */
  readonly others?: { readonly [path: string]: unknown };
}

type Step = string | number;
type Types = { readonly [name: string]: { readonly fields?: string } };

const TYPES = generated.types as Types;

/** A prop of a struct or, after a dot or brackets, of the structs in it. */
interface Prop {
  readonly path: string;
  readonly required: boolean;
}

/**
 * Every prop of a struct, and of the structs of this library in it, as the API description has them: a prop that is
 * added to an interface is here at once.
 */
export function propsOf(struct: string, prefix = '', above: readonly string[] = []): Prop[] {
  const fields = TYPES[struct]?.fields;
  if (fields === undefined) {
    throw new Error(`${struct} is no struct of the library: export it, and run npm run schema`);
  }
  return fields.split(' ').flatMap((field) => {
    const [, name, required, type, brackets] = /^(\w+)(!?):([^[{]+)([[\]{}]*)$/.exec(field) ?? [];
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const isOwnStruct = TYPES[type]?.fields !== undefined && !type.includes('.') && !above.includes(type);
    const inner = isOwnStruct ? propsOf(type, `${path}${brackets}`, [...above, struct, type]) : [];
    return [{ path, required: required === '!' }, ...inner];
  });
}

/** Declares the tests: the samples name every prop, and no output is the same without one of them. */
export function describeEveryProp(construct: PropSamples): void {
  describe(construct.struct, () => {
    test('the samples name every prop', () => {
      expect(unnamedProps(construct)).toEqual([]);
    });

    test('every prop given reaches the output', () => {
      expect(silentProps(construct)).toEqual([]);
    });

    test('what is said to reach no output is a prop', () => {
      const paths = propsOf(construct.struct).map(({ path }) => path);
      expect(Object.keys(construct.unseen ?? {}).filter((path) => !paths.includes(path))).toEqual([]);
    });
  });
}

/** The props that no sample names. */
export function unnamedProps(construct: PropSamples): string[] {
  return seenProps(construct)
    .map(({ path }) => path)
    .filter((path) => construct.samples.every((sample) => placesOf(sample, path).length === 0));
}

/** The props without which, or with another value of which, every sample renders as it is. */
export function silentProps(construct: PropSamples): string[] {
  const { samples, render, others = {} } = construct;
  const outputs = samples.map((sample) => outputOf(render(sample)));
  const isSeen = ({ path, required }: Prop): boolean =>
    samples.some((sample, index) =>
      placesOf(sample, path).some((place) => {
        const changes = (value: unknown) =>
          attempt(() => outputOf(render(replaced(sample, place, value))) !== outputs[index]);
        const other = path in others ? others[path] : otherThan(at(sample, place));
        return (!required && changes(undefined)) || (other !== undefined && changes(other));
      }),
    );
  return seenProps(construct)
    .filter((prop) => !isSeen(prop))
    .map(({ path }) => path);
}

function seenProps({ struct, unseen = {} }: PropSamples): Prop[] {
  const below = (path: string, known: string) =>
    path === known || path.startsWith(`${known}.`) || path.startsWith(`${known}[`);
  return propsOf(struct).filter(({ path }) => !Object.keys(unseen).some((known) => below(path, known)));
}

/** All that comes of a construct: its objects, the keys of its Secrets, and its arrows in the picture. */
function outputOf(rendered: Rendered<unknown>): string {
  const secrets = rendered.app.node.findAll().filter((construct): construct is Secrets => construct instanceof Secrets);
  return JSON.stringify([
    rendered.allManifests,
    secrets.flatMap(({ all }) => all.map(({ secretName, keys }) => [secretName, keys])),
    renderTopology('test', '', rendered.app),
  ]);
}

// Without a prop a construct may throw, which says nothing about where its value goes.
function attempt(change: () => boolean): boolean {
  try {
    return change();
  } catch {
    return false;
  }
}

/** Where in a sample a path leads: `hosts[].port` leads into every entry of the list, `budgets{}.limit` of the map. */
function placesOf(sample: object, path: string): Step[][] {
  return path
    .split('.')
    .flatMap((part) => (/[\]}]$/.test(part) ? [part.slice(0, -2), '*'] : [part]))
    .reduce<Step[][]>(
      (places, part) =>
        places.flatMap((place) => {
          const value = at(sample, place);
          if (value === null || typeof value !== 'object') {
            return [];
          }
          if (part === '*') {
            return Object.keys(value).map((key) => [...place, key]);
          }
          return (value as { [key: string]: unknown })[part] === undefined ? [] : [[...place, part]];
        }),
      [[]],
    );
}

function at(value: unknown, place: readonly Step[]): unknown {
  return place.reduce((inner, step) => (inner as { [key: Step]: unknown })[step], value);
}

/** A copy with another value at a place; undefined takes the value away. */
function replaced<T>(value: T, [step, ...rest]: readonly Step[], by: unknown): T {
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as { [key: Step]: unknown };
  if (rest.length > 0) {
    copy[step] = replaced(copy[step], rest, by);
  } else if (by === undefined) {
    delete copy[step];
  } else {
    copy[step] = by;
  }
  return copy as T;
}

function otherThan(value: unknown): unknown {
  if (typeof value === 'string') {
    return `${value}x`;
  }
  if (typeof value === 'number') {
    return value + 1;
  }
  if (typeof value === 'boolean') {
    return !value;
  }
  if (value instanceof Size) {
    return Size.mebibytes(value.toMebibytes() + 1024);
  }
  if (Array.isArray(value) && typeof value[0] === 'string') {
    return [...value, `${value[0]}x`];
  }
  return undefined;
}
