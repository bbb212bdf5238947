// The same stacks under cdktn, the community's successor of the archived cdktf: nothing in our code may stop that move.
import { isDeepStrictEqual } from 'node:util';
import { synthesize } from './stacks.mjs';
import { check, expect } from './tally.mjs';

/** @param core folder of cdktn, installed under the name cdktf */
export async function sameUnderCdktn(root, core, folder, stacks) {
  const others = synthesize(root, folder, `--alias:cdktf=${core}`);
  for (const { name, configuration } of stacks) {
    await check(`cdktn writes the same ${name}`, () => {
      const other = others.find((candidate) => candidate.name === name);
      expect(other !== undefined, 'cdktn does not write it.');
      const versions = [configuration, other.configuration].map((json) => json['//'].metadata.version);
      expect(versions[0] !== versions[1], 'This is cdktf itself, not cdktn.');
      expect(
        isDeepStrictEqual(withoutVersion(configuration), withoutVersion(other.configuration)),
        differences(configuration, other.configuration).join('\n'),
      );
    });
  }
}

function withoutVersion(configuration) {
  const copy = structuredClone(configuration);
  delete copy['//'].metadata.version;
  return copy;
}

function differences(one, other, at = '') {
  if (isDeepStrictEqual(one, other)) return [];
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) {
    return [`${at}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`];
  }
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) => differences(one[key], other[key], `${at}.${key}`));
}
