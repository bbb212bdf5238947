/** Control, formatting and half characters, with which a name can look like another or a message like two. */
export const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const EVERY_INVISIBLE = new RegExp(INVISIBLE, 'gu');
const LONGEST = 80;

/** A text from outside inside a message: in quotes, invisible characters as escapes, and not longer than a line. */
export function quote(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
  return JSON.stringify(shown).replace(EVERY_INVISIBLE, escaped);
}

function escaped(character: string): string {
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return units.map((unit) => `\\u${unit}`).join('');
}
