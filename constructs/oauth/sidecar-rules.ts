import { isIP } from 'node:net';
import type { OAuthSidecar } from '../oauth-sidecar';
import { isHttpsUrl } from '../platform/links';
import { isGuid } from '../platform/manifest-rules/name-forms';
import { EdgeKind, PlatformKind } from '../platform/platform';
import type { Rule } from '../platform/rules';
import { GOOGLE } from './issuer';
import { type ForgeableHeader, forgeableHeaders, TrustedHeader, trustVariable } from './trusted-headers';

const DOMAIN = /^(\*|\.?[a-z0-9-]+(\.[a-z0-9-]+)+)$/i;

/** What can be wrong with a sign-in. Source of most rows: the facts about oauth2-proxy 7.15.3 and Open WebUI 0.12.4. */
export const SIDECAR_RULES: readonly Rule<OAuthSidecar>[] = [
  {
    id: 'oauth-edge',
    broken: ({ release }) => !release.edge,
    message: ({ release }) =>
      `${release.name}: people come back from the provider to an address, and the release has none: give it an edge`,
  },
  {
    id: 'oauth-no-bypass',
    broken: ({ release }) => release._pod.env.value('HOST') !== '127.0.0.1',
    message: ({ release }) =>
      `${release.name}: HOST is ${release._pod.env.value('HOST')}, so that the app can be reached past the sign-in: leave HOST out of extraEnv`,
  },
  {
    id: 'oauth-header-injected',
    broken: (sidecar) => forgeable(sidecar).length > 0,
    message: (sidecar) =>
      forgeable(sidecar)
        .map((header) => forgeableMessage(sidecar, header))
        .join('; '),
  },
  {
    id: 'oauth-email-trusted',
    broken: ({ release }) => !release._pod.env.value(trustVariable(TrustedHeader.EMAIL)),
    message: ({ release }) =>
      `${release.name}: without the e-mail header Open WebUI knows nobody that the proxy signs in: add TrustedHeader.EMAIL to trustedHeaders`,
  },
  {
    id: 'oauth-groups-sent',
    broken: ({ release, _issuer }) =>
      _issuer?.sendsGroups === false && Boolean(release._pod.env.value(trustVariable(TrustedHeader.GROUPS))),
    message: ({ release, _issuer }) =>
      `${release.name}: ${_issuer?.url} sends no groups, so everybody would leave every group of Open WebUI: leave TrustedHeader.GROUPS out of trustedHeaders`,
  },
  {
    id: 'oauth-password-auth',
    broken: ({ release }) => release._pod.env.value('ENABLE_PASSWORD_AUTH')?.toLowerCase() === 'false',
    message: ({ release }) =>
      `${release.name}: ENABLE_PASSWORD_AUTH=false shuts out the people that the proxy signs in too: leave it out of extraEnv`,
  },
  {
    id: 'oauth-anybody',
    broken: ({ release, _issuer }) =>
      release.platform.production && _issuer?.emailDomains.includes('*') === true && _issuer.allowedGroups.length === 0,
    message: ({ release, _issuer }) =>
      `${release.name}: whoever has an account at ${_issuer?.url} could sign in: write emailDomains in the provider, for example company.com, or allowedGroups`,
  },
  {
    id: 'oauth-email-domain',
    broken: ({ _issuer }) => _issuer !== undefined && !_issuer.emailDomains.every((domain) => DOMAIN.test(domain)),
    message: ({ release, _issuer }) =>
      `${release.name}: "${_issuer?.emailDomains.find((domain) => !DOMAIN.test(domain))}" is not an e-mail domain: write company.com, .company.com for everything below it, or *`,
  },
  {
    id: 'oauth-nobody',
    broken: ({ _issuer }) => _issuer?.emailDomains.length === 0,
    message: ({ release }) =>
      `${release.name}: emailDomains is empty, so nobody could sign in: name a domain, or leave it out`,
  },
  {
    id: 'oauth-issuer-https',
    broken: ({ _issuer }) => _issuer !== undefined && !isHttpsUrl(_issuer.url),
    message: ({ release, _issuer }) =>
      `${release.name}: the issuer "${_issuer?.url}" is not an https URL: over http anybody on the way could sign in as anybody; write it as in the provider's discovery document`,
  },
  {
    id: 'oauth-sign-out-url',
    broken: ({ _issuer }) => _issuer?.signOutUrl !== undefined && !isHttpsUrl(_issuer.signOutUrl),
    message: ({ release, _issuer }) =>
      `${release.name}: signOutUrl "${_issuer?.signOutUrl}" is not an https URL: write the provider's end_session_endpoint`,
  },
  {
    id: 'oauth-entra-tenant',
    broken: ({ provider: { entra } }) => entra !== undefined && !isGuid(entra.tenantId),
    message: ({ release, provider: { entra } }) =>
      `${release.name}: the tenant "${entra?.tenantId}" is not a GUID: write the directory (tenant) id; names and "common" never match the issuer in Entra's tokens`,
  },
  {
    id: 'oauth-entra-session-store',
    broken: ({ provider: { entra }, _props }) => entra !== undefined && !_props.sessionStore,
    message: ({ release }) => `${release.name}: Entra's tokens are too large for cookies: pass a Redis as sessionStore`,
  },
  {
    id: 'oauth-workload-identity-client',
    broken: ({ provider: { entra } }) => entra?.workloadIdentity === true && !entra.clientId,
    message: ({ release }) =>
      `${release.name}: workload identity needs no Secret of the application, but its id: write clientId in the provider`,
  },
  {
    id: 'oauth-openshift-platform',
    broken: ({ provider: { cluster }, release }) =>
      cluster !== undefined && release.platform.type !== PlatformKind.OPENSHIFT,
    message: ({ release }) =>
      `${release.name}: OAuthProvider.openshift needs OpenShift, the platform is ${release.platform.type}: use OAuthProvider.oidc or OAuthProvider.entraId`,
  },
  {
    id: 'oauth-openshift-issuer',
    broken: ({ _issuer }) => _issuer?.hosts.some(({ host }) => host.startsWith('oauth-openshift.')) ?? false,
    message: ({ release, _issuer }) =>
      `${release.name}: ${_issuer?.url} is OpenShift's OAuth server, which is no OpenID Connect issuer: use OAuthProvider.openshift`,
  },
  {
    id: 'oauth-openshift-route',
    broken: ({ provider: { cluster }, release }) =>
      cluster !== undefined && release.edge !== undefined && release.edge.kind !== EdgeKind.ROUTE,
    message: ({ release }) =>
      `${release.name}: OpenShift's proxy speaks TLS and comes back to a Route, the edge is ${release.edge?.kind}: leave kind out of the edge`,
  },
  {
    id: 'oauth-openshift-options',
    broken: ({ provider: { cluster }, _props }) =>
      cluster !== undefined && (_props.cookieRefresh !== undefined || _props.trustedProxyCidrs !== undefined),
    message: ({ release }) =>
      `${release.name}: OpenShift's proxy neither renews tokens nor reads the client's address: leave cookieRefresh and trustedProxyCidrs out, and make cookieExpire shorter instead`,
  },
  {
    id: 'oauth2-proxy-version',
    broken: (sidecar) => isBypassable(sidecar._proxy.container.image ?? ''),
    message: ({ release, _proxy }) =>
      `${release.name}: ${_proxy.container.image} lets people in without a sign-in (GHSA-5hvv-m4w4-gf6v, GHSA-7x63-xv5r-3p2x): use v7.15.2 or newer`,
  },
  {
    id: 'oauth-google-returns',
    broken: ({ _issuer, release }) => isGoogle(_issuer) && release.edge !== undefined && !isPublic(release.edge.url),
    message: ({ release }) =>
      `${release.name}: Google sends nobody back to ${release.edge?.url}: give the edge https and a public host name, or take another provider`,
  },
  {
    id: 'oauth-openshift-names',
    broken: ({ provider, release: { props } }) =>
      provider.cluster !== undefined &&
      [props.ownerEmail, props.adminEmail].some((email) => email !== undefined && !email.endsWith('@cluster.local')),
    message: ({ release: { name, props } }) =>
      `${name}: OpenShift's proxy calls everybody <user name>@cluster.local, so nobody would be ${props.ownerEmail ?? props.adminEmail}: write ownerEmail and adminEmail in that form`,
  },
  {
    id: 'oauth-upstream-timeout',
    broken: (sidecar) => !(sidecar._upstreamTimeoutSeconds >= sidecar._edgeTimeoutSeconds),
    message: (sidecar) =>
      `${sidecar.release.name}: the proxy would give up an answer after ${sidecar._upstreamTimeoutSeconds} s for which the edge waits ${sidecar._edgeTimeoutSeconds} s: leave upstreamTimeoutSeconds out, or lower the edge's timeoutSeconds too`,
  },
  {
    id: 'oauth-cookie-refresh',
    broken: ({ _cookieRefresh, _cookieExpire }) =>
      _cookieExpire.toSeconds() < 60 ||
      (_cookieRefresh !== undefined &&
        (_cookieRefresh.toSeconds() < 1 || _cookieRefresh.toSeconds() >= _cookieExpire.toSeconds())),
    message: ({ release, _cookieRefresh, _cookieExpire }) =>
      `${release.name}: sessions of ${_cookieExpire.toSeconds()} s whose tokens are renewed every ${_cookieRefresh?.toSeconds() ?? 0} s: write a cookieRefresh below cookieExpire, and a cookieExpire of at least a minute`,
  },
  {
    id: 'oauth-trusted-proxies',
    broken: ({ _props }) => _props.trustedProxyCidrs?.some((cidr) => !isNetwork(cidr)) ?? false,
    message: ({ release, _props }) =>
      `${release.name}: trustedProxyCidrs has "${_props.trustedProxyCidrs?.find((cidr) => !isNetwork(cidr))}": write the address range of the edge's pods, for example 10.244.0.0/16; everybody else could make up where they come from`,
  },
  {
    id: 'oauth-no-dollar',
    broken: ({ _issuer }) => issuerValues(_issuer).some((value) => value.includes('$')),
    message: ({ release, _issuer }) =>
      `${release.name}: oauth2-proxy would take "${issuerValues(_issuer).find((value) => value.includes('$'))}" for a variable of its environment: write the provider's values without a $`,
  },
];

