/**
 * The LTS line, in the image that starts without root. The settings and the names of metrics are tested on 1.108.10, the
 * newest of that line on PyPI.
 */
export const LITELLM_IMAGE = 'ghcr.io/berriai/litellm-non_root:v1.108.12';

/**
 * Releases that carried malware which sends environment variables away. Source: BerriAI/litellm issue 24512 (1.82.7 and
 * 1.82.8, March 2026) and its security notice of 2026-10-21 (1.107.0).
 */
const COMPROMISED: readonly string[] = ['1.82.7', '1.82.8', '1.107.0'];

/** The compromised release that an image's tag names; undefined when it names none. */
export function compromisedRelease(image: string): string | undefined {
  const tag = /:([^/:@]+)(?:@|$)/.exec(image)?.[1] ?? '';
  const release = /(?<![\d.])\d+\.\d+\.\d+(?!\d)/.exec(tag)?.[0];
  return COMPROMISED.find((candidate) => candidate === release);
}
