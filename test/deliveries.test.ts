import fs from 'node:fs';
import path from 'node:path';
import { environments } from '../environments';
import { deliveries } from '../environments/gitops';
import { synthesizeDelivery } from '../synth/delivery';

const DIST = path.join(__dirname, '..', 'dist');

describe.each(deliveries.map((delivery) => [delivery.name, delivery] as const))('%s', (name, delivery) => {
  const { files, problems } = synthesizeDelivery(delivery, environments);

  test('is right, and what was reviewed', () => {
    expect(problems).toEqual([]);
    for (const file of files) {
      expect(file.text).toMatchSnapshot(file.name);
    }
  });

  test('stands in dist/ as it is rendered now', () => {
    expect(fs.readdirSync(path.join(DIST, name)).sort()).toEqual(files.map((file) => file.name).sort());
    for (const file of files) {
      expect(fs.readFileSync(path.join(DIST, name, file.name), 'utf8')).toBe(file.text);
    }
  });
});

test('names are those of no environment', () => {
  const names = [...environments, ...deliveries].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
