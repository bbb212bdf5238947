// The front door of the library. What is not exported here may change without notice.
export * from './backup';
export * from './backup/data-backup';
export * from './backup/data-check';
export * from './backup/database-backup';
export { RestoreJob } from './backup/restore-job';
export { ScheduledJob, type ScheduledJobDefaults, type ScheduledJobProps } from './backup/scheduled-job';
export * from './backup/volume-snapshots';
export { AMBER, AMBER_WITHOUT_SHELL } from './claude/amber';
export * from './claude/engine';
export * from './claude/isolation';
export type { Persona } from './claude/persona';
export * from './claude/session-pods';
export * from './claude-service';
export * from './data-copy';
export {
  type ArgoCdOptions,
  type FluxOptions,
  GitOps,
  type GitOpsEnvironment,
  type GitOpsProps,
} from './gitops';
export { GitOpsTool } from './gitops/prepare';
export { type HelmFinding, HelmFindingKind } from './helm-values/finding';
export { fromHelmValues, HelmValues, type HelmWorkspaceProps } from './helm-values/helm-values';
export { LiteLlmAccountsJob, type LiteLlmAccountsJobProps } from './litellm/accounts-job';
export type { LiteLlmBudgets, LiteLlmRateLimits } from './litellm/limits';
export { LiteLlmMigrationJob, type LiteLlmMigrationJobProps } from './litellm/migration-job';
export type { LiteLlmBudget, LiteLlmCost, LiteLlmModel, LiteLlmRateLimit } from './litellm/model';
export type { ISessionService } from './litellm/session-service';
export * from './litellm-gateway';
export * from './mcp-proxy';
export * from './mcp-server';
export { Monitoring, type MonitoringProps } from './monitoring';
export * from './oauth/oauth-provider';
export { TrustedHeader } from './oauth/trusted-headers';
export * from './oauth-sidecar';
export * from './ollama';
export type { ConnectionPool } from './open-webui/database';
export { MigrationJob, type MigrationJobProps } from './open-webui/migration-job';
export type { AzureStorage, GcsStorage, ObjectStorage, S3Storage } from './open-webui/object-storage';
export type { OfficialChart } from './open-webui/official-chart';
export {
  type GroupManagement,
  type MicrosoftClient,
  type OAuthClient,
  type OidcClient,
  type RoleManagement,
  type SignIn,
  UserRole,
} from './open-webui/sign-in';
export * from './open-webui-release';
export * from './otlp-collector';
export * from './pipelines';
export type { Autoscaling, RequestScaling } from './platform/autoscaler';
export * from './platform/claim';
export * from './platform/component';
export * from './platform/edge';
export * from './platform/egress-firewall';
export { ANTHROPIC_API, type ExternalHost } from './platform/links';
export * from './platform/model-provider';
export * from './platform/namespace';
export * from './platform/one-off-job';
export * from './platform/platform';
export type { ScratchFolder } from './platform/pod-template';
export { type PostgresDatabase, PostgresSslMode } from './platform/postgres';
export type { QuotaAllowance } from './platform/quota';
export * from './platform/secret-form';
export * from './platform/secret-source';
export * from './platform/secrets';
export * from './platform/tool-server';
export { Workload, type WorkloadIdentity, type WorkloadProps } from './platform/workload';
export * from './redis';
export { TeamAccess, type TeamAccessProps } from './tenancy/team-access';
export * from './tenant-config';
export { TenantNamespace, type TenantNamespaceProps } from './tenant-namespace';
export * from './tenants';
export * from './tika';
export * from './version';
export * from './workspace';
