/** Servers behind us. */
export type { Channel, ChannelSink, OpenChannel } from './channel.ts';
export { Child } from './child.ts';
export { childEnvironment } from './environment.ts';
export type { EnvironmentParts } from './environment.ts';
export { UpstreamError } from './error.ts';
export { Guard, MARK_VARIABLE, runningGateways } from './guard.ts';
export type { LineCounts } from './inbox.ts';
export type { RemoteSpec } from './http/channel.ts';
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
export { PROCESS_RESTARTS, REMOTE_RESTARTS } from './restart.ts';
export type { RestartPolicy } from './restart.ts';
export { SupervisedUpstream } from './server.ts';
export type { ServerOptions } from './server.ts';
export { declaredBy, pairingOf, pinText, rememberedTools, standingOfTool } from './pins.ts';
export type { PinText, Standing } from './pins.ts';
