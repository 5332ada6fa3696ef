/**
 * The promises, held against the evidence. Every judgement is a count that must be 0, with the first cases in words.
 * Calls are told apart by the gateway that made them and the tool, which each gateway calls once.
 */
import type { CounterStanding, Evidence, HeldCall, LoggedCall, Told } from './evidence.ts';
import { BURST_SPAN_MS, type Executed, GRANTS, kindOf } from './scene.ts';

/** What is counted, each with what it means that it is not 0. */
export const COUNTS = {
  brokenAtDeath: 'calls were already wrong when their gateways had just died',
  executedWithoutIntent: 'calls reached the bank without an intent in the log',
  executedTwice: 'calls reached the bank more than once',
  capExceeded: 'caps were exceeded by what the bank executed',
  counterAboveCap: 'counters stand above their cap',
  doubleRelease: 'counters stand below what was executed and what is in doubt',
  doubleCount: 'counters stand above what was executed and what is in doubt',
  givenBack: 'executed calls are neither used nor in doubt',
  stillReserved: 'reservations of dead gateways are neither over nor in doubt',
  notShown: 'reservations in doubt are not shown by `quota list`',
  knownInDoubt: 'calls that were answered well are in doubt',
  acknowledgedLost: 'answers have no record of their own in the log',
  deniedAndExecuted: 'calls reached the bank whose clients were told that they were denied',
  outcomesMissing: 'intents have no outcome, or more than one',
  chainBreaks: 'faults were found by `audit verify`',
} as const;

export type Count = keyof typeof COUNTS;
export type Judgement = Readonly<Record<Exclude<Count, 'brokenAtDeath'>, readonly string[]>>;

/** An own clock of the bank comes after the instant that a use counts from, by as much as a busy machine may take. */
const BANK_LAG_MS = 2_000;

export function judge(evidence: Evidence): Judgement {
  const book = new Book(evidence);
  return {
    executedWithoutIntent: book.executedWithoutIntent(),
    executedTwice: book.executedTwice(),
    capExceeded: book.capExceeded(),
    counterAboveCap: book.counterAboveCap(),
    ...book.sums(),
    givenBack: book.givenBack(),
    stillReserved: evidence.held.filter(({ state }) => state === 'reserved').map(({ request }) => request),
    notShown: book.notShown(),
    knownInDoubt: book.knownInDoubt(),
    acknowledgedLost: book.acknowledgedLost(),
    deniedAndExecuted: book.deniedAndExecuted(),
    outcomesMissing: book.outcomesMissing(),
    chainBreaks: evidence.verified.flatMap(({ exitCode, faults, home }) =>
      exitCode !== 0 && faults.length === 0
        ? [`${home}: exit ${exitCode}`]
        : faults.map(({ code, message }) => `${code}: ${message}`),
    ),
  };
}

/** What must hold already at the instant of death, before anybody repairs anything. */
export function judgeAtDeath(evidence: Pick<Evidence, 'executed' | 'told' | 'log'>): readonly string[] {
  const book = new Book({ ...NOTHING, ...evidence });
  const lost = [...book.acknowledgedLost(), ...book.deniedAndExecuted()];
  return [...book.executedWithoutIntent(), ...book.executedTwice(), ...lost];
}

/** The caps that stand now against all that the bank has executed so far. */
export function capsExceeded(evidence: Pick<Evidence, 'executed' | 'log' | 'caps'>): readonly string[] {
  return new Book({ ...NOTHING, ...evidence }).capExceeded();
}

const NOTHING: Evidence = {
  ...{ executed: [], told: [], log: [], requests: [], held: [], counters: [], listed: [], verified: [] },
  caps: { grantDay: 0, allDay: 0, span: 0, burst: 0 },
  crossedMidnight: false,
};

/** A use that a limit counts. */
interface Use {
  readonly atMs: number;
  readonly amount: number;
}

