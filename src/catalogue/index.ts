export { classifierFor } from './lookup.ts';
export type { Classifier } from './lookup.ts';
export type { ClassifiedCall, ToolClassifier } from './tool.ts';
export { argumentNames } from './argument-names.ts';
export type { ArgumentNames } from './argument-names.ts';
export { unknownArguments } from './names.ts';
export { PROVIDER_NAMES } from './providers.ts';
export { CatalogueError } from './errors.ts';
