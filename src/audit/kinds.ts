/** Every kind of record there is. The type says whether one was forgotten. */
import type { AdminEvent, CallEvent } from './events.ts';
import type { FrameEvent } from './record-admin.ts';

type RecordKind = AdminEvent['kind'] | CallEvent['kind'] | FrameEvent['kind'] | 'intent_carried';

const KINDS: Readonly<Record<RecordKind, true>> = {
  intent: true,
  outcome: true,
  decision: true,
  intent_carried: true,
  request_decided: true,
  request_ended: true,
  protocol_rejected: true,
  session_opened: true,
  session_closed: true,
  upstream_started: true,
  upstream_failed: true,
  tool_quarantined: true,
  approval_requested: true,
  approval_decided: true,
  approval_ended: true,
  segment_open: true,
  segment_close: true,
  stream_opened: true,
  segment_opened: true,
  segment_closed: true,
  segment_abandoned: true,
  segment_pruned: true,
  checkpoint: true,
  audit_stopped: true,
  audit_resumed: true,
  secret_sealed: true,
  secret_removed: true,
  grant_issued: true,
  grant_revoked: true,
  grant_rotated: true,
  grants_frozen: true,
  grants_unfrozen: true,
  auth_failed: true,
  upstream_added: true,
  upstream_accepted: true,
  policy_edited: true,
  policy_refused: true,
  config_signed: true,
  config_reloaded: true,
  config_refused: true,
  quota_reset: true,
  quota_resolved: true,
  quota_settled: true,
  operator_added: true,
  operator_revoked: true,
  approval_signed: true,
  approval_refused: true,
  log_read: true,
};

/** In the order of the documentation. */
export const RECORD_KINDS: readonly string[] = Object.keys(KINDS);
