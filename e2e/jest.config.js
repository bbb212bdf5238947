// The tests of the Python that stands in manifests: they need python3, which `npm test` must not.
const { transform } = require('../jest.config');

module.exports = {
  testEnvironment: 'node',
  rootDir: __dirname,
  testMatch: ['<rootDir>/python/**/*.test.ts', '<rootDir>/helm/**/*.test.ts'],
  transform,
};
