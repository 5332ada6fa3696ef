/** Shared by the audit tests: a home, events, and the store where a test is about several processes. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdminEvent, CallEvent, CallFrame, CallLogOptions } from '../../src/audit/index.ts';
import {
  type ApprovalId,
  brandAs,
  type GrantName,
  type PolicyHash,
  type PolicyName,
  type RequestId,
  type SecretName,
  type ToolName,
  type UpstreamName,
} from '../../src/core/ids.ts';
import { openSqliteStore, type Store } from '../../src/state/index.ts';

export const INSTALL = '0123456789abcdef0123456789abcdef';
export const NOON = Date.UTC(2026, 10, 22, 12);

export const session = {
  grant: brandAs<GrantName>('support-agent'),
  principal: 'support@acme.example',
  client: { name: 'test-client', version: '1.2.3' },
};

/** The policies of a grant. */
export const policies = [
  { name: brandAs<PolicyName>('support'), hash: brandAs<PolicyHash>('c'.repeat(64)) },
  { name: brandAs<PolicyName>('broken'), hash: null },
] as const;

export function frame(request: string): CallFrame {
  return {
    session,
    request: brandAs<RequestId>(request),
    tool: brandAs<ToolName>('stripe/create_refund'),
    toolKind: 'refund',
    rule: 'refunds',
    pointer: '/rules/1',
    policy: brandAs<PolicyName>('support'),
    policyHash: brandAs<PolicyHash>('c'.repeat(64)),
  };
}

export const args = [
  { name: 'payment_intent', type: 'string', length: '<32', hmac: '202611:AAAAAAAAAAAAAAAAAAAAAA' },
  { name: 'amount', type: 'number', length: '<8', hmac: '202611:BBBBBBBBBBBBBBBBBBBBBB' },
] as const;

export function intent(request: string): CallEvent {
  return { ...frame(request), kind: 'intent', decision: 'allow', args };
}
export function outcome(request: string): CallEvent {
  return { ...frame(request), kind: 'outcome', outcome: 'ok', code: 'ok', latencyMs: 12.4 };
}
export function denial(request: string): CallEvent {
  return { ...frame(request), kind: 'decision', decision: 'deny', code: 'denied', args };
}

const approval = brandAs<ApprovalId>('ap-2222-2222');
const requestHash = 'f'.repeat(64);

export const CALL_EVENTS: readonly CallEvent[] = [
  { kind: 'session_opened', session, protocol: '2025-06-18', policies },
  { kind: 'protocol_rejected', session: null, code: 'batch', method: null },
  { kind: 'protocol_rejected', session, code: 'duplicate_key', method: 'tools/call' },
  {
    kind: 'protocol_rejected',
    session,
    code: 'batch',
    method: null,
    together: { count: 4_000, sinceMs: NOON - 1_000 },
  },
  { kind: 'upstream_started', session, upstream: brandAs<UpstreamName>('stripe'), pid: 4_711, tools: 25, restarts: 0 },
  {
    kind: 'upstream_failed',
    session,
    upstream: brandAs<UpstreamName>('paypal'),
    code: 'exited',
    exitCode: 1,
    restarts: 2,
  },
  denial('r-1'),
  intent('r-2'),
  outcome('r-2'),
  {
    ...frame('r-3'),
    kind: 'decision',
    decision: 'deny',
    code: 'unknown_tool',
    args: [{ name: null, type: 'array', length: '<32' }],
    tool: null,
    toolKind: null,
    policy: null,
    policyHash: null,
  },
  { kind: 'session_closed', session, why: 'client closed' },
];

