import type { Email } from './email';
import { Glob } from './glob';

/** The entry that means every signed-in user. */
export const EVERYONE = '*';

/** `allowed_users`, ready to be asked. Addresses and whole domains are looked up, only the rest is matched. */
export class UserList {
  public readonly addresses = new Set<string>();
  /** Domain to the entry that names all of it, `*@<domain>`. */
  public readonly domains = new Map<string, string>();
  public readonly globs: Glob[] = [];
  public readonly everyone: boolean;

  constructor(entries: string[]) {
    this.everyone = entries.includes(EVERYONE);
    for (const entry of entries) {
      if (entry === EVERYONE) continue;
      if (!entry.includes('*')) this.addresses.add(entry);
      else if (entry.startsWith('*@') && !entry.includes('*', 2)) this.domains.set(entry.slice(2), entry);
      else this.globs.push(new Glob(entry));
    }
  }

  /** The entry that lets this user in, or nothing. */
  public entryFor(email: Email): string | undefined {
    if (this.addresses.has(email.address)) return email.address;
    const domainEntry = this.domains.get(email.domain);
    if (domainEntry !== undefined) return domainEntry;
    for (const glob of this.globs) if (glob.matches(email.address)) return glob.pattern;
    return this.everyone ? EVERYONE : undefined;
  }
}
