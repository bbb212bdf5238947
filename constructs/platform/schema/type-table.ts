import type { Combination } from './combination';

/**
 * A type of a generated table. Exactly one of `fields` (an object), `items` (a list), `values` (a map), `choice` (one of
 * several types) and `is` (a single value) is there; the rest narrows it.
 *
 * A reference to a type is a string: a primitive or the name of a type, followed by `[]` for a list of it or `{}` for
 * a map to it. `fields` is `name:type name:type …`, where `!` after a name says that the field must be given.
 */
export interface TypeDefinition extends Combination {
  readonly fields?: string;
  readonly items?: string;
  readonly values?: string;
  readonly choice?: readonly string[];
  readonly is?: string;
  /** Of an `instance`: its class. */
  readonly of?: string;
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

const NO_LIMITS: TypeDefinition = {};
const NO_FIELDS: ReadonlyMap<string, string> = new Map();

/** A type made ready for checking. */
export class Type {
  /** True when a value of the right shape, and of the right primitive or with the right parts, is right. */
  public readonly unlimited: boolean;
  /** True when the type says nothing about several parts together. */
  public readonly simple: boolean;
  /** Of a single value: what `typeof` must say, when that is all there is to it. */
  public readonly javaScriptType?: 'string' | 'boolean';
  /** The fields that must be given. */
  public readonly required: readonly string[] = [];
  private readonly expressions: ReadonlyMap<string, string> = NO_FIELDS;
  private readonly fieldTypes = new Map<string, Type>();
  private cachedElement?: Type;
  private cachedPattern?: RegExp;

  public constructor(
    private readonly table: TypeTable,
    public readonly shape: 'list' | 'map' | 'object' | 'choice' | 'value',
    /** Of a single value: `string`, `integer`, `quantity` …; else empty. */
    public readonly primitive: string,
    public readonly definition: TypeDefinition,
    private readonly elementExpression = '',
  ) {
    const { allOf, anyOf, oneOf, not, fields, minProperties, maxProperties } = definition;
    const combined = Boolean(allOf ?? anyOf ?? oneOf ?? not);
    this.unlimited = definition === NO_LIMITS;
    if (shape === 'value') {
      this.simple = !combined;
    } else if (shape === 'object') {
      this.simple = !combined && minProperties === undefined && maxProperties === undefined;
    } else {
      this.simple = this.unlimited;
    }
    if (this.unlimited && (primitive === 'string' || primitive === 'boolean')) {
      this.javaScriptType = primitive;
    }
    if (fields !== undefined) {
      [this.expressions, this.required] = readFields(fields);
    }
  }

  /** Of a list or a map: what it holds. */
  public get element(): Type {
    this.cachedElement ??= this.table.type(this.elementExpression);
    return this.cachedElement;
  }

  /** Of a choice: the types of which one must fit. */
  public get choices(): Type[] {
    return (this.definition.choice ?? []).map((expression) => this.table.type(expression));
  }

  public get fieldNames(): Iterable<string> {
    return this.expressions.keys();
  }

  /** The type of a field; undefined when there is no such field. */
  public field(name: string): Type | undefined {
    let type = this.fieldTypes.get(name);
    if (!type) {
      const expression = this.expressions.get(name);
      if (expression === undefined) {
        return undefined;
      }
      type = this.table.type(expression);
      this.fieldTypes.set(name, type);
    }
    return type;
  }

  public get pattern(): RegExp | undefined {
    const { pattern, flags } = this.definition;
    this.cachedPattern ??= pattern === undefined ? undefined : new RegExp(pattern, flags);
    return this.cachedPattern;
  }
}

/** The type expressions of the fields, and the names of those that must be given. */
function readFields(line: string): [Map<string, string>, string[]] {
  const expressions = new Map<string, string>();
  const required: string[] = [];
  for (const field of line === '' ? [] : line.split(' ')) {
    const colon = field.indexOf(':');
    const must = field[colon - 1] === '!';
    const name = field.slice(0, must ? colon - 1 : colon);
    expressions.set(name, field.slice(colon + 1));
    if (must) {
      required.push(name);
    }
  }
  return [expressions, required];
}

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
      return new Type(this, 'list', '', NO_LIMITS, expression.slice(0, -2));
    }
    if (expression.endsWith('{}')) {
      return new Type(this, 'map', '', NO_LIMITS, expression.slice(0, -2));
    }
    if (!this.has(expression)) {
      return new Type(this, 'value', expression, NO_LIMITS);
    }
    const definition = this.definitions[expression];
    if (definition.items !== undefined) {
      return new Type(this, 'list', '', definition, definition.items);
    }
    if (definition.values !== undefined) {
      return new Type(this, 'map', '', definition, definition.values);
    }
    if (definition.choice !== undefined) {
      return new Type(this, 'choice', '', definition);
    }
    return new Type(this, definition.fields === undefined ? 'value' : 'object', definition.is ?? '', definition);
  }
}
