/** What a gateway needs of the log, and nothing that reads it: this is loaded while a client waits. */
export { openAdminLog } from './admin.ts';
export { openDigests } from './digests.ts';
export { openCallLog } from './log.ts';
export { closeAbandoned } from './recover.ts';
