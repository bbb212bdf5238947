/**
 * The table that the generators fill: `kinds` (apiVersion → kind → type name) and `types` (name → definition).
 * A reference to a type is a string: a primitive or a type name, followed by `[]` for a list or `{}` for a map of it.
 * `fields` is one line, `name:type name:type …`, where `!` after a name says that the field must be given: the file
 * loads in half the time of nested objects, and most types are never read in a run.
 */
export class TypeTable {
  #kinds = {};
  #types = new Map();
  #nameOfContent = new Map();

  addKind(apiVersion, kind, typeName) {
    this.#kinds[apiVersion] = { ...this.#kinds[apiVersion], [kind]: typeName };
  }

  /** Adds a type under a name of its own. */
  define(name, definition) {
    if (this.#types.has(name)) throw new Error(`The type ${name} is defined twice.`);
    this.#types.set(name, definition);
  }

  has(name) {
    return this.#types.has(name);
  }

  fieldsOf(name) {
    return this.#types.get(name).fields;
  }

  /**
   * The name of a type with this content: an earlier one of the same kind (what stands before the dot) when there is
   * one, else `wish`, with a number when another content has it.
   */
  intern(wish, definition) {
    const content = `${wish.split('.')[0]} ${JSON.stringify(definition)}`;
    const known = this.#nameOfContent.get(content);
    if (known) return known;
    let name = wish;
    for (let number = 2; this.#types.has(name); number++) name = `${wish}${number}`;
    this.#types.set(name, definition);
    this.#nameOfContent.set(content, name);
    return name;
  }

  /** One type a line, so that a change of one type is a change of one line. */
  toText() {
    const types = [...this.#types]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, definition]) => `${JSON.stringify(name)}: ${JSON.stringify(inOneLine(definition))}`);
    const sections = [`"types": {\n${types.join(',\n')}\n}`];
    const kinds = Object.entries(this.#kinds).map(
      ([apiVersion, names]) => `${JSON.stringify(apiVersion)}: ${JSON.stringify(names)}`,
    );
    if (kinds.length > 0) sections.unshift(`"kinds": {\n${kinds.join(',\n')}\n}`);
    return `{\n${sections.join(',\n')}\n}\n`;
  }
}

function inOneLine({ fields, ...rest }) {
  if (!fields) return rest;
  const line = Object.entries(fields).map(([name, type]) => `${name}:${type}`);
  for (const field of line) {
    if (!/^[^\s:]+:[^\s:]+$/.test(field)) throw new Error(`The field ${field} cannot be written in one line.`);
  }
  return { fields: line.join(' '), ...rest };
}