/** Of the kinds and turns that a plain log lacks: each is right alone, all together are no log. */
export const MORE_CALL_EVENTS: readonly CallEvent[] = [
  {
    ...{ kind: 'request_decided', session, request: brandAs<RequestId>('r-8'), method: 'resources/read' },
    ...{ from: 'client', upstream: brandAs<UpstreamName>('stripe'), decision: 'allow', code: null },
    ...{ rule: '(capability)', pointer: '', policy: null, policyHash: null, quota: [] },
  },
  {
    ...{ kind: 'request_ended', session, request: brandAs<RequestId>('r-8'), method: 'resources/read' },
    ...{ from: 'client', upstream: brandAs<UpstreamName>('stripe'), outcome: 'ok', code: 'result', latencyMs: 3 },
  },
  {
    ...{ kind: 'request_decided', session, request: brandAs<RequestId>('r-9'), method: 'elicitation/create' },
    ...{ from: 'server', upstream: brandAs<UpstreamName>('stripe'), decision: 'deny', code: 'elicitation_off' },
    ...{ rule: '(request)', pointer: '', policy: null, policyHash: null },
  },
  {
    kind: 'upstream_failed',
    session,
    upstream: brandAs<UpstreamName>('paypal'),
    code: 'spawn_failed',
    exitCode: null,
    restarts: 0,
  },
  {
    kind: 'tool_quarantined',
    session,
    upstream: brandAs<UpstreamName>('stripe'),
    tool: brandAs<ToolName>('stripe/create_refund'),
    code: 'changed',
  },
  { kind: 'tool_quarantined', session, upstream: brandAs<UpstreamName>('stripe'), tool: null, code: 'new' },
  { kind: 'audit_stopped', code: 'disk_full' },
  { kind: 'audit_resumed', code: 'disk_full', refused: 12, sinceMs: NOON },
  {
    ...frame('r-4'),
    ...{ kind: 'decision', decision: 'deny', code: 'limit', args, approval },
    shadow: { decision: 'approve', rule: 'sign-off', policy: brandAs<PolicyName>('next') },
  },
  { ...frame('r-5'), kind: 'approval_requested', approval, requestHash, expiresMs: NOON, args },
  {
    ...{ ...frame('r-5'), kind: 'approval_decided', approval, requestHash, accepted: true, code: 'accepted' },
    signed: { verdict: 'approve', operator: 'bo', fingerprint: 'SHA256:abc', text: '{"verdict":{}}' },
  },
  {
    ...{ ...frame('r-5'), kind: 'approval_decided', approval, requestHash, accepted: true, code: 'accepted' },
    signed: { verdict: 'reject', operator: 'bo', fingerprint: 'SHA256:abc', text: '{"verdict":{}}' },
  },
  {
    ...{ ...frame('r-5'), kind: 'approval_decided', approval, requestHash, accepted: false, code: 'bad_signature' },
    signed: null,
  },
  { ...frame('r-5'), kind: 'approval_ended', approval, ending: 'rejected', code: 'rejected' },
  { ...frame('r-5'), kind: 'approval_ended', approval, ending: 'expired', code: 'expired' },
  { ...frame('r-6'), kind: 'intent', decision: 'allow', args, approval },
  { ...frame('r-6'), kind: 'outcome', outcome: 'in-doubt', code: 'timeout', latencyMs: 60_000, approval },
  { ...frame('r-7'), kind: 'outcome', outcome: 'failed', code: 'unsent', latencyMs: 0, toolKind: 'unclassified' },
];

const actor = { by: 'os-user', name: 'jo' } as const;
const signer = { by: 'operator', name: 'ada', fingerprint: 'SHA256:abc', signed: '{"act":{}}' } as const;
const operator = {
  ...{ operator: 'bo', person: 'Bo of Acme', roles: ['finance'], fingerprint: 'SHA256:abc', signedBy: 'ada' },
  signed: '{"operator":{}}',
} as const;
export const ADMIN_EVENTS: readonly AdminEvent[] = [
  { kind: 'secret_sealed', actor, secret: brandAs<SecretName>('stripe-live'), version: 2 },
  { kind: 'secret_removed', actor, secret: brandAs<SecretName>('stripe-live'), version: 2 },
  { kind: 'grant_issued', actor, grant: brandAs<GrantName>('support-agent'), tokens: 1 },
  { kind: 'grant_revoked', actor, grant: brandAs<GrantName>('support-agent'), tokens: 3 },
  { kind: 'auth_failed', code: 'unknown', grant: null },
  { kind: 'auth_failed', code: 'revoked', grant: brandAs<GrantName>('support-agent') },
  {
    kind: 'policy_edited',
    actor,
    policy: 'support',
    policyHash: 'a'.repeat(64),
    replacedHash: 'b'.repeat(64),
    changes: 4,
    looser: 1,
  },
  {
    ...{ kind: 'client_installed', actor, does: 'init', mcpClient: 'cursor', scope: 'user', file: 'mcp.json' },
    ...{ entries: ['countersign'], moved: ['stripe'] },
  },
  {
    ...{ kind: 'client_uninstalled', actor, does: 'client uninstall', mcpClient: 'cursor', scope: 'user' },
    ...{ file: 'mcp.json', entries: ['countersign'], moved: ['stripe'] },
  },
  { kind: 'log_read', actor, does: 'export', records: 3, options: ['--format csv'] },
  { kind: 'config_signed', actor, part: 'policy', partHash: 'c'.repeat(64), inForce: true },
  { kind: 'policy_refused', policy: brandAs<PolicyName>('support'), faults: 2 },
  { kind: 'grant_rotated', actor, grant: brandAs<GrantName>('support-agent'), retired: 2, overlapUntilMs: NOON },
  { kind: 'grants_frozen', actor, grant: null, scope: 'money' },
  { kind: 'grants_frozen', actor, grant: brandAs<GrantName>('support-agent'), scope: 'all' },
  { kind: 'grants_unfrozen', actor, grant: null, scope: 'money' },
  {
    kind: 'quota_reset',
    actor,
    policy: brandAs<PolicyName>('support'),
    rule: 'daily-refunds',
    unit: 'USD',
    scope: 'principal',
    subject: 'support@acme.example',
    counter: 'd'.repeat(64),
  },
  { kind: 'quota_resolved', actor, request: brandAs<RequestId>('r-2'), as: 'failed' },
  { kind: 'quota_settled', actor, request: brandAs<RequestId>('r-2'), currency: 'USD' },
  { kind: 'config_reloaded', digest: 'e'.repeat(64), policies, revealed: ['amount'] },
  { kind: 'config_refused', faults: 3 },
];

