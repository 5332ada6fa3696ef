import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOf } from '../../../src/audit/report/gather.ts';
import { reportHtml, reportMarkdown } from '../../../src/audit/report/index.ts';
import { NOON, record, reportOn, SINCE, UNTIL } from './support.ts';

const refund = {
  grant: 'support',
  tool: 'stripe/create_refund',
  toolKind: 'refund',
  policy: 'p',
  policyHash: 'h',
  rule: 'r',
};
const call = (kind: string, request: string, more: Record<string, unknown> = {}, timeMs = NOON) =>
  record(kind, { ...refund, request, ...more }, timeMs);
const intent = (request: string, amount?: string, timeMs = NOON) =>
  call('intent', request, amount === undefined ? {} : { revealed: { amount } }, timeMs);
const outcome = (request: string, how: string, timeMs = NOON) => call('outcome', request, { outcome: how }, timeMs);

describe('calls', () => {
  it('are counted by decision and outcome for each grant', () => {
    const { calls } = reportOn([
      ...[intent('a'), outcome('a', 'ok'), intent('b'), outcome('b', 'failed'), intent('c'), outcome('c', 'in-doubt')],
      ...[intent('d'), call('decision', 'e', { code: 'limit' }), call('decision', 'f', { code: 'approval_pending' })],
    ]);
    const counts = { allowed: 4, denied: 2, waiting: 1, ok: 1, failed: 1, inDoubt: 1, open: 1 };
    expect(calls.grants.rows).toMatchObject([{ grant: 'support', calls: counts }]);
    expect(calls.total).toEqual(counts);
    expect(calls.openCalls.rows).toEqual([
      { time: '2026-11-15T12:00:00.000Z', grant: 'support', tool: 'stripe/create_refund', request: 'd' },
    ]);
    expect(calls.rules.rows).toEqual([{ policy: 'p', rule: 'r', denials: 1 }]);
    expect(calls.codes.rows).toEqual([
      { code: 'limit', count: 1 },
      { code: 'approval_pending', count: 1 },
    ]);
  });

  it('belong to the period in which they were decided, and their outcome is found wherever it stands', () => {
    const { calls } = reportOn([
      ...[intent('before', '1.00 USD', SINCE - 1), outcome('before', 'ok', SINCE)],
      ...[intent('first', '2.00 USD', SINCE), outcome('first', 'ok', SINCE)],
      ...[intent('last', '4.00 USD', UNTIL - 1), outcome('last', 'ok', UNTIL + 5)],
      ...[intent('after', '8.00 USD', UNTIL), outcome('after', 'ok', UNTIL)],
    ]);
    expect(calls.total).toMatchObject({ allowed: 2, ok: 2, open: 0 });
    expect(calls.money).toMatchObject([{ moved: '6.00', open: '0.00', calls: 2 }]);
    expect(calls.strayOutcomes).toBe(0);
  });

  it('are paired in whatever order their records are read', () => {
    const one = [intent('a', '1.10 USD'), call('intent_carried', 'a'), outcome('a', 'ok')];
    const two = [intent('b', '2.20 USD'), outcome('b', 'in-doubt')];
    const three = [intent('c', '0.05 USD'), call('intent_carried', 'c')];
    fc.assert(
      fc.property(fc.shuffledSubarray([...one, ...two, ...three], { minLength: 7 }), (records) => {
        const { calls } = reportOn(records);
        expect(calls.total).toMatchObject({ allowed: 3, ok: 1, inDoubt: 1, open: 1 });
        expect(calls.money).toMatchObject([{ moved: '1.10', inDoubt: '2.20', open: '0.05' }]);
        expect(calls.strayOutcomes).toBe(0);
      }),
    );
  });

  it('whose intent is gone are told apart from those without an outcome', () => {
    const { calls } = reportOn([
      outcome('gone', 'ok'),
      outcome('long-gone', 'ok', SINCE - 1),
      call('intent_carried', 'x'),
    ]);
    expect(calls).toMatchObject({ strayOutcomes: 1, total: { allowed: 0, ok: 0, open: 0 } });
  });

  it('with an outcome that nobody knows are in doubt', () => {
    expect(reportOn([intent('a'), outcome('a', 'splendid')]).calls.total).toMatchObject({ ok: 0, inDoubt: 1 });
  });
});

