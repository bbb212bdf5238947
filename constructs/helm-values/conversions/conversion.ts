import type { Draft } from '../draft';
import { HelmFindingKind } from '../finding';

/** What becomes of one key of the file. */
export interface Conversion {
  /** Path of the key; `**` at its end stands for all that is below. */
  readonly path: string;
  /** Notes what became of the value, and adds it to the props. */
  readonly convert: (value: unknown, draft: Draft, path: string) => void;
}

export const text = (value: unknown): string => String(value ?? '');
export const flag = (value: unknown): boolean => value === true || text(value).toLowerCase() === 'true';
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A key of which there is only something to say. */
export function note(kind: HelmFindingKind, sentence: string): Conversion['convert'] {
  return (_, draft, path) => draft.note(path, kind, sentence);
}

/** A key that the release takes as it is, under a name of its own. */
export function prop(path: string, name: keyof Draft['openWebUi']): Conversion {
  return {
    path,
    convert: (value, draft, at) => {
      if (isEmpty(value)) {
        draft.note(at, HelmFindingKind.REPLACED, 'empty, which is the default');
        return;
      }
      Object.assign(draft.openWebUi, { [name]: value });
      draft.note(at, HelmFindingKind.CARRIED, name);
    },
  };
}

export function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    (typeof value === 'object' && Object.keys(value).length === 0)
  );
}
