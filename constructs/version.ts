/** Version of this library, and the tag of the images built from the same sources. */
export const VERSION = '0.1.0';
