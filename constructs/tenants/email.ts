/** A caller's e-mail address in the one form that user globs are compared with. */
export interface Email {
  readonly address: string;
  readonly domain: string;
}

const AT = 0x40;

/**
 * The address in lower case, or nothing when it is not one address: no `@`, two of them, an empty half, spaces or
 * control characters. `a@b@google.com` is therefore nobody, not a user of google.com.
 *
 * Only A to Z are lowered. Unicode's lower case turns other characters into ASCII letters (the Kelvin sign becomes
 * `k`), which would let a look-alike domain match.
 */
export function parseEmail(text: string): Email | undefined {
  let at = -1;
  let hasCapitals = false;
  let isAscii = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code === 0x7f) return undefined;
    if (code === AT) {
      if (at >= 0) return undefined;
      at = i;
    } else if (code >= 0x41 && code <= 0x5a) hasCapitals = true;
    else if (code > 0x7f) isAscii = false;
  }
  if (at < 1 || at === text.length - 1) return undefined;
  const address = hasCapitals ? lowerAscii(text, isAscii) : text;
  return { address, domain: address.slice(at + 1) };
}

function lowerAscii(text: string, isAscii: boolean): string {
  return isAscii ? text.toLowerCase() : text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}
