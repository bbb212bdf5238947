import { brokenCombinations } from './combination';
import { FieldPath } from './field-path';
import { suggestion } from './nearest-name';
import { quicklyFits } from './quick-fit';
import { expected, singleValueErrors } from './single-value';
import type { Type, TypeDefinition } from './type-table';
import { inWords, isPlainObject } from './value-words';

/** What does not fit in a value of a type: sentences that start with the path of the field. Empty when all fits. */
export function typeErrors(type: Type, value: unknown): string[] {
  if (quicklyFits(type, value)) {
    return [];
  }
  const check = new TypeCheck();
  check.value(type, value);
  return check.errors;
}

/** Walks a value along its type and collects what does not fit. */
class TypeCheck {
  public readonly errors: string[] = [];
  private readonly path = new FieldPath();

  public value(type: Type, value: unknown): void {
    if (value === null) {
      this.add('null is not allowed; leave the key out');
    } else if (type.shape === 'object') {
      this.object(type, value);
    } else if (type.shape === 'list') {
      this.list(type, value);
    } else if (type.shape === 'map') {
      this.map(type, value);
    } else if (type.shape === 'choice') {
      this.choice(type, value);
    } else {
      this.addAll(singleValueErrors(type, value));
      this.combinations(type, value);
    }
  }

  private object(type: Type, value: unknown): void {
    if (!isPlainObject(value)) {
      this.add(`expected ${expected(type)}, got ${inWords(value)}`);
      return;
    }
    for (const key of Object.keys(value)) {
      // What JSON leaves out is not there.
      if (value[key] === undefined) {
        continue;
      }
      this.path.push(key);
      const field = type.field(key);
      if (field) {
        this.value(field, value[key]);
      } else {
        this.add(`unknown key${suggestion(key, type.fieldNames)}`);
      }
      this.path.pop();
    }
    for (const name of type.required) {
      if (value[name] === undefined) {
        this.path.push(name);
        this.add('missing; it must be given');
        this.path.pop();
      }
    }
    this.count(type, value);
    this.combinations(type, value);
  }

  private map(type: Type, value: unknown): void {
    if (!isPlainObject(value)) {
      this.add(`expected ${expected(type)}, got ${inWords(value)}`);
      return;
    }
    for (const key of Object.keys(value)) {
      if (value[key] !== undefined) {
        this.path.push(key);
        this.value(type.element, value[key]);
        this.path.pop();
      }
    }
    this.count(type, value);
  }

  /** Of several types one must fit; what does not fit is told for the one that the value is meant for, if any is. */
  private choice({ choices }: Type, value: unknown): void {
    const failures = choices.map((type) => typeErrors(type, value));
    if (failures.some((errors) => errors.length === 0)) {
      return;
    }
    const structs = choices.filter(({ shape }) => shape === 'object');
    if (isPlainObject(value) && structs.length === 1) {
      this.value(structs[0], value);
    } else {
      this.add(`expected ${choices.map(expected).join(' or ')}, got ${inWords(value)}`);
    }
  }

  private list(type: Type, value: unknown): void {
    if (!Array.isArray(value)) {
      this.add(`expected ${expected(type)}, got ${inWords(value)}`);
      return;
    }
    for (const [index, item] of value.entries()) {
      this.path.push(index);
      this.value(type.element, item);
      this.path.pop();
    }
    if (type.unlimited) {
      return;
    }
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = type.definition;
    if (value.length < minItems || value.length > maxItems) {
      this.add(`has ${value.length} entries; ${bounds(minItems, maxItems)} allowed`);
    }
    this.distinct(type.definition, value);
  }

  private distinct({ distinct, distinctBy }: TypeDefinition, list: unknown[]): void {
    if (!distinct && !distinctBy) {
      return;
    }
    const seen = new Set<string>();
    for (const [index, item] of list.entries()) {
      const key = JSON.stringify(distinctBy && isPlainObject(item) ? distinctBy.map((name) => item[name]) : item);
      if (seen.has(key)) {
        this.path.push(index);
        this.add(distinctBy ? `repeats an entry with the same ${distinctBy.join(' and ')}` : 'repeats an entry');
        this.path.pop();
      }
      seen.add(key);
    }
  }

  private count({ definition }: Type, value: { [key: string]: unknown }): void {
    const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = definition;
    if (minProperties === 0 && maxProperties === Number.POSITIVE_INFINITY) {
      return;
    }
    const keys = Object.keys(value).length;
    if (keys < minProperties || keys > maxProperties) {
      this.add(`has ${keys} keys; ${bounds(minProperties, maxProperties)} allowed`);
    }
  }

  private combinations({ definition, unlimited }: Type, value: unknown): void {
    if (!unlimited) {
      this.addAll(brokenCombinations(definition, value, definition.defaults));
    }
  }

  private addAll(sentences: readonly string[]): void {
    for (const sentence of sentences) {
      this.add(sentence);
    }
  }

  private add(sentence: string): void {
    this.errors.push(this.path.depth === 0 ? sentence : `${this.path}: ${sentence}`);
  }
}

function bounds(least: number, most: number): string {
  if (least === most) {
    return `exactly ${least} is`;
  }
  return most === Number.POSITIVE_INFINITY ? `at least ${least} are` : `${least} to ${most} are`;
}