class Book {
  readonly #evidence: Evidence;
  readonly #intents: ReadonlyMap<string, LoggedCall>;
  readonly #held: ReadonlyMap<string, HeldCall>;
  readonly #outcomes: ReadonlyMap<string, readonly LoggedCall[]>;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    const { log, held } = evidence;
    this.#intents = new Map(log.filter(({ kind }) => kind === 'intent').map((one) => [keyOf(one), one]));
    this.#held = new Map(held.map((one) => [one.request, one]));
    this.#outcomes = grouped(log.filter(({ kind }) => kind === 'outcome'));
  }

  executedWithoutIntent(): string[] {
    return this.#evidence.executed.map(executedKey).filter((key) => !this.#intents.has(key));
  }

  executedTwice(): string[] {
    const seen = new Set<string>();
    return this.#evidence.executed.map(executedKey).filter((key) => seen.size === seen.add(key).size);
  }

  /** By what the bank did alone, and, for spans that end, by the instants of the intents as well, which need no slack. */
  capExceeded(): string[] {
    const { caps } = this.#evidence;
    const money = this.#evidence.executed.filter(({ name }) => kindOf(name) !== 'read');
    const used = (calls: readonly Executed[]): Use[] =>
      calls.map(({ atMs, amount }) => ({ atMs, amount: amount ?? 0 }));
    const byIntent = money.flatMap((call) => {
      const intent = this.#intents.get(executedKey(call));
      return intent === undefined ? [] : [{ atMs: intent.atMs, amount: call.amount ?? 0 }];
    });
    const refunds = money.filter(({ name }) => kindOf(name) === 'refund');
    return [
      ...GRANTS.flatMap((grant) =>
        over(`grant-day of ${grant}`, byDay(used(money.filter((call) => call.grant === grant))), caps.grantDay),
      ),
      ...over('all-day', byDay(used(money)), caps.allDay),
      ...over('span', [sum(used(money))], caps.span),
      ...over('burst, by the bank', [mostIn(used(money), BURST_SPAN_MS - BANK_LAG_MS)], caps.burst),
      ...over('burst, by the intents', [mostIn(byIntent, BURST_SPAN_MS)], caps.burst),
      ...[...grouped(refunds.map((call) => ({ request: call.reference ?? '', call })))].flatMap(([reference, all]) =>
        over(`once for ${reference}`, byDay(all.map(({ call }) => ({ atMs: call.atMs, amount: 1 }))), 1),
      ),
    ];
  }

  counterAboveCap(): string[] {
    const { caps, counters } = this.#evidence;
    const capOf = { 'grant-day': caps.grantDay, 'all-day': caps.allDay, span: caps.span, burst: caps.burst, once: 1 };
    return counters.flatMap(({ rule, subject, used, reserved, inDoubt }) => {
      const cap = rule in capOf ? capOf[rule as keyof typeof capOf] : Infinity;
      return over(`${rule} ${subject}`, [used + reserved + inDoubt], cap);
    });
  }

  /** To the unit: what a limit stands at is what was executed and is over, and what is in doubt. */
  sums(): Pick<Judgement, 'doubleRelease' | 'doubleCount'> {
    if (this.#evidence.crossedMidnight) return { doubleRelease: [], doubleCount: [] };
    const all = this.#expected();
    const differing = (wrong: (found: number, expected: number) => boolean): string[] =>
      all.flatMap(({ rule, subject, used, inDoubt }) => {
        const found = this.#standing(rule, subject);
        const words = `${rule} ${subject}: expected ${used} used, ${inDoubt} in doubt; found ${found.used}, ${found.inDoubt}`;
        return wrong(found.used, used) || wrong(found.inDoubt, inDoubt) ? [words] : [];
      });
    return {
      doubleRelease: differing((found, expected) => found < expected),
      doubleCount: differing((found, expected) => found > expected),
    };
  }

  #expected(): Pick<CounterStanding, 'rule' | 'subject' | 'used' | 'inDoubt'>[] {
    const over = this.#evidence.executed.filter((call) => !this.#isHeld(call));
    const uses = this.#evidence.held.flatMap((one) => one.uses);
    const expected = (
      rule: string,
      subject: string,
      calls: readonly Executed[],
      amountOf: (call: Executed) => number,
    ) => ({
      ...{ rule, subject },
      used: calls.reduce((total, call) => total + amountOf(call), 0),
      inDoubt: uses
        .filter((use) => use.rule === rule && use.subject === subject)
        .reduce((total, { amount }) => total + amount, 0),
    });
    const money = over.filter(({ name }) => kindOf(name) !== 'read');
    const amountOf = ({ amount }: Executed): number => amount ?? 0;
    const one = (): number => 1;
    // One that is in doubt is among the uses above.
    const held = new Set(this.#evidence.held.map(({ request }) => request));
    const requests = this.#evidence.requests.filter(({ request }) => !held.has(request));
    const withRequests = <T extends { subject: string; used: number }>(counter: T): T => ({
      ...counter,
      used: counter.used + requests.filter(({ grant }) => grant === counter.subject).length,
    });
    return [
      ...GRANTS.flatMap((grant) => [
        expected(
          'grant-day',
          grant,
          money.filter((call) => call.grant === grant),
          amountOf,
        ),
        withRequests(
          expected(
            'pace',
            grant,
            over.filter((call) => call.grant === grant),
            one,
          ),
        ),
      ]),
      expected('all-day', '', money, amountOf),
      expected('span', '', money, amountOf),
      expected(
        'once',
        '',
        money.filter(({ name }) => kindOf(name) === 'refund'),
        one,
      ),
    ];
  }

  /** A rule that is split by a fact has many counters. */
  #standing(rule: string, subject: string): Pick<CounterStanding, 'used' | 'inDoubt'> {
    const all = this.#evidence.counters.filter((one) => one.rule === rule && one.subject === subject);
    return {
      used: all.reduce((total, { used }) => total + used, 0),
      inDoubt: all.reduce((total, { inDoubt }) => total + inDoubt, 0),
    };
  }

  /** Request by request: the outcome that the log has, or the doubt that the store has. */
  givenBack(): string[] {
    return this.#evidence.executed
      .filter((call) => {
        const intent = this.#intents.get(executedKey(call));
        if (intent === undefined || this.#isHeld(call)) return false;
        return (this.#outcomes.get(intent.request) ?? []).some(({ outcome }) => outcome === 'failed');
      })
      .map(executedKey);
  }

  notShown(): string[] {
    const { held, listed } = this.#evidence;
    const shown = new Set(listed.flatMap(({ requests }) => requests.map(({ request }) => request)));
    const reserved = listed.filter((limit) => Number(limit.reserved) !== 0);
    return [
      ...held.flatMap(({ request, uses }) => (uses.length === 0 || shown.has(request) ? [] : [request])),
      ...reserved.map(({ rule, subject }) => `${rule} ${subject} is listed with something reserved`),
    ];
  }

  knownInDoubt(): string[] {
    return this.#evidence.told.flatMap((told) => {
      const intent = this.#intents.get(keyOf(told));
      return isDone(told) && intent !== undefined && this.#held.has(intent.request) ? [keyOf(told)] : [];
    });
  }

  /** Whatever a client was told of a call, the gateway that told it had recorded before. */
  acknowledgedLost(): string[] {
    const decided = new Set(this.#evidence.log.filter(({ kind }) => kind === 'decision').map(keyOf));
    return this.#evidence.told.flatMap((told) => {
      const intent = this.#intents.get(keyOf(told));
      const outcomes = intent === undefined ? [] : (this.#outcomes.get(intent.request) ?? []);
      const outcome = outcomes.find(({ by }) => by === told.by)?.outcome ?? null;
      return isRecorded(told, outcome, decided) ? [] : [`${keyOf(told)}: ${told.text}`];
    });
  }

  deniedAndExecuted(): string[] {
    const denied = this.#evidence.told.filter(({ text }) => text.startsWith('Denied'));
    const executed = new Set(this.#evidence.executed.map(executedKey));
    return denied.map(keyOf).filter((key) => executed.has(key));
  }

  outcomesMissing(): string[] {
    return [...this.#intents.values()].flatMap(({ request, tool, by }) => {
      const all = this.#outcomes.get(request) ?? [];
      return all.length === 1 ? [] : [`${by ?? '?'}/${tool}: ${all.length} outcomes`];
    });
  }

  #isHeld(call: Executed): boolean {
    const intent = this.#intents.get(executedKey(call));
    return intent !== undefined && this.#held.has(intent.request);
  }
}

