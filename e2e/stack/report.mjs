// What a run found: one line per check, and in the end the sums and what was left out.
import { lastLines } from './programs.mjs';

export function createReport({ begin = Date.now(), write = (line) => console.log(line) } = {}) {
  const failed = [];
  const leftOut = new Map();
  const stoodIn = new Map();
  let passed = 0;
  const seconds = () => ((Date.now() - begin) / 1000).toFixed(0).padStart(4);
  const report = {
    log: (line) => write(`${seconds()} s  ${line}`),
    title: (text) => write(`\n== ${text}`),
    /** Runs a check. It fails when `action` throws; `person` is whose page is photographed then. */
    async check(name, action, person) {
      try {
        const answer = await action();
        passed += 1;
        write(`${seconds()} s  ok    ${name}`);
        return answer;
      } catch (error) {
        const picture = person && (await person.picture('failed').catch(() => undefined));
        failed.push(name);
        write(
          `${seconds()} s  WRONG ${name}\n         ${lastLines(error.message, 12).replaceAll('\n', '\n         ')}`,
        );
        if (picture) write(`         picture: ${picture}`);
        return undefined;
      }
    },
    leaveOut: (what, why) => leftOut.set(what, why),
    standIn: (what, why) => stoodIn.set(what, why),
    /** Closing lines; answers with the exit code. */
    finish() {
      const list = (title, entries) => {
        if (entries.length > 0) write(`\n${title}:\n${entries.map((entry) => `  - ${entry}`).join('\n')}`);
      };
      const told = (map) => [...map].map(([what, why]) => `${what}: ${why}`);
      list('wrong', failed);
      list('stand-ins', told(stoodIn));
      list('left out', told(leftOut));
      write(`\n${passed} passed, ${failed.length} failed`);
      return failed.length > 0 || passed === 0 ? 1 : 0;
    },
  };
  return report;
}
