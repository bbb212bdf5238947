import { ApiObject, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { EgressFirewall } from '../../imports/k8s.ovn.org';
import { hostPort, isMatchedByAddress } from './links';
import { workloadsOf } from './workload';

/**
 * The namespace's one EgressFirewall on OpenShift: the hosts that its programs declare, then nothing. It knows no
 * pods; which of them may leave the cluster at all is said by their NetworkPolicies.
 * Source: OVN-Kubernetes, "EgressFirewall": the object is named `default`, the first rule that fits decides.
 */
export class WorkspaceEgressFirewall extends Construct {
  constructor(scope: Construct, id: string, workspace: Construct) {
    super(scope, id);
    new ApiObject(this, 'Resource', {
      ...EgressFirewall.GVK,
      metadata: { name: 'default', labels: { 'app.kubernetes.io/managed-by': 'cdk8s-open-webui' } },
      spec: Lazy.any({ produce: () => ({ egress: [...allowed(workspace), deny('0.0.0.0/0'), deny('::/0')] }) }),
    });
  }
}

function allowed(workspace: Construct): object[] {
  const rules = new Map<string, object>();
  for (const { to } of workloadsOf(workspace).flatMap((workload) => workload._outbound)) {
    const targets = isMatchedByAddress(to)
      ? (to.cidrs ?? []).map((cidr) => ({ cidrSelector: cidr }))
      : [{ dnsName: to.host }];
    for (const target of targets) {
      const rule = { type: 'Allow', to: target, ports: [{ port: hostPort(to), protocol: 'TCP' }] };
      rules.set(JSON.stringify(rule), rule);
    }
  }
  return [...rules.keys()].sort().map((key) => rules.get(key) ?? {});
}

function deny(cidrSelector: string): object {
  return { type: 'Deny', to: { cidrSelector } };
}
