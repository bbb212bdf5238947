import { joined } from '../schema/field-path';

/**
 * A place in a manifest and what stands there. Reading never fails: what is missing or of another type reads as
 * absent, because the schema check has its own sentence for that.
 */
export class Part {
  public constructor(
    public readonly value: unknown,
    /** The part that this one is a field or an entry of. */
    public readonly parent?: Part,
    private readonly step: string | number = '',
  ) {}

  /** `spec.containers[0].name`; empty at the root. */
  public get path(): string {
    const before = this.parent?.path ?? '';
    return this.parent ? before + joined(before, this.step) : '';
  }

  /** The name of the field, or the key of the entry. */
  public get key(): string {
    return String(this.step);
  }

  /** The field of this name; absent when there is none. */
  public at(name: string): Part {
    const value = this.field(name);
    return value === undefined ? ABSENT : new Part(value, this, name);
  }

  /** The entries of a list, none when it is no list; only those that have the field `having`, when it is given. */
  public items(name: string, having?: string): Part[] {
    const list = this.field(name);
    const items: Part[] = [];
    if (Array.isArray(list)) {
      const parent = this.at(name);
      for (const [index, item] of list.entries()) {
        if (having === undefined || (isObject(item) && item[having] !== undefined)) {
          items.push(new Part(item, parent, index));
        }
      }
    }
    return items;
  }

  /** One field of each entry of a list, where it is a string. */
  public texts(name: string, field: string): string[] {
    const list = this.field(name);
    const texts: string[] = [];
    for (const item of Array.isArray(list) ? list : []) {
      const text = isObject(item) ? item[field] : undefined;
      if (typeof text === 'string') {
        texts.push(text);
      }
    }
    return texts;
  }

  /** The values of an object, none when it is no object. */
  public entries(name: string): Part[] {
    const map = this.at(name);
    return map.keys.map((key) => map.at(key));
  }

  public get keys(): string[] {
    const { value } = this;
    return isObject(value) ? Object.keys(value).filter((key) => value[key] !== undefined) : [];
  }

  public has(name: string): boolean {
    return this.field(name) !== undefined;
  }

  public get given(): boolean {
    return this.value !== undefined;
  }

  /** The string that stands here, or the one in the named field. */
  public text(name?: string): string | undefined {
    const value = this.field(name);
    return typeof value === 'string' ? value : undefined;
  }

  /** The number that stands here, or the one in the named field. */
  public number(name?: string): number | undefined {
    const value = this.field(name);
    return typeof value === 'number' ? value : undefined;
  }

  private field(name: string | undefined): unknown {
    if (name === undefined) {
      return this.value;
    }
    return isObject(this.value) ? this.value[name] : undefined;
  }
}

/** What is not there has no place either: no rule speaks about it. */
const ABSENT = new Part(undefined);

function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
