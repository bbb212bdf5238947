// The front door of the Azure half, an entry point of its own: it needs cdktf and its providers, which are optional peers.

export type { ServiceLevelObjective } from '../slo/objective';
export * from './addresses';
export * from './azure-environment';
export * from './azure-stack';
export * from './cluster-props';
export * from './cluster-stack';
export * from './contract';
export * from './data-props';
export * from './data-stack';
export * from './edge-props';
export * from './edge-stack';
export * from './environment-props';
export * from './identity-props';
export * from './identity-stack';
export * from './maintenance-props';
export * from './network-props';
export * from './network-stack';
export * from './observability-props';
export * from './observability-stack';
export * from './postgres-sizes';
export { PrivateService } from './private-service';
export * from './regions';
export * from './restore-stack';
