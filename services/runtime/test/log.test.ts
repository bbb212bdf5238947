import { createLogger, LogLevel } from '../log';

function written(log: (logger: ReturnType<typeof createLogger>) => void, level = LogLevel.INFO): object[] {
  const lines: string[] = [];
  log(createLogger({ service: 'sample', level, stream: { write: (line: string) => lines.push(line) } }));
  return lines.map((line) => JSON.parse(line));
}

it('a line is a JSON object with the service, the level as a word and the time', () => {
  const [line] = written((log) => log.info({ tenant: 'google' }, 'hello'));
  expect(line).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    service: 'sample',
    tenant: 'google',
    msg: 'hello',
  });
});

it('credentials in headers are hidden, however they are spelled', () => {
  const headers = {
    Authorization: 'Bearer hunter2',
    cookie: 'hunter2',
    'X-Api-Key': 'hunter2',
    'x-openwebui-user-jwt': 'hunter2',
    'proxy-authorization': 'hunter2',
    accept: 'text/plain',
  };
  const [line] = written((log) => log.child({}).warn({ headers }));
  expect(JSON.stringify(line)).not.toContain('hunter2');
  expect(line).toHaveProperty('headers.accept', 'text/plain');
});

it('an error comes with its message and stack, and less than the level is not written', () => {
  const lines = written((log) => {
    log.debug('quiet');
    log.error({ err: new Error('broken') }, 'failed');
  });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ err: { message: 'broken', stack: expect.stringContaining('Error: broken') } });
});
