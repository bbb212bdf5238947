/**
 * A glob as an extended regular expression (POSIX) over paths: `**` is any number of folders, `*` and `?` stay within
 * a name, `[abc]` and `{one,two}` are choices. A pattern without a slash is looked for in all folders. It is `grep`
 * that matches it, in a process with limits: a pattern made to take for ever must not hold up this one.
 */
export function globPattern(glob: string): string {
  const pattern = glob.includes('/') ? glob.replace(/^\.?\//, '') : `**/${glob}`;
  let source = '';
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const rest = pattern.slice(at);
    const choice = /^\[(!?)([^\]/]+)\]/.exec(rest);
    if (rest.startsWith('**/')) {
      source += '([^/]+/)*';
      at += 2;
    } else if (rest.startsWith('**')) {
      source += '.*';
      at += 1;
    } else if (choice) {
      source += `[${choice[1] ? '^/' : ''}${choice[2]}]`;
      at += choice[0].length - 1;
    } else if (pattern[at] === '{' && rest.includes('}')) {
      source += '(';
      depth += 1;
    } else if (pattern[at] === '}' && depth > 0) {
      source += ')';
      depth -= 1;
    } else if (pattern[at] === ',' && depth > 0) {
      source += '|';
    } else {
      source += ONE_CHARACTER[pattern[at]] ?? pattern[at].replace(/[\\^$.|+()[\]{}]/, '\\$&');
    }
  }
  return `${source}${')'.repeat(depth)}`;
}

const ONE_CHARACTER: { readonly [character: string]: string } = { '*': '[^/]*', '?': '[^/]' };
