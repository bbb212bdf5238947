/** The public API as Markdown, from the description that jsii makes of it: its docstrings are the only source. */
export function apiReference(assembly) {
  // What `cdk8s import` generated is documented where its kinds come from.
  const types = Object.values(assembly.types).filter((type) => type.namespace === undefined);
  const sections = SECTIONS.map(({ title, kind, isOne }) => {
    const found = types.filter((type) => type.kind === kind && isOne(type)).sort((a, b) => (a.name < b.name ? -1 : 1));
    return `## ${title}\n\n${found.map(describe).join('\n')}`;
  });
  const contents = SECTIONS.map(({ title }) => `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`);
  return `# API reference\n\nMade from the docstrings by \`npm run schema\`. ${contents.join(' · ')}\n\n${sections.join('\n')}`;
}

const SECTIONS = [
  { title: 'Classes', kind: 'class', isOne: () => true },
  { title: 'Props', kind: 'interface', isOne: ({ datatype }) => datatype === true },
  { title: 'Interfaces', kind: 'interface', isOne: ({ datatype }) => datatype !== true },
  { title: 'Enums', kind: 'enum', isOne: () => true },
];

function describe(type) {
  const parts = [`### ${type.name}\n`, `${prose(type.docs)}\n`];
  if (type.base && !/^constructs\./.test(type.base)) parts.push(`Extends ${link(type.base)}.\n`);
  if (type.interfaces)
    parts.push(`${type.datatype ? 'Extends' : 'Implements'} ${type.interfaces.map(link).join(', ')}.\n`);
  if (type.initializer) parts.push(`\`new ${type.name}(${parametersOf(type.initializer)})\`\n`);
  const members = [...(type.properties ?? []).map(property), ...(type.methods ?? []).map(method)];
  if (members.length > 0) parts.push(`${members.sort().join('\n')}\n`);
  if (type.members)
    parts.push(`${type.members.map(({ name, docs }) => `- \`${name}\`${dash(prose(docs))}`).join('\n')}\n`);
  return parts.filter((part) => part.trim() !== '').join('\n');
}

function property({ name, type, optional, docs, static: isStatic }) {
  const heading = `- \`${isStatic ? 'static ' : ''}${name}${optional ? '?' : ''}\`: ${typeText(type)}`;
  const preset = docs?.default === undefined ? '' : ` Default: ${docs.default.replace(/^- /, '')}.`;
  return `${heading}${dash(prose(docs))}${preset}`;
}

function method(callable) {
  const { name, docs, returns, static: isStatic } = callable;
  const result = returns ? `: ${typeText(returns.type)}` : '';
  return `- \`${isStatic ? 'static ' : ''}${name}(${parametersOf(callable)})\`${result}${dash(prose(docs))}`;
}

function parametersOf({ parameters = [] }) {
  return parameters
    .map(({ name, optional, variadic }) => `${variadic ? '...' : ''}${name}${optional ? '?' : ''}`)
    .join(', ');
}

function prose(docs) {
  return [docs?.summary, docs?.remarks]
    .filter(Boolean)
    .join(' ')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

function dash(text) {
  return text === '' ? '' : ` – ${text}`;
}

function typeText(type) {
  if (type.primitive) return type.primitive;
  if (type.union) return type.union.types.map(typeText).join(' or ');
  if (type.collection) {
    const { kind, elementtype } = type.collection;
    return kind === 'array' ? `list of ${typeText(elementtype)}` : `map of ${typeText(elementtype)}`;
  }
  return link(type.fqn);
}

/** A type of ours is further down on the page; others are named with the package they come from. */
function link(fqn) {
  const [library, ...name] = fqn.split('.');
  const last = name.at(-1);
  return library === 'cdk8s-open-webui' && name.length === 1
    ? `[${last}](#${last.toLowerCase()})`
    : `\`${library}: ${name.join('.')}\``;
}