/** A refusal because the store or the log is away is not a decision, and has no record. */
function isRecorded(told: Told, outcome: string | null, decided: ReadonlySet<string>): boolean {
  if (isDone(told)) return outcome === 'ok';
  if (told.rule !== null) return decided.has(keyOf(told)) || outcome === 'failed';
  return isRefusal(told) || outcome === 'in-doubt' || outcome === 'failed';
}

/** Something that the gateway needs is away: no rule denied the call. */
export function isRefusal({ text, rule }: Pick<Told, 'text' | 'rule'>): boolean {
  return rule === null && text.startsWith('Denied: the ');
}

function isDone({ text, isError }: { readonly text: string; readonly isError: boolean }): boolean {
  return !isError && text.startsWith('did ');
}

function keyOf({ by, tool }: { readonly by: string | null; readonly tool: string }): string {
  return `${by ?? '?'}/${tool}`;
}

function executedKey({ by, name }: Executed): string {
  return `${by}/${name}`;
}

function grouped<T extends { readonly request: string }>(list: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) groups.set(one.request, [...(groups.get(one.request) ?? []), one]);
  return groups;
}

function sum(uses: readonly Use[]): number {
  return uses.reduce((total, { amount }) => total + amount, 0);
}

/** The sums of the days (UTC). */
function byDay(uses: readonly Use[]): number[] {
  const days = new Map<number, number>();
  for (const { atMs, amount } of uses) {
    const day = Math.floor(atMs / 86_400_000);
    days.set(day, (days.get(day) ?? 0) + amount);
  }
  return [...days.values()];
}

/** The most that lies in any span of this length. */
function mostIn(uses: readonly Use[], spanMs: number): number {
  const inOrder = [...uses].sort((a, b) => a.atMs - b.atMs);
  let [first, total, most] = [0, 0, 0];
  for (const use of inOrder) {
    total += use.amount;
    while (inOrder[first]!.atMs <= use.atMs - spanMs) total -= inOrder[first++]!.amount;
    most = Math.max(most, total);
  }
  return most;
}

function over(what: string, sums: readonly number[], cap: number): string[] {
  return sums.flatMap((total) => (total > cap ? [`${what}: ${total} of ${cap}`] : []));
}
