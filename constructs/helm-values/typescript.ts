import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import { SecretKey } from '../platform/secrets';
import { CLIENTS, type HelmValues, INGRESS_NAMESPACE, isStrange } from './helm-values';

/** Members of enums by the path of the prop that takes them. */
const ENUMS: { readonly [path: string]: string | undefined } = {
  'openWebUi.edge.kind': 'EdgeKind',
  'openWebUi.kind': 'ComponentKind',
  'openWebUi.logLevel': 'OpenWebUiLogLevel',
};

/** A cdk8s app with these values: TypeScript that synthesizes as it is. */
export function typeScriptOf(values: HelmValues): string {
  const workspace = Object.entries(values.workspace)
    .map(([name, props]) => `  ${name}: ${print(props, name, '  ')},`)
    .join('\n');
  const placeholders = Object.entries(values.placeholders).map(
    ([text, meaning]) => `// ${text} stands for ${meaning}.\n`,
  );
  // A Service that leads outside opens no NetworkPolicy by itself.
  const clients = values.workspace.openWebUi.serviceType
    ? `workspace.openWebUi.allowFrom({ cidrs: ['${CLIENTS}'] }, 'Clients', 'http', 'requests');\n`
    : '';
  const edgePeer = isStrange(values.workspace.openWebUi.edge)
    ? `{\n    edgePeer: { namespaceLabels: { 'kubernetes.io/metadata.name': '${INGRESS_NAMESPACE}' } },\n  }`
    : '';
  const body = `const app = new App();
${clients && 'const workspace = '}new Workspace(app, 'workspace', {
  namespace: { name: 'open-webui' },
  platform: Platform.kubernetes(${edgePeer}),
${workspace}
});
${clients}app.synth();
`;
  return `${importOf('cdk8s', ['App', 'Size'], body)}${importOf('cdk8s-plus-30', ['Cpu'], body)}${importOf('cdk8s-open-webui', ['ComponentKind', 'EdgeKind', 'OpenWebUiLogLevel', 'Platform', 'SecretForm', 'SecretKey', 'Workspace'], body)}
${placeholders.join('')}${body}`;
}

function importOf(module: string, names: readonly string[], body: string): string {
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  return used.length === 0 ? '' : `import { ${used.join(', ')} } from '${module}';\n`;
}

function print(value: unknown, path: string, indent: string): string {
  const inner = `${indent}  `;
  if (value instanceof Size) {
    const mebibytes = value.toMebibytes();
    return mebibytes % 1024 === 0 ? `Size.gibibytes(${mebibytes / 1024})` : `Size.mebibytes(${mebibytes})`;
  }
  if (value instanceof Cpu) {
    return value.amount.endsWith('000m')
      ? `Cpu.units(${value.amount.slice(0, -4)})`
      : `Cpu.millis(${Number.parseInt(value.amount, 10)})`;
  }
  if (value instanceof SecretKey) {
    const { secretName, key, purpose } = value;
    return `new SecretKey(${quote(secretName)}, ${quote(key)}, SecretForm.issuedBy('whoever made it'), ${quote(purpose)})`;
  }
  if (Array.isArray(value)) {
    return value.length === 0
      ? '[]'
      : `[\n${value.map((entry) => `${inner}${print(entry, `${path}[]`, inner)},\n`).join('')}${indent}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    const lines = fields.map(([name, field]) => `${inner}${keyOf(name)}: ${print(field, `${path}.${name}`, inner)},\n`);
    return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`;
  }
  const enumeration = ENUMS[path];
  if (enumeration && typeof value === 'string') {
    return `${enumeration}.${value.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()}`;
  }
  return typeof value === 'string' ? quote(value) : JSON.stringify(value);
}

function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name);
}

function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'")}'`;
}
