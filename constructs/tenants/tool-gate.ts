import { Glob } from './glob';
import type { ToolFilter } from './tenant';

/** The answer of a tenant's tool filter, with the entry that gave it. */
export interface ToolVerdict {
  readonly passes: boolean;
  /** The entry that decided; none when a tool is refused because no `allow` entry matches, or nothing is filtered. */
  readonly entry?: string;
}

const UNFILTERED: ToolVerdict = { passes: true };
const NOT_ALLOWED: ToolVerdict = { passes: false };

/** A tenant's `tools`, ready to be asked: deny wins; an allow list that is given must have a match. */
export class ToolGate {
  private readonly allow?: EntryGlob[];
  private readonly deny: EntryGlob[];

  constructor(filter: ToolFilter | undefined) {
    this.allow = filter?.allow?.map((entry) => new EntryGlob(entry, true));
    this.deny = (filter?.deny ?? []).map((entry) => new EntryGlob(entry, false));
  }

  public judge(tool: string): ToolVerdict {
    for (const entry of this.deny) if (entry.glob.matches(tool)) return entry.verdict;
    if (!this.allow) return UNFILTERED;
    for (const entry of this.allow) if (entry.glob.matches(tool)) return entry.verdict;
    return NOT_ALLOWED;
  }
}

class EntryGlob {
  public readonly glob: Glob;
  public readonly verdict: ToolVerdict;

  constructor(entry: string, passes: boolean) {
    this.glob = new Glob(entry);
    this.verdict = { passes, entry };
  }
}
