/**
 * PostgreSQL's programs, one image for each version of a server: an older pg_dump refuses a newer server, and the dump
 * of a newer one may not go back into an older server. Source: PostgreSQL's manual, "pg_dump", notes.
 */
const IMAGES: { readonly [version: string]: string } = {
  '14': 'docker.io/library/postgres:14.20-alpine',
  '15': 'docker.io/library/postgres:15.15-alpine',
  '16': 'docker.io/library/postgres:16.11-alpine',
  '17': 'docker.io/library/postgres:17.7-alpine',
  '18': 'docker.io/library/postgres:18.1-alpine',
};

export const DEFAULT_SERVER_VERSION = 16;

/** The image for a server. @param program name that begins the error: there is none */
export function postgresImage(program: string, serverVersion: number): string {
  const image = IMAGES[String(serverVersion)];
  if (image === undefined) {
    throw new Error(
      `${program}: there is no image for a server of version ${serverVersion}: write serverVersion ${Object.keys(IMAGES).join(', ')}, or an image with bash, pg_dump and psql`,
    );
  }
  return image;
}
