import fs from 'node:fs';
import path from 'node:path';

/** Writes a generated file; with `--check` on the command line, fails instead when the file is not that text. */
export function writeOrCheck(file, text, command) {
  if (!process.argv.includes('--check')) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  } else if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
    console.error(`${path.relative(process.cwd(), file)} is not what its sources give: run ${command} and commit it.`);
    process.exitCode = 1;
  }
}
