import type { AzureEnvironmentProps } from './environment-props';

/** What this library has to know of a region. */
export interface Region {
  /** Whether it has availability zones. */
  readonly zones: boolean;
  /** The region that backups are copied to. @default - it has none */
  readonly pair?: string;
}

const zoned = (pair?: string): Region => ({ zones: true, pair });
const unzoned = (pair?: string): Region => ({ zones: false, pair });

/** Of the public cloud. Source: Microsoft Learn, "List of Azure regions" and "Azure region pairs", 2026-11. */
export const REGIONS: { readonly [name: string]: Region } = {
  australiacentral: unzoned('australiacentral2'),
  australiacentral2: unzoned('australiacentral'),
  australiaeast: zoned('australiasoutheast'),
  australiasoutheast: unzoned('australiaeast'),
  austriaeast: zoned(),
  belgiumcentral: zoned(),
  brazilsouth: zoned('southcentralus'),
  brazilsoutheast: unzoned('brazilsouth'),
  canadacentral: zoned('canadaeast'),
  canadaeast: unzoned('canadacentral'),
  centralindia: zoned('southindia'),
  centralus: zoned('eastus2'),
  chilecentral: zoned(),
  eastasia: zoned('southeastasia'),
  eastus: zoned('westus'),
  eastus2: zoned('centralus'),
  francecentral: zoned('francesouth'),
  francesouth: unzoned('francecentral'),
  germanynorth: unzoned('germanywestcentral'),
  germanywestcentral: zoned('germanynorth'),
  indonesiacentral: zoned(),
  israelcentral: zoned(),
  italynorth: zoned(),
  japaneast: zoned('japanwest'),
  japanwest: zoned('japaneast'),
  jioindiacentral: unzoned('jioindiawest'),
  jioindiawest: unzoned('jioindiacentral'),
  koreacentral: zoned('koreasouth'),
  koreasouth: unzoned('koreacentral'),
  malaysiawest: zoned(),
  mexicocentral: zoned(),
  newzealandnorth: zoned(),
  northcentralus: unzoned('southcentralus'),
  northeurope: zoned('westeurope'),
  norwayeast: zoned('norwaywest'),
  norwaywest: unzoned('norwayeast'),
  polandcentral: zoned(),
  qatarcentral: zoned(),
  southafricanorth: zoned('southafricawest'),
  southafricawest: unzoned('southafricanorth'),
  southcentralus: zoned('northcentralus'),
  southeastasia: zoned('eastasia'),
  southindia: unzoned('centralindia'),
  spaincentral: zoned(),
  swedencentral: zoned('swedensouth'),
  swedensouth: unzoned('swedencentral'),
  switzerlandnorth: zoned('switzerlandwest'),
  switzerlandwest: unzoned('switzerlandnorth'),
  uaecentral: unzoned('uaenorth'),
  uaenorth: zoned('uaecentral'),
  uksouth: zoned('ukwest'),
  ukwest: unzoned('uksouth'),
  westcentralus: unzoned('westus2'),
  westeurope: zoned('northeurope'),
  westindia: unzoned('southindia'),
  westus: unzoned('eastus'),
  westus2: zoned('westcentralus'),
  westus3: zoned('eastus'),
};

const ZONES = ['1', '2', '3'];

/** The zones of an environment; undefined where it has none, as Terraform wants it. */
export function zonesOf({ zones = ZONES }: AzureEnvironmentProps): string[] | undefined {
  return zones.length === 0 ? undefined : [...zones];
}
