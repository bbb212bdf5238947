import { McpProtocol, type TenantCredential } from './tenant';

/** What a tenant that leaves a field out means by it: one table for the manifests and for the gateway. */
export const TENANT_DEFAULTS = {
  enabled: true,
  protocol: McpProtocol.AUTO,
  credentialHeader: 'Authorization',
  timeoutMs: 60_000,
  maxConcurrency: 32,
  sharesEndpoint: false,
} as const;

/** The word in front of the secret, `''` for none: `Bearer` belongs to `Authorization`, not to `X-API-Key`. */
export function credentialScheme(credential: TenantCredential): string {
  const header = credential.header ?? TENANT_DEFAULTS.credentialHeader;
  return credential.scheme ?? (header.toLowerCase() === 'authorization' ? 'Bearer' : '');
}