describe('money', () => {
  it('is what was moved, is in doubt, has no outcome, failed and was refused', () => {
    const amounts = { revealed: { amount: '0.10 USD' } };
    const { calls } = reportOn([
      ...[intent('a', '0.10 USD'), outcome('a', 'ok'), intent('b', '0.20 USD'), outcome('b', 'ok')],
      ...[
        intent('c', '5.00 EUR'),
        outcome('c', 'in-doubt'),
        intent('d', '7 JPY'),
        outcome('d', 'failed'),
        intent('e', '1.00 USD'),
      ],
      ...[
        call('decision', 'f', { code: 'limit', ...amounts }),
        call('decision', 'g', { code: 'approval_pending', ...amounts }),
      ],
    ]);
    const none = { moved: '0.00', inDoubt: '0.00', open: '0.00', failed: '0.00', refused: '0.00' };
    expect(calls.money).toEqual([
      { ...none, flow: 'out', currency: 'EUR', calls: 1, inDoubt: '5.00' },
      { flow: 'out', currency: 'JPY', calls: 1, moved: '0', inDoubt: '0', open: '0', failed: '7', refused: '0' },
      { ...none, flow: 'out', currency: 'USD', calls: 4, moved: '0.30', open: '1.00', refused: '0.10' },
    ]);
  });

  it('that is not revealed is said to be so, for each grant', () => {
    const value = reportOn([
      ...[intent('a'), outcome('a', 'ok'), intent('b', 'unknown'), call('decision', 'c', { code: 'limit' })],
      ...[call('intent', 'd', { toolKind: 'unclassified' }), call('intent', 'e', { toolKind: 'read' })],
    ]);
    const silent = { unrevealed: 1, unrevealedRefused: 1, untold: 1, untoldRefused: 0, unclassified: 1 };
    expect(value.calls.grants.rows[0]?.silent).toEqual(silent);
    expect(value.calls.money).toEqual([]);
    const page = reportMarkdown(value);
    expect(page).toContain('- support: 1 money call, amounts not revealed, and 1 refused');
    expect(page).toContain('- support: 1 money call, amounts that could not be told');
    expect(page).toContain('No amount of money is in the records of this period.');
  });
});

describe('more keys than are kept apart', () => {
  it('share one entry, so that every sum is exact', () => {
    const records = Array.from({ length: 1_200 }, (_, n) =>
      call('intent', `q${n}`, { grant: `g${n}`, revealed: { amount: '0.01 USD' } }),
    );
    const { grants, total, money } = reportOn(records).calls;
    expect(grants.rows).toHaveLength(500);
    expect(grants.others).toMatchObject({ grant: '(others)', calls: { allowed: 700 }, money: [{ open: '7.00' }] });
    expect(total.allowed).toBe(1_200);
    expect(money).toMatchObject([{ open: '12.00' }]);
    expect(reportMarkdown(reportOn(records))).toContain('470 more grants are not shown here');
  });
});

const decided = (approval: string, more: Record<string, unknown>, timeMs: number) =>
  record(
    'approval_decided',
    {
      approval,
      accepted: true,
      verdict: 'approve',
      operator: 'jo',
      fingerprint: 'SHA256:j',
      code: 'accepted',
      ...more,
    },
    timeMs,
  );
const requested = (approval: string, timeMs = NOON) => record('approval_requested', { approval }, timeMs);

