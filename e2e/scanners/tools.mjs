// The scanners. Each finds things in a rendered folder: { check, object, text }.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeSchemas } from './schemas.mjs';

/** Every scanner, with why it is not here when it is not. */
export function scanners(root) {
  const install = (script) => run('bash', [path.join(root, '.ci', script)], { stderr: 'inherit' }).stdout.trim();
  const built = install('install-scanners.sh');
  const [, kubeScoreVersion, kubeconformVersion] = /-(v[\d.]+)-(v[\d.]+)$/.exec(built);
  return [
    kubeScore(path.join(built, 'kube-score'), kubeScoreVersion),
    kubeconform(path.join(built, 'kubeconform'), kubeconformVersion, root),
    kubectlValidate(install('install-kubectl-validate.sh'), root),
    checkov(install('install-checkov.sh')),
    ofThePath('kube-linter', ['version'], kubeLinter),
    ofThePath('polaris', ['version'], polaris),
  ];
}

function kubeScore(program, version) {
  return {
    name: 'kube-score',
    version,
    scan: (folder) =>
      JSON.parse(run(program, ['score', '--output-format', 'json', ...yamlFiles(folder)]).stdout).flatMap((object) =>
        object.checks
          .filter(({ grade, skipped }) => !skipped && grade < ALL_OK)
          .map(({ check, comments }) => ({
            check: check.id,
            object: `${object.type_meta.kind}/${object.object_meta.name}`,
            text: comments?.map(({ summary }) => summary).join('; ') ?? check.name,
          })),
      ),
  };
}

const ALL_OK = 10;

function kubeconform(program, version, root) {
  const location = writeSchemas(root, fs.mkdtempSync(path.join(os.tmpdir(), 'schemas-')));
  return {
    name: 'kubeconform',
    version,
    scan: (folder) => {
      const { stdout } = run(program, [
        '-strict',
        '-summary',
        '-output',
        'json',
        '-schema-location',
        location,
        ...yamlFiles(folder),
      ]);
      const { resources = [], summary } = JSON.parse(stdout);
      if (summary.valid + summary.invalid + summary.errors === 0)
        throw new Error(`kubeconform looked at nothing in ${folder}`);
      return resources
        .filter(({ status }) => status !== 'statusValid')
        .map(({ kind, name, status, msg }) => ({ check: status, object: `${kind}/${name}`, text: msg }));
    },
  };
}

function kubectlValidate(program, root) {
  return {
    name: 'kubectl-validate',
    version: program.match(/kubectl-validate-(v[\d.]+)/)?.[1] ?? '',
    scan: (folder) => {
      const { status, stdout, stderr } = run(program, [
        folder,
        '--local-crds',
        path.join(root, 'imports', 'crds'),
        '--version',
        '1.30',
      ]);
      return status === 0
        ? []
        : [{ check: 'invalid', object: path.basename(folder), text: `${stdout}${stderr}`.trim() }];
    },
  };
}

function checkov(program) {
  return {
    name: 'checkov',
    version: run(program, ['--version']).stdout.trim(),
    scan: (folder) => {
      const report = JSON.parse(
        run(program, ['-d', folder, '--framework', 'kubernetes', '-o', 'json', '--compact', '--quiet']).stdout,
      );
      if (report.summary.passed === 0) throw new Error(`checkov looked at nothing in ${folder}`);
      return report.results.failed_checks.map(({ check_id, check_name, resource }) => {
        const [kind, , ...name] = resource.split('.');
        return { check: check_id, object: `${kind}/${name.join('.')}`, text: check_name };
      });
    },
  };
}

function kubeLinter(program) {
  return (folder) =>
    (JSON.parse(run(program, ['lint', '--format', 'json', folder]).stdout).Reports ?? []).map(
      ({ Check, Object: object, Diagnostic }) => ({
        check: Check,
        object: `${object.K8sObject.GroupVersionKind.Kind}/${object.K8sObject.Name}`,
        text: Diagnostic.Message,
      }),
    );
}

function polaris(program) {
  return (folder) =>
    JSON.parse(run(program, ['audit', '--audit-path', folder, '--format', 'json']).stdout).Results.flatMap((result) =>
      [
        result.Results,
        result.PodResult?.Results,
        ...(result.PodResult?.ContainerResults ?? []).map(({ Results }) => Results),
      ]
        .flatMap((results) => Object.values(results ?? {}))
        .filter(({ Success }) => !Success)
        .map(({ ID, Message }) => ({ check: ID, object: `${result.Kind}/${result.Name}`, text: Message })),
    );
}

/** A scanner that no registry gave here: it runs where somebody installed it. */
function ofThePath(name, versionArguments, make) {
  const { status, stdout } = run(name, versionArguments);
  return status === 0
    ? { name, version: stdout.trim().split('\n')[0], scan: make(name) }
    : {
        name,
        version: '',
        missing: 'not on this machine: the Go module proxy refuses it (403), and PyPI and npm have no build of it',
      };
}

function yamlFiles(folder) {
  return fs
    .readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => path.join(folder, file));
}

function run(program, args, { stderr = 'pipe' } = {}) {
  const {
    status,
    stdout = '',
    stderr: said = '',
    error,
  } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', stderr], maxBuffer: 1e8 });
  if (error && error.code !== 'ENOENT') throw error;
  return { status: error ? 127 : status, stdout, stderr: said };
}
