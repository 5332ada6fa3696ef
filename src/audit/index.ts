/** The audit log: writing it, closing what crashes left, verifying it, reading it. */
export { openAdminLog } from './admin.ts';
export type { AdminLogOptions, AdminPlace, RegistryLog } from './admin.ts';
export { keyEpochs, readKey } from './digest-keys.ts';
export { digestUnder, openDigests, valueText } from './digests.ts';
export type { ArgumentDigests, DigestedArgument, ValueText } from './digests.ts';
export { AuditError } from './events.ts';
export type {
  Actor,
  AdminEvent,
  AdminLog,
  ArgumentShape,
  CallEvent,
  CallFrame,
  CallLog,
  LogReading,
  Outcome,
  Session,
  ShadowDecision,
} from './events.ts';
export type { AuditFault, AuditNote, FaultCode, NoteCode } from './findings.ts';
export { openCallLog } from './log.ts';
export type { SegmentedCallLog } from './log.ts';
export type { CallLogOptions } from './options.ts';
export type { ChainHead, Clock, HeadPort, OpenSegment, SegmentPort } from './ports.ts';
export { isAlive, processStart } from './process.ts';
export { lastRecords, readLog } from './read.ts';
export type { LogRecord, ReadOptions } from './read.ts';
export { closeAbandoned } from './recover.ts';
export type { AbandonedSegment, Recovery, RecoveryOptions } from './recover.ts';
export { verifyLog } from './verify.ts';
export type { VerifyOptions, VerifyReport } from './verify.ts';
