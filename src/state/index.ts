/** Where the state of an installation lives. */
export { StateError } from './port.ts';
export type {
  Acceptance,
  PinnedTool,
  PinStore,
  SegmentRecord,
  SegmentStore,
  Store,
  StreamHead,
  StreamHeads,
  TokenRecord,
  TokenStore,
} from './port.ts';
export { openSqliteStore } from './sqlite.ts';
export { SCHEMA as SQLITE_SCHEMA } from './sqlite/schema.ts';
export type { SqliteOptions } from './sqlite.ts';
