import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SecretSource } from './secret-source';

const SCHEME = 'bearer ';
/** Longer than any key; a longer header is not worth hashing. */
const MAX_HEADER_LENGTH = 1024;

/** The bearer keys of a service: the current one, and during a rotation the previous one. */
export class BearerKeys {
  private currentDigest = NO_KEY;
  private previousDigest = NO_KEY;

  /** Both are followed: a key counts, or no longer counts, as soon as its file changed. */
  constructor(
    private readonly current: SecretSource,
    private readonly previous?: SecretSource,
  ) {
    this.takeKeys();
    current.onChange(() => this.takeKeys());
    previous?.onChange(() => this.takeKeys());
  }

  /**
   * Whether the value of the header `Authorization` carries one of the keys. What is compared are digests of equal
   * length, both of them in every case, so that the time tells neither which key was near nor where it differs.
   */
  public accepts(authorization: string | undefined): boolean {
    if (authorization === undefined || authorization.length > MAX_HEADER_LENGTH) return false;
    if (authorization.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return false;
    const digest = digestOf(authorization.slice(SCHEME.length));
    const isCurrent = timingSafeEqual(digest, this.currentDigest);
    const isPrevious = timingSafeEqual(digest, this.previousDigest);
    return isCurrent || isPrevious;
  }

  private takeKeys(): void {
    this.currentDigest = digestOfKey(this.current);
    this.previousDigest = digestOfKey(this.previous);
  }
}

/** No key has this digest. */
const NO_KEY: Buffer = randomBytes(32);

function digestOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

function digestOfKey(source: SecretSource | undefined): Buffer {
  const key = source?.value();
  return key ? digestOf(key) : NO_KEY;
}
