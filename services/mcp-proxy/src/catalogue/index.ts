export { type CatalogueStatus, Catalogues, type CataloguesOptions } from './catalogues';
export { buildCatalogue, type CatalogueTool, type TenantCatalogue } from './tenant-catalogue';
export { definitionHash, PinVerdict, readToolPins, ToolPins } from './tool-pins';
