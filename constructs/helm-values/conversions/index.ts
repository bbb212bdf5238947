import type { Conversion } from './conversion';
import { EDGE_CONVERSIONS } from './edge';
import { PART_CONVERSIONS } from './parts';
import { RELEASE_CONVERSIONS } from './release';
import { SIGN_IN_CONVERSIONS } from './sign-in';
import { STORAGE_CONVERSIONS } from './storage';

export type { Conversion } from './conversion';

/** Everything that the library knows of the chart's values, and of keys that people write though it has none. */
export const CONVERSIONS: readonly Conversion[] = [
  ...RELEASE_CONVERSIONS,
  ...EDGE_CONVERSIONS,
  ...STORAGE_CONVERSIONS,
  ...PART_CONVERSIONS,
  ...SIGN_IN_CONVERSIONS,
];