describe('approvals', () => {
  it('count a verdict once, however many gateways met it, from its signature on', () => {
    const { approvals } = reportOn([
      record(
        'approval_signed',
        { approval: 'a', verdict: 'approve', operator: 'jo', fingerprint: 'SHA256:j' },
        NOON + 60_000,
      ),
      ...[requested('a'), decided('a', {}, NOON + 61_000), decided('a', {}, NOON + 90_000)],
      ...[requested('b'), decided('b', { verdict: 'reject', operator: 'al' }, NOON + 10_000)],
      record('approval_ended', { approval: 'b', ending: 'rejected' }, NOON + 10_000),
      ...[requested('c'), record('approval_ended', { approval: 'c', ending: 'expired' })],
      ...[requested('d'), call('intent', 'x', { approval: 'a' })],
    ]);
    expect(approvals).toMatchObject({ requested: 4, approved: 1, rejected: 1, executed: 1, undecided: 1 });
    expect(approvals.endings).toEqual({ rejected: 1, expired: 1, lapsed: 0, void: 0 });
    expect(approvals.operators.rows).toEqual([
      { operator: 'jo', fingerprint: 'SHA256:j', approved: 1, rejected: 0, refused: 0 },
      { operator: 'al', fingerprint: 'SHA256:j', approved: 0, rejected: 1, refused: 0 },
    ]);
    expect(approvals.times).toMatchObject({ measured: 2, medianMs: 10_000, p90Ms: 60_000, longestMs: 60_000 });
  });

  it('do not count what was only signed, or was refused', () => {
    const { approvals } = reportOn([
      requested('a'),
      record('approval_signed', { approval: 'a', verdict: 'approve', operator: 'eve' }),
      decided('a', { accepted: false, code: 'bad_signature', operator: 'eve' }, NOON),
      decided('a', { accepted: false, code: 'bad_signature', operator: 'eve' }, NOON + 1),
      decided('a', { accepted: 'yes', operator: 'eve', code: 'expired' }, NOON + 1),
      record('approval_refused', { approval: 'a', verdict: 'approve', operator: 'eve', code: 'excluded' }),
    ]);
    expect(approvals).toMatchObject({ approved: 0, undecided: 1, times: { measured: 0, medianMs: null } });
    expect(approvals.refusals.rows.map(({ code, count }) => [code, count])).toEqual([
      ...[
        ['bad_signature', 1],
        ['expired', 1],
        ['excluded', 1],
      ],
    ]);
  });
});

const operator = { by: 'operator', name: 'jo', fingerprint: 'SHA256:j', signed: 's' };
const osUser = { by: 'os-user', name: 'root' };

describe('people and the installation', () => {
  it('are named with what proves them, or with the word that nothing does', () => {
    const value = reportOn([
      record('secret_sealed', { actor: operator, secret: 'stripe-live' }),
      record('grants_frozen', { actor: osUser, scope: 'money', grant: null }),
      ...[1, 2, 3].map((hour) => record('log_read', { actor: osUser, does: 'tail' }, NOON + hour)),
      record('something_new', { actor: { by: 'a claim', name: 'mallory' }, code: null }),
    ]);
    expect(value.acts).toMatchObject({ unproven: 5 });
    expect(value.acts.acts.rows.map(({ kind, about }) => [kind, about])).toEqual([
      ...[
        ['secret_sealed', 'secret stripe-live'],
        ['grants_frozen', 'scope money'],
        ['something_new', ''],
      ],
    ]);
    expect(value.acts.readings.rows).toMatchObject([{ does: 'tail', count: 3, by: 'os-user' }]);
    const page = reportMarkdown(value);
    expect(page).toContain('root (OS user, not proven)');
    expect(page).toContain('mallory (not proven)');
    expect(page).toContain('jo (SHA256:j)');
  });

  it('show which policies were in force: as sessions say it, else as calls do', () => {
    const named = record('session_opened', { policies: [{ name: 'p', hash: 'h1' }, 'rubbish', { name: 7 }] }, NOON);
    const { versions } = reportOn([named, call('intent', 'a', { policyHash: 'h2' }, NOON + 1)]).policies;
    expect(versions.rows).toMatchObject([
      { policy: 'p', hash: 'h1', inForce: 1, calls: 0, first: '2026-11-15T12:00:00.000Z' },
      { policy: 'p', hash: 'h2', inForce: 0, calls: 1 },
    ]);
    expect(reportMarkdown(reportOn([intent('a')]))).toContain('these are the versions that decided calls');
  });

  it('show what was refused, what crashed and where the log has gaps', () => {
    const value = reportOn([
      record('auth_failed', { code: 'revoked', grant: 'support' }),
      ...[record('protocol_rejected', { code: 'batch' }), record('protocol_rejected', { code: 'batch', count: 40 })],
      ...[
        record('upstream_started', { upstream: 'stripe' }),
        record('upstream_failed', { upstream: 'stripe', code: 'exited' }),
      ],
      record('tool_quarantined', { upstream: 'stripe', tool: 'stripe/x', code: 'changed' }),
      record('segment_abandoned', { entry: { file: 'calls-1.jsonl', count: 4 } }),
      record('audit_resumed', { code: 'ENOSPC', refused: 3 }),
      record('segment_pruned', { entry: { file: 'calls-0.jsonl', count: 9 } }),
    ]);
    expect(value.outside.tokens.rows).toMatchObject([{ code: 'revoked', grant: 'support', count: 1 }]);
    expect(value.outside.messages.rows).toEqual([{ code: 'batch', count: 41 }]);
    expect(value.outside.upstreams.rows).toMatchObject([
      { upstream: 'stripe', started: 1, failed: 1, codes: [{ code: 'exited' }] },
    ]);
    expect(value.outside.quarantines.rows).toMatchObject([{ tool: 'stripe/x', code: 'changed' }]);
    expect(value.gaps.rows.map(({ about }) => about)).toEqual([
      ...['calls-1.jsonl, 4 records', 'ENOSPC, 3 calls refused', 'calls-0.jsonl, 9 records'],
    ]);
  });
});

