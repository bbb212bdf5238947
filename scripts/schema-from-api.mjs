// The structs of the public API, out of the description that jsii makes of it, with what they refer to in other
// packages.
import fs from 'node:fs';

const PRIMITIVES = { string: 'string', number: 'number', boolean: 'boolean', any: 'any', json: 'any{}' };

/** Adds every exported struct. `require` loads the library and the packages that it builds on. */
export function addStructs(table, assembly, require) {
  const reader = new ApiReader(table, assembly, require);
  for (const type of Object.values(assembly.types)) {
    if (type.datatype) reader.reference(type.fqn);
  }
}

class ApiReader {
  #table;
  #assembly;
  #require;
  #assemblies = new Map();

  constructor(table, assembly, require) {
    this.#table = table;
    this.#assembly = assembly;
    this.#require = require;
    this.#assemblies.set(assembly.name, assembly);
  }

  /** The name that a type has in the table; defines it when it is met for the first time. */
  reference(fqn) {
    const name = fqn.startsWith(`${this.#assembly.name}.`) ? fqn.slice(this.#assembly.name.length + 1) : fqn;
    if (this.#table.has(name)) return name;
    const type = this.#find(fqn);
    if (type.kind === 'enum') {
      this.#table.define(name, { is: 'string', enum: this.#enumValues(type) });
    } else if (type.datatype) {
      const fields = {};
      this.#table.define(name, { fields });
      Object.assign(fields, this.#fields(type));
    } else {
      this.#table.define(name, { is: 'instance', of: type.name });
    }
    return name;
  }

  #fields(struct) {
    const inherited = (struct.interfaces ?? []).map((fqn) => this.#fields(this.#find(fqn)));
    const own = (struct.properties ?? []).map(({ name, optional, type }) => [
      optional ? name : `${name}!`,
      this.#expression(`${struct.name}.${name}`, type),
    ]);
    return Object.assign({}, ...inherited, Object.fromEntries(own));
  }

  #expression(place, type) {
    if (type.collection) {
      const suffix = type.collection.kind === 'array' ? '[]' : '{}';
      return this.#expression(place, type.collection.elementtype) + suffix;
    }
    if (type.union) {
      return this.#table.intern(place, { choice: type.union.types.map((option) => this.#expression(place, option)) });
    }
    if (type.primitive === 'date') return this.#table.intern('Date', { is: 'instance', of: 'Date' });
    return type.primitive ? PRIMITIVES[type.primitive] : this.reference(type.fqn);
  }

  /** jsii names the members of an enum and not their values. */
  #enumValues({ fqn, members }) {
    const [assembly, ...names] = fqn.split('.');
    const module = this.#require(assembly === this.#assembly.name ? './constructs/index.js' : assembly);
    const values = names.reduce((namespace, name) => namespace[name], module);
    return members.map(({ name }) => values[name]);
  }

  #find(fqn) {
    const name = fqn.split('.')[0];
    if (!this.#assemblies.has(name)) {
      const file = this.#require.resolve(`${name}/.jsii`);
      this.#assemblies.set(name, JSON.parse(fs.readFileSync(file, 'utf8')));
    }
    return this.#assemblies.get(name).types[fqn];
  }
}
