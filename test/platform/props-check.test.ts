import { App } from 'cdk8s';
import { Construct } from 'constructs';
import { checkProps } from '../../constructs/platform/props-check';

const scope = new Construct(new App(), 'workspace');

test('right props pass', () => {
  expect(() => checkProps(scope, 'ComponentProps', { replicas: 2, extraEnv: { A: 'b' } })).not.toThrow();
});

test('all mistakes are told at once, each in a line of its own with the path of the construct', () => {
  let message = '';
  try {
    checkProps(scope, 'ComponentProps', { replicas: '3', replica: 3 });
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message.split('\n')).toHaveLength(2);
  expect(message.split('\n').every((line) => line.startsWith('[workspace] '))).toBe(true);
  expect(message).toContain('replicas: expected a number, got the string "3"');
  expect(message).toContain('replica: unknown key');
});

test('a construct of others, whose props this library does not know, is not held up', () => {
  expect(() => checkProps(scope, 'PropsOfSomebodyElse', { anything: 1 })).not.toThrow();
});
