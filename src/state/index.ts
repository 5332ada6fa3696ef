/** Where the state of an installation lives. */
import type { RemoteStoreOptions, SharedStore } from './port.ts';

export { StateError } from './port.ts';
export type {
  Acceptance,
  Freeze,
  FreezeStore,
  Gate,
  LocalStore,
  OperatorRecords,
  PinnedTool,
  PinStore,
  RemoteStoreOptions,
  SegmentRecord,
  SegmentStore,
  SharedStore,
  Store,
  StoreFinding,
  StoreReport,
  StreamHead,
  StreamHeads,
  TokenRecord,
  TokenStore,
} from './port.ts';
export type { ApprovalEntry, ApprovalMark, ApprovalOutcome, ApprovalState, ApprovalStore } from './approvals.ts';
export { MAX_COUNT } from './quota.ts';
export type {
  CounterState,
  HeldRequest,
  QuotaAnswer,
  QuotaAsk,
  QuotaCounter,
  QuotaOwner,
  QuotaRefusal,
  QuotaStore,
  QuotaUse,
  QuotaWindow,
  ResolveAnswer,
  Settlement,
  Standing,
} from './quota.ts';
export { openSqliteStore } from './sqlite.ts';
export { SCHEMA as SQLITE_SCHEMA } from './sqlite/schema.ts';
export type { SqliteOptions } from './sqlite.ts';

/** The driver and its package are loaded when a store is opened there, and not before. */
export async function openRedisStore(options: RemoteStoreOptions): Promise<SharedStore> {
  return (await import('./redis.ts')).openRedisStore(options);
}

/** The driver and its package are loaded when a store is opened there, and not before. */
export async function openPostgresStore(options: RemoteStoreOptions): Promise<SharedStore> {
  return (await import('./postgres.ts')).openPostgresStore(options);
}
