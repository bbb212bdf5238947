import { OpenWebUiRelease } from '../../constructs/open-webui-release';
import { render } from '../render';

test('without helm the message says what to do', () => {
  const declare = () =>
    render((scope) => new OpenWebUiRelease(scope, 'open-webui').inflateChart({ helmExecutable: '/no/helm' }));
  expect(declare).toThrow(
    'open-webui: the official chart needs the program helm, which "/no/helm" is not: install it, name it in helmExecutable, or leave inflateChart out',
  );
});
