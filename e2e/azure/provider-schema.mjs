// The schema of a Terraform provider, read out of the classes that cdktf generated from exactly that schema. It has
// what `terraform providers schema -json` prints of names, types, block counts and what must be given; not the values
// that a provider accepts. Only the types that are asked for are read.
import fs from 'node:fs';
import path from 'node:path';

/** Answers with one entry of `provider_schemas`, in the form of `terraform providers schema -json`. */
export function providerSchema(folder, provider, resourceTypes, dataSourceTypes) {
  const read = (kebab, kind) => ({ version: 0, block: readModule(path.join(folder, 'lib', kebab, 'index.js'), kind) });
  const kebab = (type) => type.slice(provider.length + 1).replaceAll('_', '-');
  return {
    provider: read('provider', 'TerraformProvider'),
    resource_schemas: Object.fromEntries(resourceTypes.map((type) => [type, read(kebab(type), 'TerraformResource')])),
    data_source_schemas: Object.fromEntries(
      dataSourceTypes.map((type) => [type, read(`data-${provider}-${kebab(type)}`, 'TerraformDataSource')]),
    ),
  };
}

/** The version of the provider that the classes were generated from. */
export function providerVersion(folder) {
  const source = fs.readFileSync(path.join(folder, 'lib', 'provider', 'index.js'), 'utf8');
  return source.match(/providerVersion: '([^']+)'/)[1];
}

function readModule(file, kind) {
  if (!fs.existsSync(file)) throw new Error(`${file} does not exist: the provider has no such type.`);
  const source = fs.readFileSync(file, 'utf8');
  const classes = new Map(source.split(/^class /m).map((text) => [text.match(/^\w+/)?.[0], text]));
  const mappers = new Map(source.split(/^function /m).map((text) => [text.match(/^\w+/)?.[0], text]));
  const [top] = [...classes.values()].filter((text) => new RegExp(`^\\w+ extends cdktf\\.${kind} `).test(text));
  return readBlock({ classes, mappers }, top.slice(top.indexOf('synthesizeHclAttributes()')), top);
}

/** @param mapping the code that lists what can be written @param owner the class with its setters, if there is one */
function readBlock(module, mapping, owner) {
  const block = { attributes: {}, block_types: {} };
  for (const { name, property, isBlock, type, of } of writable(mapping)) {
    const required = owner !== undefined && !owner.includes(` reset${upper(property)}() {`);
    if (!isBlock) {
      block.attributes[name] = attribute(name, primitive(type, of), required);
    } else if (new RegExp(`// ${name} - computed: true`).test(owner ?? '')) {
      // A list of objects that Azure fills in when it is not given: written like a block, yet an attribute.
      block.attributes[name] = attribute(name, [type, objectType(struct(module, of))], required);
    } else {
      block.block_types[name] = nested(module, type, of, required, owner, name);
    }
  }
  for (const { name, type } of readOnly(module, owner)) {
    block.attributes[name] ??= { type, computed: true };
  }
  return block;
}

function* writable(mapping) {
  const entries = mapping.matchAll(
    /^\s+(\w+): \{\s*value: [^\n]*?(?:this\._|struct\.)(\w+)[^\n]*\n\s*isBlock: (\w+),\s*type: "(\w+)",\s*storageClassType: "(\w+)"/gm,
  );
  // The mapping ends where the next function or class begins.
  for (const [, name, property, isBlock, type, of] of entries) {
    yield { name, property, isBlock: isBlock === 'true', type, of };
  }
}

function* readOnly(module, owner = '') {
  for (const [, name] of owner.matchAll(/\/\/ (\w+) - computed: true, optional: false, required: false/g)) {
    const list = owner.match(new RegExp(`new (\\w+)List\\(this, "${name}", (\\w+)\\)`));
    const map = owner.match(new RegExp(`new cdktf\\.(\\w+)Map\\(this, "${name}"\\)`));
    if (list) {
      yield { name, type: [list[2] === 'true' ? 'set' : 'list', objectType(struct(module, list[1]))] };
    } else if (map) {
      yield { name, type: ['map', map[1] === 'String' ? 'string' : map[1] === 'Number' ? 'number' : 'bool'] };
    } else {
      const [, getter] = owner.match(new RegExp(`this\\.get(\\w+)Attribute\\('${name}'\\)`)) ?? [];
      yield { name, type: GETTERS[getter] ?? 'string' };
    }
  }
}

const GETTERS = {
  String: 'string',
  Number: 'number',
  Boolean: 'bool',
  List: ['list', 'string'],
  NumberList: ['list', 'number'],
  StringMap: ['map', 'string'],
  NumberMap: ['map', 'number'],
  BooleanMap: ['map', 'bool'],
};

/** The block of a nested object. */
function struct(module, className) {
  const name =
    className.endsWith('List') && !module.classes.has(`${className}OutputReference`)
      ? className.slice(0, -4)
      : className;
  const mapper = module.mappers.get(`${lower(name)}ToHclTerraform`) ?? '';
  return readBlock(module, mapper.split(/^class /m)[0], module.classes.get(`${name}OutputReference`));
}

function nested(module, type, of, required, owner, name) {
  const block = struct(module, of);
  if (type === 'struct') return { nesting_mode: 'single', block };
  // One object where Terraform allows one block, a list where it allows several.
  const single = owner?.includes(`OutputReference(this, "${name}")`);
  return { nesting_mode: type, block, ...(required && { min_items: 1 }), ...(single && { max_items: 1 }) };
}

function attribute(name, type, required) {
  if (name.endsWith('_wo')) return { type, [required ? 'required' : 'optional']: true, write_only: true };
  // Which optional values Azure fills in is not known here: any may be.
  return required ? { type, required: true } : { type, optional: true, computed: true };
}

function objectType({ attributes, block_types }) {
  const fields = Object.entries(attributes).map(([name, { type }]) => [name, type]);
  const blocks = Object.entries(block_types).map(([name, { nesting_mode, block }]) => [
    name,
    nesting_mode === 'single' ? objectType(block) : [nesting_mode, objectType(block)],
  ]);
  return ['object', Object.fromEntries([...fields, ...blocks])];
}

function primitive(type, of) {
  const single = { string: 'string', number: 'number', boolean: 'bool', any: 'dynamic' };
  if (type === 'simple') return single[of];
  const element = of.replace(/(List|Set|Map)$/, '');
  return [type, single[element] ?? GETTERS[upper(element)] ?? 'string'];
}

function upper(name) {
  return name[0].toUpperCase() + name.slice(1);
}

function lower(name) {
  return name[0].toLowerCase() + name.slice(1);
}
