import type { SaidTurn } from '../openai/conversation';
import type { TurnRecord } from '../store/records';

/** Where in the tree of a session a chat goes on. */
export interface Branch {
  /** The turn after which the new one comes; nothing at the beginning. */
  readonly parentId: string | null;
  /** How many of the chat's past turns are in the tree; the later ones were answered elsewhere. */
  readonly known: number;
}

/** What a place in the tree is found by. */
export type TreeTurn = Pick<TurnRecord, 'id' | 'parentId' | 'messageId' | 'promptPrint' | 'answerPrint' | 'continues'>;

/** A way through the tree, by the chat's turns so far. */
interface Path {
  readonly end: TreeTurn;
  /** How much of what the chat shows is on it. */
  readonly likeness: number;
}

/**
 * Finds where a chat goes on. The client sends the whole chat each time and no sign of what was edited, so that the tree
 * is walked from its root by what was said: an edited question differs and leaves the tree there, a regenerated answer
 * leads to the same place as the one before it, and both grow a new branch. Of several branches with the same questions
 * (answers that were regenerated) the one counts whose answers the chat shows, then the newest. A question that Open WebUI
 * changed after it was asked, with documents around it, is known by its answer.
 *
 * A chat whose beginning Open WebUI has replaced by a summary has no root: it goes on where its turns end a way through
 * the tree. What is in no branch, answered by another model or in an earlier life, is said with `known`.
 *
 * `answerId` is Open WebUI's id of the answer before, and where it is known it decides.
 */
export function findBranch(tree: readonly TreeTurn[], past: readonly SaidTurn[], answerId?: string): Branch {
  const named = answerId && newestFirst(tree).find(({ messageId }) => messageId === answerId);
  if (named) return { parentId: lastShown(tree, named, past.at(-1)).id, known: past.length };
  const { path, known } = walk(tree, past);
  if (known === past.length) return { parentId: path?.end.id ?? null, known };
  const ending = endOf(tree, past);
  if (ending) return { parentId: ending.id, known: past.length };
  return { parentId: path?.end.id ?? null, known };
}

/**
 * The turn that the chat shows last, which may come after the one that it names: a guided regeneration names the answer
 * before the question, and shows the old answer behind it.
 */
function lastShown(tree: readonly TreeTurn[], named: TreeTurn, last: SaidTurn | undefined): TreeTurn {
  const turns = new Map(tree.map((turn) => [turn.id, turn]));
  if (!last || matches(askedIn(named, turns), last)) return named;
  const children = byParent(tree);
  const after = (children.get(named.id) ?? []).filter((turn) => matches(turn, last));
  return best(after.flatMap((turn) => ends(turn, last, children)))?.end ?? named;
}

function walk(tree: readonly TreeTurn[], past: readonly SaidTurn[]): { readonly path?: Path; readonly known: number } {
  const children = byParent(tree);
  let paths: Path[] = [];
  for (const [known, said] of past.entries()) {
    const before: readonly (Path | undefined)[] = known === 0 ? [undefined] : paths;
    const next = before.flatMap((path) =>
      (children.get(path?.end.id ?? null) ?? [])
        .filter((turn) => matches(turn, said))
        .flatMap((turn) => ends(turn, said, children))
        .map(({ end, likeness }) => ({ end, likeness: (path?.likeness ?? 0) + likeness })),
    );
    if (next.length === 0) return { path: best(paths), known };
    paths = next;
  }
  return { path: best(paths), known: past.length };
}

/** Where a turn of the chat may have ended: in itself, or in what went on with its answer. */
function ends(turn: TreeTurn, said: SaidTurn, children: ReadonlyMap<string | null, readonly TreeTurn[]>): Path[] {
  const own = likeness(turn, said);
  // A chat that shows another answer than the first part shows it with its continuation.
  const continued = (turn.answerPrint ?? '') === said.answerPrint ? own - 1 : own + 1;
  return [{ end: turn, likeness: own }, ...continuations(turn, children).map((end) => ({ end, likeness: continued }))];
}

/** The turns that only went on with an answer: for the chat they are one with it. */
function continuations(turn: TreeTurn, children: ReadonlyMap<string | null, readonly TreeTurn[]>): TreeTurn[] {
  const found = (children.get(turn.id) ?? []).filter(({ continues }) => continues);
  return found.flatMap((child) => [child, ...continuations(child, children)]);
}

/** The newest turn where a way through the tree ends with all that the chat shows. */
function endOf(tree: readonly TreeTurn[], past: readonly SaidTurn[]): TreeTurn | undefined {
  const turns = new Map(tree.map((turn) => [turn.id, turn]));
  return newestFirst(tree).find((turn) => {
    let current: TreeTurn | undefined = turn;
    for (const said of [...past].reverse()) {
      current = askedIn(current, turns);
      if (!matches(current, said)) return false;
      current = turns.get(current.parentId ?? '');
    }
    return true;
  });
}

/** The turn with the question whose answer a turn goes on with: most often itself. */
function askedIn(turn: TreeTurn | undefined, turns: ReadonlyMap<string, TreeTurn>): TreeTurn | undefined {
  return turn?.continues ? askedIn(turns.get(turn.parentId ?? ''), turns) : turn;
}

function matches(turn: TreeTurn | undefined, said: SaidTurn): turn is TreeTurn {
  return turn !== undefined && !turn.continues && (turn.promptPrint === said.promptPrint || answersAlike(turn, said));
}

function answersAlike(turn: TreeTurn, { answerPrint }: SaidTurn): boolean {
  return answerPrint !== '' && turn.answerPrint === answerPrint;
}

/** The question weighs more than the answer: short answers repeat. */
function likeness(turn: TreeTurn, { promptPrint, answerPrint }: SaidTurn): number {
  return (turn.promptPrint === promptPrint ? 2 : 0) + ((turn.answerPrint ?? '') === answerPrint ? 1 : 0);
}

/** The tree is in the order in which it grew. */
function newestFirst(tree: readonly TreeTurn[]): TreeTurn[] {
  return [...tree].reverse();
}

/** Of equals the last is the newest. */
function best(paths: readonly Path[]): Path | undefined {
  return paths.reduce<Path | undefined>(
    (found, path) => (found && found.likeness > path.likeness ? found : path),
    undefined,
  );
}

function byParent(tree: readonly TreeTurn[]): ReadonlyMap<string | null, readonly TreeTurn[]> {
  const children = new Map<string | null, TreeTurn[]>();
  for (const turn of tree) {
    const known = children.get(turn.parentId);
    if (known) known.push(turn);
    else children.set(turn.parentId, [turn]);
  }
  return children;
}
