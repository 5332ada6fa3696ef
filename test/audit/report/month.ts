/** A realistic log of any number of days: three grants at work, people who approve, and what goes wrong now and then. */
import type { PlainObject } from '../../../src/audit/chain.ts';
import type { Actor, CallFrame, Session } from '../../../src/audit/index.ts';
import { brandAs, type GrantName, type PolicyHash, type PolicyName, type ToolName } from '../../../src/core/ids.ts';
import type { Kind } from '../../../src/core/kinds.ts';
import type { WrittenFile, WrittenLog } from './written-log.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The same numbers for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Kindly {
  readonly grant: string;
  readonly policy: string;
  readonly tool: string;
  readonly kind: Kind | 'unclassified';
  readonly currency: string | null;
  readonly weight: number;
  readonly denials: readonly string[];
}

const WORK: readonly Kindly[] = [
  {
    grant: 'support-agent',
    policy: 'support',
    tool: 'stripe/list_charges',
    kind: 'read',
    currency: null,
    weight: 12,
    denials: ['calls-per-minute'],
  },
  {
    grant: 'support-agent',
    policy: 'support',
    tool: 'stripe/create_refund',
    kind: 'refund',
    currency: 'USD',
    weight: 6,
    denials: ['daily-refunds', 'refund-needs-reason', 'one-refund-per-payment'],
  },
  {
    grant: 'finance-agent',
    policy: 'finance',
    tool: 'paypal/create_payout',
    kind: 'payout',
    currency: 'EUR',
    weight: 2,
    denials: ['payouts-only-to-listed-recipients-of-the-finance-department'],
  },
  {
    grant: 'finance-agent',
    policy: 'finance',
    tool: 'paypal/create_invoice',
    kind: 'invoice_issue',
    currency: 'EUR',
    weight: 3,
    denials: ['invoice-limit'],
  },
  {
    grant: 'tokyo-marketplace-seller-onboarding-agent',
    policy: 'marketplace',
    tool: 'square/create_payment',
    kind: 'charge',
    currency: 'JPY',
    weight: 4,
    denials: ['(default deny)'],
  },
  {
    grant: 'experiments',
    policy: 'sandbox',
    tool: 'square/unknown_tool',
    kind: 'unclassified',
    currency: null,
    weight: 1,
    denials: ['(unclassified)'],
  },
];

const jo: Actor = {
  by: 'operator',
  name: 'jo',
  fingerprint: 'SHA256:w0mZs8Xq1x7J3y5b9Qk2h4n6p8r0t2v4x6z8B0D2F4',
  signed: 'x',
};
const root: Actor = { by: 'os-user', name: 'root' };
const PEOPLE = [
  { operator: 'jo', fingerprint: 'SHA256:w0mZs8Xq1x7J3y5b9Qk2h4n6p8r0t2v4x6z8B0D2F4' },
  { operator: 'maría-fernanda', fingerprint: 'SHA256:A1c3E5g7I9k1M3o5Q7s9U1w3Y5a7C9e1G3i5K7m9O1q' },
];

export interface MonthOptions {
  readonly fromMs: number;
  readonly days: number;
  readonly callsPerDay: number;
  readonly revealed: boolean;
  readonly seed?: number;
}

/** Writes the log. */
export async function writeMonth(log: WrittenLog, options: MonthOptions): Promise<void> {
  await log.admin(options.fromMs, { kind: 'secret_sealed', actor: jo, secret: brandAs('stripe-live'), version: 1 });
  await log.admin(options.fromMs + 1, { kind: 'grant_issued', actor: jo, grant: brandAs('support-agent'), tokens: 1 });
  const month = new Month(log, options);
  for (let day = 0; day < options.days; day += 1) await month.day(options.fromMs + day * DAY, day);
}

class Month {
  readonly #log: WrittenLog;
  readonly #options: MonthOptions;
  readonly #random: () => number;
  #next = 0;

  constructor(log: WrittenLog, options: MonthOptions) {
    this.#log = log;
    this.#options = options;
    this.#random = randomFrom(options.seed ?? 7);
  }

