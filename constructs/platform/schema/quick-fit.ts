import { singleValueErrors } from './single-value';
import type { Type } from './type-table';
import { isPlainObject } from './value-words';

/**
 * True when a value surely fits its type, without a word about it. Nearly every value does, and this is several times
 * faster than the walk that can say where something is wrong; false means no more than that the walk has to decide.
 */
export function quicklyFits(type: Type, value: unknown): boolean {
  if (!type.simple) {
    return false;
  }
  switch (type.shape) {
    case 'object':
      return isPlainObject(value) && fieldsFit(type, value);
    case 'list':
      return Array.isArray(value) && listFits(type.element, value);
    case 'map':
      return isPlainObject(value) && mapFits(type.element, value);
    default:
      return type.javaScriptType === undefined
        ? value !== null && singleValueErrors(type, value).length === 0
        : typeof value === type.javaScriptType;
  }
}

function fieldsFit(type: Type, value: { [key: string]: unknown }): boolean {
  for (const key in value) {
    const item = value[key];
    if (item !== undefined) {
      const field = type.field(key);
      if (field === undefined || !quicklyFits(field, item)) {
        return false;
      }
    }
  }
  for (const name of type.required) {
    if (value[name] === undefined) {
      return false;
    }
  }
  return true;
}

function listFits(element: Type, list: unknown[]): boolean {
  for (const item of list) {
    if (!quicklyFits(element, item)) {
      return false;
    }
  }
  return true;
}

function mapFits(element: Type, map: { [key: string]: unknown }): boolean {
  for (const key in map) {
    if (map[key] !== undefined && !quicklyFits(element, map[key])) {
      return false;
    }
  }
  return true;
}