describe('records that prove nothing', () => {
  it('are in no figure, and are counted', () => {
    const value = reportOn([
      { ...intent('a', '9.00 USD'), intact: false },
      { record: null, intact: false },
      record('intent', { ...refund, request: 'x' }, 'noon'),
      record('intent', { ...refund, request: 'y' }, 9e15),
      record('intent', { ...refund, request: 'z' }, -1),
    ]);
    expect(value.records).toMatchObject({ read: 5, inPeriod: 0, changed: 1, broken: 1, undated: 3, first: null });
    expect(value.calls.total.allowed).toBe(0);
    expect(reportMarkdown(value)).toContain(
      '> **Warning:** Left out of every figure: 1 record changed after being written, 1 line that is no record, 3 records without a time.',
    );
  });

  it('may hold anything anywhere, and a report is made all the same', () => {
    const kinds = fc.constantFrom(
      ...[
        'intent',
        'intent_carried',
        'outcome',
        'decision',
        'approval_requested',
        'approval_decided',
        'approval_ended',
      ],
      ...['approval_signed', 'approval_refused', 'session_opened', 'config_reloaded', 'policy_edited', 'config_signed'],
      ...['log_read', 'auth_failed', 'protocol_rejected', 'upstream_failed', 'tool_quarantined', 'segment_abandoned'],
    );
    const names = [
      'request',
      'grant',
      'tool',
      'toolKind',
      'revealed',
      'approval',
      'accepted',
      'verdict',
      'operator',
      'policies',
    ];
    const more = [
      'outcome',
      'code',
      'actor',
      'policy',
      'policyHash',
      'entry',
      'changes',
      'upstream',
      'ending',
      'install',
    ];
    const word = fc.constantFrom('a', 'refund', 'ok', 'approve', '__proto__', 'constructor', '1.00 USD');
    const anything = fc.oneof(
      word,
      fc.anything(),
      fc.dictionary(fc.constantFrom('amount', 'by', 'name', 'hash', 'file'), fc.anything()),
    );
    const own = fc.dictionary(fc.constantFrom(...names, ...more), anything);
    const time = fc.oneof(fc.constant(NOON), fc.anything());
    fc.assert(
      fc.property(fc.array(fc.tuple(kinds, own, time), { maxLength: 20 }), (entries) => {
        const value = reportOn(entries.map(([kind, fields, timeMs]) => record(kind, fields, timeMs)));
        expect(JSON.parse(JSON.stringify(value))).toEqual(value);
        expect(reportMarkdown(value)).not.toMatch(/undefined|NaN|\[object/);
        expect(reportHtml(value)).not.toMatch(/undefined|NaN|\[object/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what verification found', () => {
  const fault = { file: 'a\u202e.jsonl', line: 1, seq: 1, code: 'bad_json', message: 'm' } as const;
  const chain = {
    ok: false,
    records: 30,
    files: 2,
    omitted: 5,
    notes: [],
    faults: Array.from({ length: 25 }, () => fault),
  };

  it('is listed up to twenty faults, and the rest is counted', () => {
    const check = checkOf(chain, null);
    expect(check.faults).toHaveLength(20);
    expect(check).toMatchObject({ ok: false, faultsLeftOut: 10, signatures: null });
    expect(check.faults[0]?.file).toBe('a<U+202E>.jsonl');
    expect(reportMarkdown(reportOn([], check))).toContain(
      '> **Warning:** The log is not whole: 30 faults in 30 records',
    );
  });

  it('is not whole when a signature is bad, though the chain is', () => {
    const signatures = { signatures: 3, faults: [{ file: 'f', line: 2, code: 'signature_bad', message: 'm' }] };
    expect(checkOf({ ...chain, ok: true, faults: [], omitted: 0 }, signatures)).toMatchObject({
      ok: false,
      signatures: 3,
    });
  });
});