  async day(dayMs: number, number: number): Promise<void> {
    await this.#acts(dayMs, number);
    const file = await this.#log.open(dayMs + 6 * HOUR);
    const session = sessionOf('support-agent');
    file.add(
      dayMs + 6 * HOUR,
      { kind: 'session_opened', session, protocol: '2025-06-18', policies: [] },
      this.#inForce(number),
    );
    file.add(dayMs + 6 * HOUR, {
      kind: 'upstream_started',
      session,
      upstream: brandAs('stripe'),
      pid: 12,
      tools: 25,
      restarts: 0,
    });
    const isWeekend = [0, 6].includes(new Date(dayMs).getUTCDay());
    const calls = Math.round(this.#options.callsPerDay * (isWeekend ? 0.25 : 0.7 + this.#random() * 0.6));
    for (let call = 0; call < calls; call += 1) this.#call(file, dayMs + 7 * HOUR + (call / calls) * 12 * HOUR, number);
    if (number % 9 === 4)
      file.add(dayMs + 20 * HOUR, {
        kind: 'upstream_failed',
        session,
        upstream: brandAs('paypal'),
        restarts: 0,
        code: 'exited',
        exitCode: 1,
      });
    if (number % 11 === 6)
      file.add(dayMs + 20 * HOUR, {
        kind: 'tool_quarantined',
        session,
        upstream: brandAs('stripe'),
        tool: brandAs<ToolName>('stripe/create_coupon'),
        code: 'changed',
      });
    if (number % 5 === 2)
      file.add(dayMs + 21 * HOUR, { kind: 'protocol_rejected', session, code: 'duplicate_key', method: 'tools/call' });
    await this.#log.close(file, dayMs + 22 * HOUR, number % 13 === 8 ? 'died' : 'closed');
  }

  #call(file: WrittenFile, timeMs: number, day: number): void {
    const work = this.#pick();
    const frame = this.#frame(work, day);
    const more = this.#revealed(work);
    const luck = this.#random();
    if (luck < 0.12) {
      this.#denied(file, timeMs, work, frame, more);
      return;
    }
    if (work.kind === 'refund' && luck < 0.2) {
      this.#approved(file, timeMs, frame, more);
      return;
    }
    file.add(timeMs, { ...frame, kind: 'intent', decision: 'allow', args: [] }, more);
    const outcome = luck > 0.985 ? 'in-doubt' : luck > 0.96 ? 'failed' : 'ok';
    file.add(timeMs + 400, {
      ...frame,
      kind: 'outcome',
      outcome,
      code: outcome === 'ok' ? 'result' : 'timeout',
      latencyMs: 400,
    });
  }

