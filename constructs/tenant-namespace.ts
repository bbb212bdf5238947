import { ApiObject, Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-30';
import type { Construct } from 'constructs';
import type { Component } from './platform/component';
import { WorkspaceNamespace, type WorkspaceNamespaceProps } from './platform/namespace';
import { policyPeers } from './platform/network-policy';
import { Platform } from './platform/platform';
import { checkProps } from './platform/props-check';
import { checkAtSynth, type Rule } from './platform/rules';
import { TeamAccess } from './tenancy/team-access';

/** The namespace of a team. */
export interface TenantNamespaceProps extends WorkspaceNamespaceProps {
  /** Groups of the identity provider that may see all but Secrets. @default - none */
  readonly readers?: string[];
  /** Groups that may besides restart pods, set replicas and start suspended jobs. @default - none */
  readonly operators?: string[];
}

const LABELS = { 'app.kubernetes.io/managed-by': 'cdk8s-open-webui' };

interface SharedProgram {
  readonly component: Component;
  readonly namespace?: string;
}

const RULES: readonly Rule<TenantNamespace>[] = [
  {
    id: 'shared-program-elsewhere',
    broken: ({ name, _shared }) => _shared.some(({ namespace }) => namespace === undefined || namespace === name),
    message: ({ name, _shared }) =>
      `${name}: ${_shared.find(({ namespace }) => namespace === undefined || namespace === name)?.component.name} stands in no namespace of its own: inside one namespace the programs' links open what they need`,
  },
];

/**
 * One team's namespace, for releases that this library renders into it and for programs that the team brings: Pod
 * Security labels, quota and limits, default deny with an opening for DNS, roles for the team's groups.
 *
 * Attach it to the scope of the team's programs, as a `WorkspaceNamespace`.
 */
export class TenantNamespace extends WorkspaceNamespace {
  /** @internal */
  public readonly _shared: SharedProgram[] = [];

  constructor(scope: Construct, id: string, props: TenantNamespaceProps) {
    checkProps(scope, 'TenantNamespaceProps', props);
    const { readers, operators, ...namespace } = props;
    super(scope, id, namespace);
    new TeamAccess(this, 'team', { readers, operators });
    this.openNames();
    checkAtSynth(this, RULES, () => this);
  }

  /**
   * Lets every pod of the team call a program that teams share, in another namespace: the policies of both ends follow.
   * Who calls is for that program to tell, by a key of the team's own.
   */
  public useShared(component: Component, portName = 'http', purpose = 'shared by the teams'): void {
    const namespace = Chart.of(component).namespace ?? WorkspaceNamespace.of(component)?.name;
    this._shared.push({ component, namespace });
    const peer = { namespaceLabels: { 'kubernetes.io/metadata.name': this.name } };
    component.allowFrom(peer, `Team ${this.name}`, portName, purpose);
    const theirs = {
      namespaceLabels: { 'kubernetes.io/metadata.name': namespace ?? '' },
      podLabels: component.selector,
    };
    this.open(`to-${component.name}`, [
      {
        to: policyPeers(theirs),
        ports: [{ port: k8s.IntOrString.fromNumber(component.podPort(portName)), protocol: 'TCP' }],
      },
    ]);
  }

  private openNames(): void {
    const { dnsPeer, dnsPort } = Platform.of(this);
    const ports = ['UDP', 'TCP'].map((protocol) => ({ port: k8s.IntOrString.fromNumber(dnsPort), protocol }));
    this.open('to-dns', [{ to: policyPeers(dnsPeer), ports }]);
  }

  private open(name: string, egress: k8s.NetworkPolicyEgressRule[]): void {
    new ApiObject(
      this,
      name,
      k8s.KubeNetworkPolicy.manifest({
        metadata: { name, labels: LABELS },
        spec: { podSelector: {}, policyTypes: ['Egress'], egress },
      }),
    );
  }
}