/** As `MORE_CALL_EVENTS`. */
export const MORE_ADMIN_EVENTS: readonly AdminEvent[] = [
  { kind: 'segment_opened', segment: 's-1', file: 'calls-1.jsonl', key: 'k'.repeat(44) },
  { kind: 'segment_closed', segment: 's-1', file: 'calls-1.jsonl', count: 3, head: 'a'.repeat(64) },
  { kind: 'segment_abandoned', segment: 's-1', file: 'calls-1.jsonl', count: 3, head: 'a'.repeat(64) },
  {
    ...{ kind: 'segment_pruned', actor, segment: 's-1', file: 'calls-1.jsonl', count: 3, head: 'a'.repeat(64) },
    retainDays: 400,
  },
  { kind: 'upstream_added', actor, upstream: brandAs<UpstreamName>('stripe'), pairing: 'b'.repeat(64) },
  {
    ...{ kind: 'upstream_accepted', actor: signer, upstream: brandAs<UpstreamName>('stripe') },
    ...{ pairing: 'b'.repeat(64), pins: 25 },
  },
  { kind: 'operator_added', actor, ...operator },
  { kind: 'operator_revoked', actor: signer, ...operator },
  {
    ...{ kind: 'approval_signed', actor, approval, requestHash, verdict: 'approve', operator: 'bo' },
    ...{ fingerprint: 'SHA256:abc', signed: '{"verdict":{}}' },
  },
  { kind: 'approval_refused', actor, approval, verdict: 'approve', operator: 'bo', code: 'not_a_signer' },
];

export interface Home {
  readonly folder: string;
  readonly directory: string;
  readonly keysDirectory: string;
  readonly store: Store;
  /** Wall-clock of the writers; a test may move it. */
  readonly clock: { now: number; nowMs(): number };
  options(): CallLogOptions;
  files(prefix?: string): string[];
  lines(file: string): string[];
  records(file: string): Record<string, unknown>[];
  dispose(): Promise<void>;
}

export async function makeHome(): Promise<Home> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-audit-'));
  const directory = join(folder, 'audit');
  const keysDirectory = join(folder, 'keys');
  mkdirSync(directory, { mode: 0o700 });
  mkdirSync(keysDirectory, { mode: 0o700 });
  const store = await openSqliteStore(join(folder, 'state.db'));
  const clock = {
    now: NOON,
    nowMs(): number {
      return this.now;
    },
  };
  const lines = (file: string): string[] => readFileSync(join(directory, file), 'utf8').split('\n').slice(0, -1);
  return {
    folder,
    directory,
    keysDirectory,
    store,
    clock,
    options: () => ({
      directory,
      keysDirectory,
      heads: store.heads,
      segments: store.segments,
      clock,
      durability: 'money',
      installId: INSTALL,
      version: '0.1.0',
      rotateBytes: 64 * 1024 * 1024,
    }),
    files: (prefix = '') =>
      readdirSync(directory)
        .filter((name) => name.startsWith(prefix) && name !== 'ballast')
        .sort(),
    lines,
    records: (file) => lines(file).map((line) => JSON.parse(line) as Record<string, unknown>),
    dispose: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Our own part of a parsed record. */
export function own(record: Record<string, unknown> | undefined): Record<string, unknown> {
  return (record?.['unmapped'] as { countersign: Record<string, unknown> }).countersign;
}
