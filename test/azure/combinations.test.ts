import fc from 'fast-check';
import type { AzureEnvironmentProps } from '../../constructs/azure';
import { environmentSentences } from '../../constructs/azure/environment-rules';
import { rich, small } from './samples';
import { resources, synthesize } from './synthesize';

const PARTS = Object.keys(rich) as (keyof AzureEnvironmentProps)[];

/** Environments that have each part from one sample or the other. */
const mixture = fc.record(Object.fromEntries(PARTS.map((part) => [part, fc.constantFrom(small[part], rich[part])])));

describe('any mixture of two environments', () => {
  test('is refused with sentences, or becomes stacks that keep their data', () => {
    let rendered = 0;
    fc.assert(
      fc.property(mixture, (parts) => {
        const environment = { ...parts, name: 'mixed' } as unknown as AzureEnvironmentProps;
        const sentences = environmentSentences(environment);
        if (sentences.length > 0) {
          expect(() => synthesize(environment)).toThrow(sentences[0]);
          return;
        }
        const stacks = synthesize(environment);
        rendered++;
        const all = Object.values(stacks).flatMap(resources);
        const kept = all.filter(({ block }) => block.lifecycle?.prevent_destroy).map(({ type }) => type);
        expect(kept).toEqual(expect.arrayContaining(['azurerm_postgresql_flexible_server', 'azurerm_key_vault']));
        // A token that is left would be a reference to nothing.
        expect(JSON.stringify(stacks)).not.toMatch(/TfToken|undefined|\[object/);
      }),
      { numRuns: 40, seed: 4 },
    );
    expect(rendered).toBeGreaterThan(3);
  });
});
