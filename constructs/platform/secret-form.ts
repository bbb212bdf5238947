/** What kinds of secret values there are. */
export enum SecretKind {
  /** Lower-case hexadecimal digits. */
  HEX = 'hex',
  /** URL-safe characters, fit for a bearer token, a URL's password and a JSON string. */
  TOKEN = 'token',
  /** URL-safe base64 of 32 bytes, what oauth2-proxy accepts as a cookie secret. */
  COOKIE_SECRET = 'cookie-secret',
  /** A connection URL of a PostgreSQL database. */
  POSTGRES_URL = 'postgres-url',
  /** Somebody else issues it: an API key, an OAuth client's secret. */
  ISSUED = 'issued',
  /** The value of another key of the same Secret, percent-encoded. */
  PERCENT_ENCODED = 'percent-encoded',
}

/** Where a PostgreSQL database is reached. */
export interface PostgresUrlOptions {
  /** Host name. */
  readonly host: string;
  /** @default 5432 */
  readonly port?: number;
  /** Name of the database. */
  readonly database: string;
  /** Name of the login. */
  readonly user: string;
  /** libpq's `sslmode`. @default `require` */
  readonly sslMode?: string;
}

/** The form of a secret's value: what a generator writes and what a person must supply. */
export class SecretForm {
  /** Hexadecimal digits. @param bytes number of random bytes */
  public static hex(bytes: number): SecretForm {
    return new SecretForm(SecretKind.HEX, { bytes });
  }

  /** A URL-safe token of 32 random bytes. @param prefix what it must begin with */
  public static token(prefix = ''): SecretForm {
    return new SecretForm(SecretKind.TOKEN, { bytes: 32, prefix });
  }

  /** A cookie secret for oauth2-proxy: URL-safe base64 that decodes to 32 bytes. */
  public static cookieSecret(): SecretForm {
    return new SecretForm(SecretKind.COOKIE_SECRET, { bytes: 32 });
  }

  /** `postgresql://user:password@host:port/database?sslmode=…`, the password URL-encoded. */
  public static postgresUrl(options: PostgresUrlOptions): SecretForm {
    return new SecretForm(SecretKind.POSTGRES_URL, { bytes: 24, postgres: options });
  }

  /** A value that somebody else issues. @param issuer who issues it, as it stands in a sentence */
  public static issuedBy(issuer: string): SecretForm {
    return new SecretForm(SecretKind.ISSUED, { bytes: 24, issuer });
  }

  /** The value of another key of the same Secret, percent-encoded as a URL has it. @param key name of that key */
  public static percentEncoded(key: string): SecretForm {
    return new SecretForm(SecretKind.PERCENT_ENCODED, { bytes: 32, encodedKey: key });
  }

  /** The form in words, for tables and comments. */
  public describe(): string {
    switch (this.kind) {
      case SecretKind.HEX:
        return `${this.bytes * 2} hexadecimal digits`;
      case SecretKind.TOKEN:
        return this.prefix ? `URL-safe token that begins with ${this.prefix}` : 'URL-safe token';
      case SecretKind.COOKIE_SECRET:
        return `URL-safe base64 of ${this.bytes} bytes`;
      case SecretKind.POSTGRES_URL:
        return `postgresql:// URL of ${this.postgres?.host}/${this.postgres?.database}`;
      case SecretKind.ISSUED:
        return `issued by ${this.issuer}`;
      case SecretKind.PERCENT_ENCODED:
        return `${this.encodedKey} percent-encoded`;
    }
  }

  public readonly kind: SecretKind;
  /** Strength of a generated value. Unit: random bytes. */
  public readonly bytes: number;
  /** What the value begins with; only for `TOKEN`. */
  public readonly prefix: string;
  /** Who issues the value; only for `ISSUED`. */
  public readonly issuer?: string;
  /** The key whose value is encoded; only for `PERCENT_ENCODED`. */
  public readonly encodedKey?: string;
  /** Only for `POSTGRES_URL`. */
  public readonly postgres?: PostgresUrlOptions;

  private constructor(kind: SecretKind, details: FormDetails) {
    this.kind = kind;
    this.bytes = details.bytes;
    this.prefix = details.prefix ?? '';
    this.issuer = details.issuer;
    this.encodedKey = details.encodedKey;
    this.postgres = details.postgres;
  }
}

interface FormDetails {
  readonly bytes: number;
  readonly prefix?: string;
  readonly issuer?: string;
  readonly encodedKey?: string;
  readonly postgres?: PostgresUrlOptions;
}
