/** The audit log: writing it, closing what crashes left, verifying it, reading it. */
export { openAdminLog } from './admin.ts';
export type { AdminLogOptions, AdminPlace, RegistryLog } from './admin.ts';
export { readCheckpoint } from './checkpoint.ts';
export type { ReadCheckpoint } from './checkpoint.ts';
export type { ReadRecord } from './chain.ts';
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
  RelayedMethod,
  Session,
  ShadowDecision,
} from './events.ts';
export { exportCheckpoint } from './export-checkpoint.ts';
export type { ExportedCheckpoint } from './export-checkpoint.ts';
export type { AuditFault, AuditNote, FaultCode, NoteCode, Place } from './findings.ts';
export { AuditKeys } from './keys.ts';
export { openCallLog } from './log.ts';
export type { SegmentedCallLog } from './log.ts';
export type { CallLogOptions } from './options.ts';
export type { ChainHead, Clock, HeadPort, OpenSegment, SegmentPort } from './ports.ts';
export { readVerifierKey } from './note.ts';
export { pruneLog } from './prune.ts';
export type { PrunedFile } from './prune.ts';
export { isAlive, processStart } from './process.ts';
export { EXPORT_FORMATS } from './export/formats.ts';
export type { ExportFormat, ExportFormatName } from './export/formats.ts';
export { fieldsOf, ownFields, textOf } from './fields.ts';
export type { Fields } from './fields.ts';
export { lookAtFiles } from './files.ts';
export type { LogFile } from './files.ts';
export { FILTER_FIELDS, isWanted } from './filter.ts';
export type { FilterField, RecordFilter } from './filter.ts';
export { findRecords } from './find.ts';
export type { FoundLine } from './find.ts';
export { lineNumberAt } from './lines.ts';
export { RECORD_KINDS } from './kinds.ts';
export { asRecord, isIntact, lastRecords, readLog } from './read.ts';
export type { LogRecord, ReadOptions } from './read.ts';
export { closeAbandoned } from './recover.ts';
export type { AbandonedSegment, Recovery, RecoveryOptions } from './recover.ts';
export { verifyLog } from './verify.ts';
export type { VerifyOptions, VerifyReport } from './verify.ts';
export type { StreamKeys } from './verify-checkpoints.ts';
