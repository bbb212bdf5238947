import type { k8s } from 'cdk8s-plus-30';
import type { HeaderNames, TrustedHeader } from './trusted-headers';

/** A program in the app's pod that signs people in before their requests reach the app. */
export interface AuthProxy {
  readonly container: k8s.Container;
  /** Port on which people arrive. */
  readonly port: number;
  /** Port on which it is measured. */
  readonly metricsPort?: number;
  /** Where the app sends people who sign out. */
  readonly signOutUrl: string;
  readonly headerNames: HeaderNames;
  /** The headers that the app trusts unless it is told otherwise. */
  readonly trustedByDefault: readonly TrustedHeader[];
  /**
   * The headers that the proxy sets itself on every request, so that a client's own never arrive: read from the
   * configuration that is rendered, not from what was meant.
   */
  readonly injectedHeaders: readonly string[];
}

/** Before SIGTERM, while the endpoints go. Unit: seconds. The images have no shell, so the kubelet itself sleeps. */
export const PRE_STOP: k8s.Lifecycle = { preStop: { sleep: { seconds: 5 } } };

/** Where the proxy finds the app: nothing outside the pod does. */
export function loopbackUrl(port: number): string {
  return `http://127.0.0.1:${port}/`;
}
