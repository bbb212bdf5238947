const NAMES: { readonly [name: string]: number } = Object.fromEntries([
  ...['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].map((name, at) => [
    name,
    at + 1,
  ]),
  ...['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'].map((name, at) => [name, at]),
]);

/** Minute, hour, day of the month, month, day of the week. Source: Kubernetes, "CronJob", schedule syntax. */
const FIELDS = [
  { lowest: 0, highest: 59 },
  { lowest: 0, highest: 23 },
  { lowest: 1, highest: 31 },
  { lowest: 1, highest: 12 },
  { lowest: 0, highest: 6 },
];

const SHORT = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every (\d+(\.\d+)?(h|m|s))+)$/;

/** Whether the controller of CronJobs can read a schedule. */
export function isSchedule(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  return (
    SHORT.test(text) ||
    (fields.length === FIELDS.length &&
      fields.every((field, at) =>
        field.split(',').every((item) => isItem(item, FIELDS[at].lowest, FIELDS[at].highest)),
      ))
  );
}

/** `*` or `?`, `5` or `1-5`, each with or without a step such as `/15`. */
function isItem(item: string, lowest: number, highest: number): boolean {
  const [, from, to, step] = /^([*?]|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item) ?? [];
  if (from === undefined || (step !== undefined && Number(step) < 1)) {
    return false;
  }
  if (from === '*' || from === '?') {
    return to === undefined;
  }
  const ends = [from, to ?? from].map((end) => NAMES[end.toLowerCase()] ?? (/^\d+$/.test(end) ? Number(end) : -1));
  return lowest <= ends[0] && ends[0] <= ends[1] && ends[1] <= highest;
}
