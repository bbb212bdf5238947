import type { PublishedApi } from './edge-props';

const CALLER =
  '@(context.Request.Headers.GetValueOrDefault("Authorization","").AsJwt()?.Claims.GetValueOrDefault("oid",""))';

/**
 * The policy of an API: only tokens that the tenant issued for its audience, so many requests of one caller, and
 * answers passed on as they come, which server-sent events need. The token goes on to the backend.
 * Source: Microsoft Learn, API Management policy reference.
 */
export function callerPolicy(tenantId: string, api: PublishedApi): string {
  const { audience, requestsPerMinute = 300, timeoutSeconds = 300 } = api;
  return [
    '<policies>',
    '  <inbound>',
    '    <base />',
    `    <validate-azure-ad-token tenant-id="${attribute(tenantId)}" header-name="Authorization" failed-validation-httpcode="401">`,
    `      <audiences><audience>${attribute(audience)}</audience></audiences>`,
    '    </validate-azure-ad-token>',
    `    <rate-limit-by-key calls="${requestsPerMinute}" renewal-period="60" counter-key="${attribute(CALLER)}" />`,
    '  </inbound>',
    '  <backend>',
    `    <forward-request timeout="${timeoutSeconds}" buffer-response="false" />`,
    '  </backend>',
    '  <outbound><base /></outbound>',
    '  <on-error><base /></on-error>',
    '</policies>',
  ].join('\n');
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
