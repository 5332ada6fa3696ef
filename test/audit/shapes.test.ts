import { describe, expect, it } from 'vitest';
import { adminLine, callLine } from '../../src/audit/record.ts';
import type { CallEvent } from '../../src/audit/index.ts';
import { everyRecord, type ParsedRecord, stamp } from './every-record.ts';
import { ADMIN_EVENTS, denial, frame, own } from './support.ts';

/** What alert rules of a SIEM look at; a dash where a record does not say it. */
function alertable(record: ParsedRecord): string {
  const names = ['type_uid', 'severity_id', 'status_id', 'action_id', 'disposition_id'];
  const values = names.map((name) => (record[name] === undefined ? '-' : JSON.stringify(record[name])));
  return [own(record)['kind'], ...values].join(' ');
}

/** Kind, class and activity, severity, status, action and disposition: people have rules that rely on them. */
const PINNED = `
session_opened 300201 1 1 - -
protocol_rejected 600399 3 2 2 2
upstream_started 600203 1 1 - -
upstream_failed 600204 3 2 - -
upstream_failed 600203 3 2 - -
decision 600301 3 2 2 2
intent 600301 1 - 1 1
outcome 600301 1 1 3 17
decision 600399 2 2 2 2
session_closed 300202 1 1 - -
tool_quarantined 200401 4 1 2 3
decision 600301 3 2 2 25
approval_requested 600301 2 99 4 14
approval_decided 600301 1 1 3 8
approval_decided 600301 1 1 2 25
approval_decided 600301 4 2 2 26
approval_ended 600301 3 2 2 25
approval_ended 600301 3 2 2 2
intent 600301 1 - 1 8
outcome 600301 4 0 3 27
outcome 600399 2 2 3 27
intent_carried 600301 1 - 1 1
secret_sealed 300401 1 1 - -
secret_removed 300404 1 1 - -
grant_issued 300401 1 1 - -
grant_revoked 300409 1 1 - -
auth_failed 300201 3 2 2 26
policy_edited 300403 3 1 - -
client_installed 300403 1 1 - -
client_uninstalled 300403 3 1 - -
log_read 300402 1 1 - -
config_signed 300403 3 1 - -
policy_refused 300403 3 2 - -
grant_rotated 300403 1 1 - -
grants_frozen 300412 3 1 - -
grants_unfrozen 300413 3 1 - -
quota_reset 300403 3 1 - -
quota_resolved 300403 1 1 - -
quota_settled 300403 1 1 - -
request_decided 600302 1 - 1 1
request_decided 600399 3 2 2 2
request_ended 600302 1 1 3 17
config_reloaded 300403 1 1 - -
config_refused 300403 3 2 - -
segment_opened 600203 1 1 - -
segment_closed 600204 1 1 - -
segment_abandoned 600204 3 2 - -
segment_pruned 300404 1 1 - -
checkpoint 600299 1 1 - -
audit_stopped 600204 4 2 - -
audit_resumed 600203 4 1 - -
upstream_added 300401 1 1 - -
upstream_accepted 300403 1 1 - -
operator_added 300401 3 1 - -
operator_revoked 300409 3 1 - -
approval_signed 300403 1 1 - -
approval_refused 300403 4 2 - -
segment_open 600203 1 1 - -
segment_close 600204 1 1 - -
stream_opened 600203 1 1 - -
`;

describe('when a SIEM watches the log', () => {
  it('gives every kind its class, activity, severity, status, action and disposition', () => {
    const rows = new Set(everyRecord().map(alertable));
    expect([...rows].sort()).toEqual(PINNED.trim().split('\n').sort());
  });

  it('gives every record an id, a message, the log and the place in it', () => {
    for (const { message, metadata } of everyRecord()) {
      expect(message).toMatch(/\S/);
      expect(metadata).toMatchObject({ uid: 's-1:7', log_name: 'calls', sequence: 7 });
    }
  });

  it.each([
    ['denied', 2, 3],
    ['not_allowed', 2, 3],
    ['requirement', 2, 3],
    ['unclassified', 2, 3],
    ['definition_changed', 2, 3],
    ['a code to come', 2, 3],
    ['unknown_tool', 2, 2],
    ['invalid_arguments', 2, 2],
    ['limit', 25, 3],
    ['approval_rejected', 25, 3],
    ['revoked', 26, 3],
    ['expired', 26, 3],
    ['frozen', 26, 3],
    ['upstream_unavailable', 27, 3],
    ['store_unavailable', 27, 4],
    ['broken_policy', 27, 4],
    ['clock', 27, 4],
  ])('weighs a denial for `%s` as disposition %i, severity %i', (code, disposition_id, severity_id) => {
    const { bytes } = callLine({ ...denial('r'), code } as CallEvent, stamp);
    expect(JSON.parse(bytes.toString())).toMatchObject({ action_id: 2, disposition_id, severity_id });
  });

  it('finds the same quarantined tool under the same id in every session, and alerts', () => {
    const findings = everyRecord().filter(({ class_uid }) => class_uid === 2004);
    expect(findings).toMatchObject([
      {
        is_alert: true,
        finding_info: {
          uid: 'quarantine:stripe:stripe/create_refund:changed',
          title: 'A tool of stripe is kept from agents',
          types: ['Tool definition changed'],
        },
        metadata: { profiles: ['host', 'security_control'] },
      },
      { finding_info: { uid: 'quarantine:stripe:~unknown:new' } },
    ]);
  });

  it('names the policy with its hash and what tells its versions apart', () => {
    const policy = { name: 'support', uid: 'c'.repeat(64), version: 'c'.repeat(12) };
    expect(JSON.parse(callLine(denial('r'), stamp).bytes.toString())).toMatchObject({ policy });
    const edited = ADMIN_EVENTS.find(({ kind }) => kind === 'policy_edited')!;
    expect(JSON.parse(adminLine(edited, stamp).bytes.toString())).toMatchObject({
      entity: { name: 'support', type: 'Policy', type_id: 5, policy: { name: 'support', uid: 'a'.repeat(64) } },
    });
  });

  it('says what an activity is for which OCSF has no word', () => {
    const name = (toolKind: 'unclassified' | null): unknown =>
      JSON.parse(callLine({ ...denial('r'), ...frame('r'), toolKind } as CallEvent, stamp).bytes.toString());
    expect(name('unclassified')).toMatchObject({ activity_id: 99, activity_name: 'unclassified' });
    expect(name(null)).toMatchObject({ activity_id: 99, activity_name: 'unknown tool' });
  });
});
