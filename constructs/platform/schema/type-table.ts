import type { Combination } from './combination';

/**
 * A type of a generated table. Exactly one of `fields` (an object), `items` (a list), `values` (a map) and `is`
 * (a single value) is there; the rest narrows it.
 *
 * A reference to a type is a string: a primitive or the name of a type, followed by `[]` for a list of it or `{}` for
 * a map to it. A field whose name ends in `!` must be given.
 */
export interface TypeDefinition extends Combination {
  readonly fields?: { readonly [name: string]: string };
  readonly items?: string;
  readonly values?: string;
  readonly is?: string;
  readonly pattern?: string;
  readonly flags?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  /** A list whose values are all different. */
  readonly distinct?: boolean;
  /** A list of objects that differ in these fields together. */
  readonly distinctBy?: readonly string[];
  /** What the API server fills in before it judges the combinations. */
  readonly defaults?: { readonly [name: string]: unknown };
}

/** A field of an object type. */
export interface Field {
  readonly type: Type;
  readonly required: boolean;
}

/** A type made ready for checking. */
export class Type {
  /** Of a list or a map: what it holds. */
  public readonly element?: Type;
  private cachedFields?: Map<string, Field>;
  private cachedPattern?: RegExp;

  public constructor(
    public readonly shape: 'list' | 'map' | 'object' | 'value',
    /** Of a single value: `string`, `integer`, `quantity` …; else empty. */
    public readonly primitive: string,
    public readonly definition: TypeDefinition,
    private readonly types: TypeTable,
    elementExpression?: string,
  ) {
    this.element = elementExpression === undefined ? undefined : types.type(elementExpression);
  }

  /** Read only when an object of this type comes along: most of the table is never used in a run. */
  public get fields(): Map<string, Field> {
    this.cachedFields ??= new Map(
      Object.entries(this.definition.fields ?? {}).map(([key, expression]) => {
        const required = key.endsWith('!');
        const { types } = this;
        return [
          required ? key.slice(0, -1) : key,
          {
            required,
            get type() {
              return types.type(expression);
            },
          },
        ];
      }),
    );
    return this.cachedFields;
  }

  public get pattern(): RegExp | undefined {
    const { pattern, flags } = this.definition;
    this.cachedPattern ??= pattern === undefined ? undefined : new RegExp(pattern, flags);
    return this.cachedPattern;
  }
}

const NO_LIMITS: TypeDefinition = {};

/** Finds types by their expression. */
export class TypeTable {
  private readonly known = new Map<string, Type>();

  public constructor(private readonly definitions: { readonly [name: string]: TypeDefinition }) {}

  public has(name: string): boolean {
    return Object.hasOwn(this.definitions, name);
  }

  public type(expression: string): Type {
    let type = this.known.get(expression);
    if (!type) {
      type = this.read(expression);
      this.known.set(expression, type);
    }
    return type;
  }

  private read(expression: string): Type {
    if (expression.endsWith('[]')) {
      return new Type('list', '', NO_LIMITS, this, expression.slice(0, -2));
    }
    if (expression.endsWith('{}')) {
      return new Type('map', '', NO_LIMITS, this, expression.slice(0, -2));
    }
    if (!this.has(expression)) {
      return new Type('value', expression, NO_LIMITS, this);
    }
    const definition = this.definitions[expression];
    if (definition.items !== undefined) {
      return new Type('list', '', definition, this, definition.items);
    }
    if (definition.values !== undefined) {
      return new Type('map', '', definition, this, definition.values);
    }
    return new Type(definition.fields ? 'object' : 'value', definition.is ?? '', definition, this);
  }
}
