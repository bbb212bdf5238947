const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether it is the id of an Entra tenant. Names and `common` never match the issuer in Entra's tokens. */
export function isTenantId(text: string): boolean {
  return GUID.test(text);
}

export function isHttps(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}
