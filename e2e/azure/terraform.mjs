// Runs Terraform in a folder of its own, with the providers of one mirror and nothing from the network.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** A working folder with one configuration. */
export class Workplace {
  /** @param mirror folder of a filesystem mirror */
  constructor(program, mirror, folder) {
    this.program = program;
    this.folder = folder;
    fs.mkdirSync(folder, { recursive: true });
    const settings = path.join(folder, '..', `${path.basename(folder)}.tfrc`);
    fs.writeFileSync(settings, `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`);
    this.variables = { ...process.env, TF_CLI_CONFIG_FILE: settings, TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' };
  }

  write(configuration) {
    fs.writeFileSync(path.join(this.folder, 'cdk.tf.json'), JSON.stringify(configuration, null, 2));
  }

  /** Answers with the output; throws with it when the exit code is not among those that are right. */
  run(args, { right = [0], variables = {} } = {}) {
    const inputs = Object.entries(variables).map(([name, value]) => [`TF_VAR_${name}`, value]);
    const [command, ...rest] = args;
    const { status, stdout, stderr, error } = spawnSync(
      this.program,
      [command, ...(command === 'state' ? [] : ['-no-color']), ...rest],
      {
        cwd: this.folder,
        env: { ...this.variables, ...Object.fromEntries(inputs) },
        encoding: 'utf8',
        maxBuffer: 256 * 1024 * 1024,
      },
    );
    if (error) throw error;
    if (!right.includes(status))
      throw new Error(`terraform ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
    return { status, text: stdout, all: stdout + stderr };
  }

  json(args) {
    return JSON.parse(this.run(args).text);
  }

  /** The sentences of `terraform validate`. */
  validate() {
    const { text } = this.run(['validate', '-json'], { right: [0, 1] });
    return JSON.parse(text).diagnostics.map(({ severity, summary, detail, address, snippet }) => ({
      severity,
      summary,
      detail,
      address: address ?? snippet?.context ?? '',
    }));
  }
}
