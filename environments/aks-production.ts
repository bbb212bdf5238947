import { Size } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-30';
import { GitOpsTool, Platform, SecretSource } from '../constructs';
import { databaseHost, vaultUrl } from '../constructs/azure/addresses';
import { readContract } from '../constructs/azure/contract';
import { environmentSentences } from '../constructs/azure/environment-rules';
import { maxConnectionsOf } from '../constructs/azure/postgres-sizes';
import contractFile from '../contracts/aks-production.json';
import type { Environment } from '../synth/environment';
import { aksProduction as azure } from './azure/aks-production';
import { directModels } from './models';

const { contract, problems } = readContract(contractFile, azure.name);
const { database, keyVault, network } = azure;

/** The ApplicationLoadBalancer of Application Gateway for Containers: replace it with yours. */
const LOAD_BALANCER = { namespace: 'azure-alb', name: 'company' };

export const aksProduction: Environment = {
  name: azure.name,
  description:
    'The first plan: Open WebUI for 15,000 people on AKS, with the multi-tenant MCP gateway and Azure Database for PostgreSQL.',
  problems: [...problems, ...environmentSentences(azure)],
  placeholders: {
    [contract.tenantId]: 'the ids of your Entra tenant and of the identity that reads the vault',
    [new URL(vaultUrl(keyVault.name)).host]: 'your Key Vault',
    [databaseHost(database.serverName)]: 'your database server',
    [network.databaseRange]: 'the subnet of the database',
    [network.gatewayRange]: 'the subnet of Application Gateway for Containers',
    [`alb-namespace: ${LOAD_BALANCER.namespace}`]: 'where your ApplicationLoadBalancer stands',
    'chat.company.com': 'the host that people type',
    'admin@company.com': 'the first administrator',
    'letsencrypt-prod': "cert-manager's ClusterIssuer",
    'ghcr.io/company/': 'the registry with the images of this repository, and of mcp-filesystem',
  },
  workspace: {
    namespace: { name: 'open-webui', partOf: 'company-gpt' },
    platform: Platform.aks({ edgePeer: { cidrs: [network.gatewayRange] } }),
    secrets: SecretSource.azureKeyVault({
      vaultUrl: vaultUrl(keyVault.name),
      tenantId: contract.tenantId,
      clientId: contract.identities.secretReader.clientId,
    }),
    openWebUi: {
      name: 'open-webui',
      version: '0.12.4',
      secretName: 'open-webui-secrets',
      adminEmail: 'admin@company.com',
      autoscaling: { minReplicas: 3, maxReplicas: 10, cpuUtilization: 70, memoryUtilization: 80 },
      disruptionBudget: { minAvailable: 2 },
      resources: {
        cpu: { request: Cpu.units(1), limit: Cpu.units(4) },
        memory: { request: Size.gibibytes(2), limit: Size.gibibytes(8) },
        ephemeralStorage: { request: Size.mebibytes(256), limit: Size.gibibytes(2) },
      },
      edge: {
        host: 'chat.company.com',
        clusterIssuer: 'letsencrypt-prod',
        gatewayClassName: 'azure-alb-external',
        gatewayAnnotations: {
          'alb.networking.azure.io/alb-namespace': LOAD_BALANCER.namespace,
          'alb.networking.azure.io/alb-name': LOAD_BALANCER.name,
        },
      },
      database: {
        host: databaseHost(database.serverName),
        database: database.databaseName,
        user: database.administratorLogin,
        maxConnections: maxConnectionsOf(database),
        cidrs: [network.databaseRange],
      },
      // The login is the server's administrator, who may.
      createVectorExtension: true,
      storage: { size: Size.gibibytes(10), shared: true, storageClass: 'azurefile-csi' },
    },
    redis: { secretName: 'open-webui-secrets' },
    pipelines: { storage: { size: Size.gibibytes(2) } },
    liteLlmGateway: { replicas: 2, models: directModels },
    mcpProxy: { replicas: 2, secretName: 'open-webui-secrets' },
    tenantConfig: {
      // The Jira keys are for the servers that will stand in the place of the shared file server, which needs none.
      credentialKeys: ['GOOGLE_JIRA_API_KEY', 'MICROSOFT_JIRA_API_KEY', 'GITHUB_TOKEN'],
      tenants: [
        {
          tenantId: 'google',
          displayName: 'Google',
          mcpEndpoint: 'http://mcp-filesystem:8001',
          sharesEndpoint: true,
          allowedUsers: ['*@google.com'],
          allowedGroups: ['google-employees'],
        },
        {
          tenantId: 'microsoft',
          displayName: 'Microsoft',
          mcpEndpoint: 'http://mcp-filesystem:8001',
          sharesEndpoint: true,
          allowedUsers: ['*@microsoft.com'],
          allowedGroups: ['microsoft-employees'],
        },
        {
          tenantId: 'github',
          displayName: 'GitHub',
          mcpEndpoint: 'http://mcp-github:8002',
          allowedUsers: ['*'],
          allowedGroups: ['developers'],
          credential: { key: 'GITHUB_TOKEN' },
        },
      ],
    },
    mcpServers: { filesystem: {}, github: {} },
    backup: {
      // After Azure's hours of maintenance, which end at 05:00 UTC, and while it is night in the region (eastus).
      schedule: '15 6 * * *',
      // Seven archives and the new one, each as large as the data volume when it is full.
      archives: { size: Size.gibibytes(80) },
      // The same of dumps, which are compressed and hold no indexes: a quarter of the database's disk each.
      dumps: { size: Size.gibibytes(2 * database.storageGib) },
    },
    gitOps: GitOpsTool.ARGO_CD,
    otlpCollector: {},
    monitoring: {},
  },
};
