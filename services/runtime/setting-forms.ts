/** How the text of a variable is read. */
export interface SettingForm<T> {
  /** What to write, as the end of a sentence: `a whole number from 1 to 65535`. */
  readonly form: string;
  /** The value, or nothing when the text does not have the form. */
  read(text: string): T | undefined;
}

/** Any text, as it stands. @param form what to write, such as `a path` */
export function text(form = 'a text'): SettingForm<string> {
  return { form, read: (given) => given };
}

/** Decimal digits, nothing else. */
export function wholeNumber(range: { readonly least: number; readonly most: number }): SettingForm<number> {
  return {
    form: `a whole number from ${range.least} to ${range.most}`,
    read: (given) => (/^\d{1,15}$/.test(given) ? within(Number(given), range) : undefined),
  };
}

/** A number that may have decimals, such as an amount of money. */
export function amount(range: { readonly least: number; readonly most: number }): SettingForm<number> {
  return {
    form: `a number from ${range.least} to ${range.most}`,
    read: (given) => (/^\d{1,12}(\.\d{1,9})?$/.test(given) ? within(Number(given), range) : undefined),
  };
}

/** `true` or `false`. Other words that some programs take for them are refused: `yes` must not mean no. */
export function flag(): SettingForm<boolean> {
  return { form: 'true or false', read: (given) => (given === 'true' ? true : given === 'false' ? false : undefined) };
}

/** Entries between commas; spaces around them are dropped. */
export function list(): SettingForm<readonly string[]> {
  return {
    form: 'entries between commas, none of them empty',
    read: (given) => {
      const entries = given.split(',').map((entry) => entry.trim());
      return entries.includes('') ? undefined : entries;
    },
  };
}

/** One of these words, given as an enum or a list. */
export function oneOf<T extends string>(words: { readonly [name: string]: T } | readonly T[]): SettingForm<T> {
  const allowed: readonly T[] = Object.values(words);
  return { form: `one of ${allowed.join(', ')}`, read: (given) => allowed.find((word) => word === given) };
}

/** An absolute URL of one of these schemes, given as `http`, not `http:`. */
export function url(schemes: readonly string[] = ['http', 'https']): SettingForm<string> {
  return {
    form: `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    read: (given) => {
      const known = schemes.some((scheme) => given.toLowerCase().startsWith(`${scheme}://`));
      return known && URL.canParse(given) ? given : undefined;
    },
  };
}

function within(value: number, range: { readonly least: number; readonly most: number }): number | undefined {
  return value >= range.least && value <= range.most ? value : undefined;
}
