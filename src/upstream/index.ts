/** Servers behind us. */
export { childEnvironment } from './environment.ts';
export type { EnvironmentParts } from './environment.ts';
export { UpstreamError } from './error.ts';
export type { LineCounts } from './inbox.ts';
export type { LaunchSpec } from './launch.ts';
export type {
  ClientHello,
  ListedTool,
  Reply,
  ReplySink,
  Upstream,
  UpstreamEvents,
  UpstreamFailure,
  UpstreamState,
} from './port.ts';
export { ChildUpstream } from './server.ts';
export type { ChildOptions } from './server.ts';
export { pairingOf, pinText, rememberedTools, standingOfTool } from './pins.ts';
export type { PinText, Standing } from './pins.ts';