function forgeable({ release, _proxy }: OAuthSidecar): ForgeableHeader[] {
  return forgeableHeaders(release._pod.env, _proxy.injectedHeaders);
}

function forgeableMessage(sidecar: OAuthSidecar, { kind, variable, header }: ForgeableHeader): string {
  const { release, _issuer, _proxy } = sidecar;
  if (header === undefined) {
    return `${release.name}: ${variable} stands in a Secret, where nobody can check it: leave it out and write trustedHeaders`;
  }
  const instead =
    kind === TrustedHeader.ROLE && _issuer
      ? 'write roleClaim in the provider, or leave TrustedHeader.ROLE out'
      : `trust one of ${_proxy.injectedHeaders.join(', ')}, or leave TrustedHeader.${kind.toUpperCase()} out`;
  return `${release.name}: ${variable} trusts ${header}, which the proxy does not set, so that anybody who is signed in could send it: ${instead}`;
}

/** The values that go into the file in which oauth2-proxy puts its environment. */
function issuerValues(issuer: OAuthSidecar['_issuer']): string[] {
  if (!issuer) {
    return [];
  }
  const { url, clientId, scopes, groupsClaim, roleClaim, allowedGroups } = issuer;
  return [url, clientId ?? '', ...scopes, groupsClaim, roleClaim ?? '', ...allowedGroups];
}

function isGoogle(issuer: OAuthSidecar['_issuer']): boolean {
  return issuer !== undefined && URL.canParse(issuer.url) && new URL(issuer.url).hostname === GOOGLE;
}

/** Source: Google's rules for redirect URIs: https and a public top-level domain. */
function isPublic(url: string): boolean {
  return isHttpsUrl(url) && !/\.(local|internal|localhost|test|lan)$/.test(new URL(url).hostname);
}

/** An address range that is not everything. */
function isNetwork(cidr: string): boolean {
  const [address, length] = cidr.split('/');
  return isIP(address) > 0 && Number(length) > 0 && Number(length) <= (isIP(address) === 4 ? 32 : 128);
}

function isBypassable(image: string): boolean {
  const version = /oauth2-proxy:v(\d+)\.(\d+)\.(\d+)/.exec(image);
  if (!version) {
    return false;
  }
  const [major, minor, patch] = version.slice(1).map(Number);
  return major < 7 || (major === 7 && (minor < 15 || (minor === 15 && patch < 2)));
}
