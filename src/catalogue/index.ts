export { classifierFor } from './lookup.ts';
export type { Classifier } from './lookup.ts';
export type { ClassifiedCall, ToolClassifier } from './tool.ts';
export { shapeOf, unknownArguments } from './names.ts';
export { PROVIDER_NAMES } from './providers.ts';
export { CatalogueError } from './errors.ts';
