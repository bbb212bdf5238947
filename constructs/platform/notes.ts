import type { ApiObject } from 'cdk8s';

const NOTES = new WeakMap<ApiObject, string>();

/** Says what a person decides about an object: a comment above it in the rendered file. */
export function addNote(object: ApiObject, text: string): void {
  NOTES.set(object, text);
}

/** The comment of an object; undefined when nobody has to decide anything. */
export function noteOf(object: ApiObject): string | undefined {
  return NOTES.get(object);
}
