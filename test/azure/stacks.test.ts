import { aksProduction } from '../../environments/azure/aks-production';
import { rich } from './samples';
import { synthesize } from './synthesize';

describe.each([aksProduction, rich])('the stacks of $name', (environment) => {
  const stacks = synthesize(environment);

  test.each(Object.keys(stacks))('%s', (part) => {
    expect(stacks[part]).toMatchSnapshot();
  });
});
