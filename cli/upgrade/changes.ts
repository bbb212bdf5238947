import { isMissed } from './fixed-fields';
import type { ReleaseRecord } from './release-record';

/** A change that an apply cannot make, or that leaves something behind. */
export interface BreakingChange {
  /** What changed, the same text in every run: a migration note is found by it. */
  readonly id: string;
  /** What happens, and what a person has to do. */
  readonly sentence: string;
}

/** What an upgrade from one set of manifests to another cannot do by an apply alone. */
export function breakingChanges(before: ReleaseRecord, after: ReleaseRecord): BreakingChange[] {
  const files = before.files
    .filter((file) => !after.files.includes(file))
    .map((file) => ({
      id: file,
      sentence:
        'the file is gone or has another name: who applies files by name applies it no longer, and who prunes removes what was in it',
    }));
  const objects = Object.entries(before.objects).flatMap(([id, fields]) => {
    const now = after.objects[id];
    if (now === undefined) {
      const kind = /(?:^|: )([^/:]+)\//.exec(id)?.[1] ?? '';
      return isMissed({ kind })
        ? [{ id, sentence: 'it is gone: an apply leaves it behind, and pruning takes its data or its address' }]
        : [];
    }
    return Object.entries(fields)
      .filter(([path, value]) => now[path] !== value)
      .map(([path, value]) => ({
        id: `${id} ${path}`,
        sentence: `cannot be changed in place (it was ${shortened(value)}, now ${shortened(now[path] ?? 'nothing')}): the object has to be deleted and made again`,
      }));
  });
  return [...files, ...objects];
}

function shortened(json: string): string {
  return json.length > 120 ? `${json.slice(0, 117)}...` : json;
}

/** The changes of which the notes say nothing. A note names a change by its id, in backquotes. */
export function withoutNote(changes: readonly BreakingChange[], notes: string): BreakingChange[] {
  return changes.filter(({ id }) => !notes.includes(`\`${id}\``));
}
