/** Configuration and policy documents, read into the types the product takes. */
export { ConfigError } from './error.ts';
export { faultLine } from './fault.ts';
export type { Fault } from './fault.ts';
export { CONFIG_NAMES, findConfig } from './find.ts';
export type { Whereabouts } from './find.ts';
export { HomeError, locateHome, openHome } from './home.ts';
export { loadConfig, loadPolicyFile, loadState } from './load.ts';
export { readPolicy } from './policy.ts';
export type { ReadPolicy } from './policy.ts';
export { readSource } from './read-source.ts';
export type { Source } from './source.ts';
export { readStateAddress, stateSubject } from './state-address.ts';
export { isExposed, stateUrl, subjectOf } from './state.ts';
export type {
  ApprovalsConfig,
  AuditConfig,
  Capability,
  Config,
  ConfigParts,
  EnvValue,
  GrantConfig,
  LoadedConfig,
  StateConfig,
  UpstreamConfig,
} from './types.ts';
export { parseInstantMs } from './instant.ts';
export { EXPIRY_WORDS, parseDurationMs, parseExpiryMs } from './units.ts';