  #denied(file: WrittenFile, timeMs: number, work: Kindly, frame: CallFrame, more: PlainObject): void {
    const rule = work.denials[Math.floor(this.#random() ** 2 * work.denials.length)] ?? '(default deny)';
    file.add(
      timeMs,
      {
        ...frame,
        rule,
        kind: 'decision',
        decision: 'deny',
        code: rule.startsWith('(') ? 'not_allowed' : 'limit',
        args: [],
      },
      more,
    );
  }

  #approved(file: WrittenFile, timeMs: number, frame: CallFrame, more: PlainObject): void {
    const approval = brandAs<NonNullable<CallFrame['approval']>>(`apr_${this.#next}`);
    const asked = { ...frame, approval, rule: 'large-refunds' };
    const expiresMs = timeMs + HOUR;
    const requestHash = 'd'.repeat(64);
    file.add(timeMs, { ...asked, kind: 'approval_requested', requestHash, expiresMs, args: [] }, more);
    file.add(timeMs + 10, { ...asked, kind: 'decision', decision: 'deny', code: 'approval_pending', args: [] }, more);
    const luck = this.#random();
    if (luck < 0.1) {
      file.add(timeMs + HOUR, { ...asked, kind: 'approval_ended', ending: 'expired', code: 'expired' });
      return;
    }
    const verdict = luck < 0.25 ? 'reject' : 'approve';
    const atMs = timeMs + Math.round(20_000 * (1 / (1 - this.#random() * 0.995)));
    const signed = { ...PEOPLE[this.#random() < 0.7 ? 0 : 1]!, verdict, text: 'x' } as const;
    file.add(atMs, { ...asked, kind: 'approval_decided', requestHash, accepted: true, code: 'accepted', signed });
    if (verdict === 'reject') {
      file.add(atMs, { ...asked, kind: 'approval_ended', ending: 'rejected', code: 'rejected' });
      return;
    }
    file.add(atMs + 100, { ...asked, kind: 'intent', decision: 'allow', args: [] }, more);
    file.add(atMs + 500, { ...asked, kind: 'outcome', outcome: 'ok', code: 'result', latencyMs: 400 });
  }

  async #acts(dayMs: number, number: number): Promise<void> {
    const log = this.#log;
    await log.admin(dayMs + HOUR, { kind: 'log_read', actor: root, does: 'verify', records: null, options: [] });
    if (number % 6 === 3)
      await log.admin(dayMs + 2 * HOUR, {
        kind: 'auth_failed',
        code: 'expired',
        grant: brandAs<GrantName>('finance-agent'),
      });
    if (number % 10 === 5) {
      const hashes = { policyHash: hashOf('support', number), replacedHash: hashOf('support', number - 1) };
      await log.admin(dayMs + 3 * HOUR, {
        kind: 'policy_edited',
        actor: jo,
        policy: 'support',
        ...hashes,
        changes: 4,
        looser: 1,
      });
      await log.admin(dayMs + 3 * HOUR, {
        kind: 'config_signed',
        actor: jo,
        part: 'policy',
        partHash: 'a'.repeat(64),
        inForce: true,
      });
      await log.admin(dayMs + 3 * HOUR, {
        kind: 'config_reloaded',
        digest: 'e'.repeat(64),
        policies: [],
        revealed: [],
      });
    }
    if (number % 14 === 7) {
      await log.admin(dayMs + 4 * HOUR, { kind: 'grants_frozen', actor: root, grant: null, scope: 'money' });
      await log.admin(dayMs + 5 * HOUR, { kind: 'grants_unfrozen', actor: jo, grant: null, scope: 'money' });
    }
  }

  #inForce(day: number): Record<string, { name: string; hash: string }[]> {
    return { policies: ['support', 'finance', 'marketplace'].map((name) => ({ name, hash: hashOf(name, day) })) };
  }

  #pick(): Kindly {
    let ticket = this.#random() * WORK.reduce((sum, { weight }) => sum + weight, 0);
    return WORK.find(({ weight }) => (ticket -= weight) < 0) ?? WORK[0]!;
  }

  #frame({ grant, policy, tool, kind }: Kindly, day: number): CallFrame {
    this.#next += 1;
    return {
      ...{
        session: sessionOf(grant),
        request: brandAs(`req-${this.#next}`),
        tool: brandAs<ToolName>(tool),
        toolKind: kind,
      },
      ...{
        rule: 'permit',
        pointer: '/rules/0',
        policy: brandAs<PolicyName>(policy),
        policyHash: brandAs<PolicyHash>(hashOf(policy, day)),
      },
    };
  }

  #revealed({ currency }: Kindly): PlainObject {
    if (!this.#options.revealed || currency === null) return {};
    const minor = Math.round(400 * (1 / (1 - this.#random() * 0.99)));
    const amount =
      currency === 'JPY'
        ? `${minor} JPY`
        : `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')} ${currency}`;
    return { revealed: { amount } };
  }
}

function sessionOf(grant: string): Session {
  return { grant: brandAs(grant), principal: `${grant}@acme.example`, client: { name: 'agent', version: '1' } };
}

/** The support policy is edited every ten days. */
function hashOf(policy: string, day: number): string {
  const version = policy === 'support' ? Math.floor((day + 5) / 10) : 0;
  return `${policy.length}${version}`.padEnd(64, 'abcdef0123456789');
}
