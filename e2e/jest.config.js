// Tests that need more than Node, which `npm test` must not: python3, helm; bash, curl and ps for the demo.
const { transform } = require('../jest.config');

module.exports = {
  testEnvironment: 'node',
  rootDir: __dirname,
  testMatch: ['python', 'helm', 'demo'].map((folder) => `<rootDir>/${folder}/**/*.test.ts`),
  transform,
};
