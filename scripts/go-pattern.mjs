const GO_ONLY = /\\[AzQEC]|\[\[:|\(\?P?<|\(\?[a-zA-Z]/;

/** A Go regular expression (RE2) of a CRD as `pattern` and, where needed, `flags` of a JavaScript one. */
export function javaScriptPattern(goPattern) {
  const caseless = /^(\^?)\(\?i\)/;
  const classes = /\\([pP])([A-Z])(?![a-z{])/g;
  let flags = '';
  let pattern = goPattern;
  if (caseless.test(pattern)) {
    flags += 'i';
    pattern = pattern.replace(caseless, '$1');
  }
  if (classes.test(pattern)) {
    flags += 'u';
    pattern = pattern.replace(classes, '\\$1{$2}');
  }
  if (GO_ONLY.test(pattern)) {
    throw new Error(`The pattern ${goPattern} uses what JavaScript has not: translate it in go-pattern.mjs.`);
  }
  new RegExp(pattern, flags);
  return flags ? { pattern, flags } : { pattern };
}
