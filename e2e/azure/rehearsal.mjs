// Applies the stacks to a made-up cloud, with their state in files of this machine: the whole way to a contract.
import path from 'node:path';
import { variablesOf } from './stacks.mjs';
import { expect } from './tally.mjs';
import { Workplace } from './terraform.mjs';

export class Rehearsal {
  constructor(program, mirror, folder) {
    this.program = program;
    this.mirror = mirror;
    this.folder = folder;
  }

  /** A folder where a stack is ready to be planned. The change is made to a copy of its configuration. */
  ready(stack, change = () => {}) {
    const workplace = new Workplace(this.program, this.mirror, path.join(this.folder, stack.name));
    const configuration = structuredClone(stack.configuration);
    this.useFiles(configuration);
    change(configuration);
    workplace.write(configuration);
    workplace.run(['init', '-input=false', '-reconfigure']);
    return workplace;
  }

  /**
   * Applies a stack as docs/azure.md says: a plan, the guard, and then that plan and no other. Everything that its
   * configuration checks must hold, and a second plan must have nothing to do.
   */
  apply(stack, judge) {
    const variables = variablesOf(stack);
    const workplace = this.ready(stack);
    workplace.run(['plan', '-input=false', '-out=plan.bin'], { variables });
    const { status, stdout } = judge(workplace.run(['show', '-json', 'plan.bin']).text);
    expect(status === 0, stdout);
    workplace.run(['apply', '-input=false', 'plan.bin'], { variables });
    const { values = {}, checks = [] } = workplace.json(['show', '-json']);
    const failed = checks
      .filter(({ status: held }) => held !== 'pass')
      .map(({ address, status: held }) => `${address.to_display}: ${held}`);
    expect(failed.length === 0, `checks that do not hold: ${failed.join(', ')}`);
    const again = workplace.run(['plan', '-detailed-exitcode', '-input=false'], { right: [0, 2], variables });
    expect(again.status === 0, `a second plan has something to do:\n${again.text}`);
    return `${values.root_module?.resources?.length ?? 0} resources, ${checks.length} checks hold`;
  }

  /** A plan as `terraform show -json` prints it. */
  plan(stack, change, args = []) {
    const workplace = this.ready(stack, change);
    workplace.run(['plan', '-input=false', '-out=plan.bin', ...args], { variables: variablesOf(stack) });
    return workplace.run(['show', '-json', 'plan.bin']).text;
  }

  output(stack, name) {
    return this.ready(stack).json(['output', '-json', name]);
  }

  /** What a stack gives to others, by name. */
  outputs(stack) {
    const entries = Object.entries(this.ready(stack).json(['output', '-json']));
    return Object.fromEntries(entries.map(([name, { value }]) => [name, value]));
  }

  useFiles({ terraform, data = {} }) {
    terraform.backend = { local: { path: this.state(terraform.backend.azurerm.key) } };
    for (const state of Object.values(data.terraform_remote_state ?? {})) {
      Object.assign(state, { backend: 'local', config: { path: this.state(state.config.key) } });
    }
  }

  state(key) {
    return path.join(this.folder, 'states', key);
  }
}
