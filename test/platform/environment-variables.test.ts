import { EnvironmentVariables } from '../../constructs/platform/environment-variables';
import { SecretForm } from '../../constructs/platform/secret-form';
import { SecretKey } from '../../constructs/platform/secrets';

const names = (env: EnvironmentVariables) => env.render().map(({ name }) => name);

test('stand in the order of declaration: $(NAME) expands only what stands earlier', () => {
  const env = new EnvironmentVariables();
  env.setSecret('PASSWORD', new SecretKey('secrets', 'PASSWORD', SecretForm.token(), 'a test'));
  env.set('URL', 'redis://:$(PASSWORD)@redis');
  env.setDefaults({ Z: '1', A: '2' });
  expect(names(env)).toEqual(['PASSWORD', 'URL', 'Z', 'A']);
});

test('stand once: Kubernetes would silently take the last of two', () => {
  const env = new EnvironmentVariables();
  env.set('A', '1');
  expect(() => env.set('A', '2')).toThrow('the environment variable A is set twice by the construct');
  expect(() => env.setDefaults({ A: '2' })).toThrow('A is set twice');
});

describe('written by hand', () => {
  test('replace a default in its place, so that what refers to it still finds it', () => {
    const env = new EnvironmentVariables();
    env.setDefaults({ LEVEL: 'info' });
    env.set('MESSAGE', '$(LEVEL)');
    env.addExtra({ name: 'LEVEL', value: 'debug' });
    expect(env.render()).toEqual([
      { name: 'LEVEL', value: 'debug' },
      { name: 'MESSAGE', value: '$(LEVEL)' },
    ]);
    expect(env.value('LEVEL')).toBe('debug');
    expect(env.clashes).toEqual([]);
  });

  test('clash with what the construct is sure of, whatever was declared first', () => {
    const env = new EnvironmentVariables();
    env.addExtra({ name: 'HOST', value: '0.0.0.0' });
    env.addExtra({ name: 'OTHER', value: 'x' });
    env.set('HOST', '127.0.0.1');
    expect(env.clashes).toEqual(['HOST']);
  });
});

describe('settled late', () => {
  test('see all that was declared, also after an earlier look', () => {
    const env = new EnvironmentVariables();
    const providers = ['a'];
    env.setLate((at) => at.set('PROVIDERS', providers.join(';')));
    expect(env.value('PROVIDERS')).toBe('a');
    providers.push('b');
    expect(env.value('PROVIDERS')).toBe('a;b');
    expect(names(env)).toEqual(['PROVIDERS']);
    expect(env.has('PROVIDERS')).toBe(true);
  });

  test('are compared with what was written by hand like all others', () => {
    const env = new EnvironmentVariables();
    env.setLate((at) => at.set('PROVIDERS', 'a'));
    env.addExtra({ name: 'PROVIDERS', value: 'b' });
    expect(env.clashes).toEqual(['PROVIDERS']);
  });
});

test('a value from a Secret is not known, but it is there', () => {
  const env = new EnvironmentVariables();
  env.setSecret('PASSWORD', new SecretKey('secrets', 'KEY', SecretForm.token(), 'a test'));
  expect(env.value('PASSWORD')).toBeUndefined();
  expect(env.has('PASSWORD')).toBe(true);
  expect(env.has('ANOTHER')).toBe(false);
});
