export { type CatalogueStatus, Catalogues, type CataloguesOptions } from './catalogues';
export {
  buildCatalogue,
  type CatalogueEntry,
  type CataloguePrompt,
  type CatalogueTool,
  type TenantCatalogue,
} from './tenant-catalogue';
export { definitionHash, PinVerdict, readToolPins, ToolPins } from './tool-pins';
