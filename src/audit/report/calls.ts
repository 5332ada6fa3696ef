/** Calls: per grant, per day, and by the rule that denied them. A call belongs to the instant at which it was decided. */
import { fieldsAt, type Fields, textAt } from './fields.ts';
import { type Ending, GrantSums, type MoneyOf } from './grant-sums.ts';
import { flowOf, toldBy } from './money.ts';
import { Pairing } from './pairing.ts';
import { Listing, Tally } from './tally.ts';
import type { CallsPart, CodeRow, DayRow, OpenCall, RuleRow } from './value-calls.ts';

const MOST_OPEN_CALLS = 20;
/** What a person's answer is waited for with; the call may come again and be allowed. */
const WAITING = 'approval_pending';
const UNKNOWN = '~unknown';

const ENDINGS: Readonly<Record<string, Ending>> = { ok: 'ok', failed: 'failed', 'in-doubt': 'inDoubt' };

/** An allowed call until its end is known. */
interface Allowed {
  readonly call: OpenCall;
  /** What it is counted in; nothing for a call outside the period. */
  readonly sums: readonly GrantSums[];
  readonly money: MoneyOf;
}

export class Calls {
  readonly #total = new GrantSums('');
  readonly #grants = new Tally(({ grant }: { grant: string }) => new GrantSums(grant));
  /** As many as the period has days. */
  readonly #days = new Map<string, GrantSums>();
  readonly #rules = new Tally((key: { policy: string | null; rule: string }): RuleRow => ({ ...key, denials: 0 }));
  readonly #codes = new Tally((key: { code: string }): CodeRow => ({ ...key, count: 0 }));
  readonly #pairing = new Pairing<Allowed, Ending>(({ sums, money }, ending) => {
    for (const sum of sums) sum.end(money, ending);
  });

  /** Takes a record of the calls stream, whether or not it lies in the period: an outcome may come later. */
  take(kind: string, own: Fields, timeMs: number, isInPeriod: boolean): void {
    const request = textAt(own, 'request');
    if (kind === 'decision' && isInPeriod) {
      this.#deny(own, timeMs);
      return;
    }
    if (request === null) return;
    if (kind === 'intent') this.#allow(request, own, timeMs, isInPeriod);
    else if (kind === 'intent_carried') this.#pairing.carried(request);
    else if (kind === 'outcome') this.#end(request, own, timeMs);
  }

  value(isInPeriod: (timeMs: number) => boolean): CallsPart {
    const { open, strayMs } = this.#pairing.rest();
    const { calls, money, silent } = this.#total.row();
    return {
      ...{ total: calls, money, silent },
      grants: this.#grants.value(
        (sums) => sums.row(),
        (sums) => sums.calls.allowed + sums.calls.denied,
      ),
      days: [...this.#days.values()].map(dayRow).sort((a, b) => (a.day < b.day ? -1 : 1)),
      rules: this.#rules.value(
        (row) => row,
        (row) => row.denials,
      ),
      codes: this.#codes.value(
        (row) => row,
        (row) => row.count,
      ),
      openCalls: listed([...open.values()]),
      strayOutcomes: strayMs.filter(isInPeriod).length,
      unpaired: this.#pairing.unpaired,
    };
  }

  #allow(request: string, own: Fields, timeMs: number, isInPeriod: boolean): void {
    const [grant, tool] = [textAt(own, 'grant') ?? UNKNOWN, textAt(own, 'tool') ?? UNKNOWN];
    const call = { time: new Date(timeMs).toISOString(), grant, tool, request };
    const money = moneyOf(own);
    const sums = isInPeriod ? this.#sumsOf(grant, timeMs) : [];
    for (const sum of sums) sum.allow(money);
    this.#pairing.intent(request, { call, sums, money });
  }

  #end(request: string, own: Fields, timeMs: number): void {
    // Whatever is not certain to have ended well or without effect is in doubt.
    this.#pairing.outcome(request, ENDINGS[textAt(own, 'outcome') ?? ''] ?? 'inDoubt', timeMs);
  }

  #deny(own: Fields, timeMs: number): void {
    const code = textAt(own, 'code') ?? UNKNOWN;
    const money = moneyOf(own);
    for (const sum of this.#sumsOf(textAt(own, 'grant') ?? UNKNOWN, timeMs)) sum.deny(money, code === WAITING);
    this.#codes.at({ code }).count += 1;
    if (code !== WAITING)
      this.#rules.at({ policy: textAt(own, 'policy'), rule: textAt(own, 'rule') ?? UNKNOWN }).denials += 1;
  }

  #sumsOf(grant: string, timeMs: number): readonly GrantSums[] {
    const day = new Date(timeMs).toISOString().slice(0, 10);
    const ofDay = this.#days.get(day) ?? new GrantSums(day);
    this.#days.set(day, ofDay);
    return [this.#total, this.#grants.at({ grant }), ofDay];
  }
}

function moneyOf(own: Fields): MoneyOf {
  const flow = flowOf(textAt(own, 'toolKind'));
  return flow === null ? null : { flow, told: toldBy(textAt(fieldsAt(own, 'revealed'), 'amount')) };
}

function dayRow({ grant: day, calls, money }: GrantSums): DayRow {
  const { allowed, denied, inDoubt, open } = calls;
  return { day, allowed, denied, inDoubt: inDoubt + open, money: money.rows() };
}

function listed(open: readonly Allowed[]) {
  const listing = new Listing<OpenCall>(MOST_OPEN_CALLS);
  for (const { call, sums } of open) if (sums.length > 0) listing.add(call);
  return listing.value();
}
