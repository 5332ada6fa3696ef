import { brandAs, type RequestId } from '../../core/ids.ts';
import { StateError } from '../port.ts';
import {
  type CounterState,
  type HeldRequest,
  MAX_STEP_BACK_MS,
  type QuotaAnswer,
  type QuotaAsk,
  type QuotaOwner,
  type QuotaStore,
  type ResolveAnswer,
  type Settlement,
} from '../quota.ts';
import { checkAmount, checkAsk } from '../quota-checks.ts';
import { type Database, onlyRow } from './database.ts';
import { DOUBT_BATCH } from './functions.ts';
import { answerOf, ownerOf, requestOf, stateOf, usesText } from './quota-rows.ts';
import { booleanOf, damaged, integerOf, oneOf, type Row, rowOf, textOf } from './rows.ts';

const RESERVE = 'SELECT countersign_reserve($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS answer';
const SETTLE = 'SELECT countersign_settle($1, $2, $3, $4) AS answer';
const DOUBT = 'SELECT countersign_doubt_many($1, $2, $3, $4, $5, $6) AS answer';
const RESOLVE = 'SELECT countersign_resolve($1, $2, $3) AS answer';
const ENTER = 'SELECT countersign_enter($1, $2, $3, $4) AS answer';
const RESET = 'SELECT countersign_reset($1, $2) AS answer';
const SWEEP = 'SELECT countersign_sweep($1, $2, $3)';
const NOW = 'SELECT countersign_clock($1::bigint) AS now_ms';
const OWNERS = `SELECT DISTINCT host, pid, process_start FROM countersign_quota_requests WHERE state = 'reserved'`;
const REQUESTS = `SELECT r.*, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('counter', u.counter, 'policy', c.policy, 'rule', c.rule,
      'scope', c.scope, 'subject', c.subject, 'unit', c.unit, 'keyed', c.keyed, 'window_text', u.window_text,
      'amount', u.amount, 'closes', u.closes) ORDER BY u.counter), '[]')
    FROM countersign_quota_uses AS u LEFT JOIN countersign_quota_counters AS c ON c.counter = u.counter
    WHERE u.request = r.request
  ) AS uses FROM countersign_quota_requests AS r ORDER BY r.at_ms, r.request`;
// Under the first schema, amounts that operators entered could add up to more than can be counted.
const COUNTERS = `SELECT s.counter, c.policy, c.rule, c.scope, c.subject, c.unit, c.keyed, c.window_text, c.cap, s.closed,
    least(s.used, 9007199254740991) AS used, least(s.reserved, 9007199254740991) AS reserved,
    least(s.in_doubt, 9007199254740991) AS "inDoubt", s.resets_ms AS "resetsMs"
  FROM (
    SELECT counter, sum(used) AS used, sum(reserved) AS reserved, sum(in_doubt) AS in_doubt, sum(closed) AS closed,
      min(end_ms) FILTER (WHERE end_ms < 9007199254740991 AND used + reserved + in_doubt + closed > 0) AS resets_ms
    FROM countersign_quota_slots WHERE end_ms > (SELECT countersign_clock($1::bigint)) GROUP BY counter
  ) AS s LEFT JOIN countersign_quota_counters AS c ON c.counter = s.counter
  WHERE s.used + s.reserved + s.in_doubt + s.closed > 0 ORDER BY c.rule, c.subject, c.unit, s.counter`;

/** What ended, and counters of single values that nobody has asked about, are forgotten after so long. */
const KEPT_MS = 35 * 86_400_000;
const SWEEP_MS = 3_600_000;
const SWEEP_ROWS = 1_000;

/** Quota in PostgreSQL. The clock is the server's; what a counter has seen keeps it from running backwards. */
export class PostgresQuota implements QuotaStore {
  readonly #database: Database;
  readonly #clock: () => number | null;
  #sweepAtMs = 0;

  /** With a clock that answers null, time is the server's. */
  constructor(database: Database, clock: () => number | null) {
    this.#database = database;
    this.#clock = clock;
  }

  async reserve(ask: QuotaAsk): Promise<QuotaAnswer> {
    checkAsk(ask);
    const { request, grant, principal, tool, owner, uses, leaseMs } = ask;
    const { host, pid, processStart } = owner;
    const call = [request, grant, principal, tool, host, pid, processStart, leaseMs, usesText(uses)];
    // Under the same request it takes the place of itself, so it may be sent again. Whatever `durable` says it waits for
    // the disk: without that a crash of the server could take an acknowledged reservation away.
    const row = await this.#answerRow(RESERVE, [...call, MAX_STEP_BACK_MS, this.#clock()], 'again');
    if (row['is'] === 'conflict') throw conflict(request, textOf(row, 'state'));
    this.#sweep();
    return answerOf(row);
  }

  /** Sent again after a cut connection: it answers false then if the first one got through. */
  async settle({ request, outcome, forwardedMs }: Settlement): Promise<boolean> {
    const call = [request, outcome, forwardedMs, this.#clock()];
    return booleanOf(onlyRow(await this.#database.run(SETTLE, call, 'again')), 'answer');
  }

  abandon({ host, pid, processStart }: QuotaOwner): Promise<readonly RequestId[]> {
    return this.#doubt([host, pid, processStart, false]);
  }

  async nowMs(): Promise<number> {
    return integerOf(onlyRow(await this.#database.run(NOW, [this.#clock()], 'again')), 'now_ms');
  }

  async owners(): Promise<readonly QuotaOwner[]> {
    return (await this.#database.run(OWNERS, [], 'again')).rows.map(ownerOf);
  }

  async requests(): Promise<readonly HeldRequest[]> {
    await this.#lapse();
    return (await this.#database.run(REQUESTS, [], 'again')).rows.map(requestOf);
  }

  async counters(): Promise<readonly CounterState[]> {
    await this.#lapse();
    return (await this.#database.run(COUNTERS, [this.#clock()], 'again')).rows.map(stateOf);
  }

  resolve(request: RequestId, as: 'ok' | 'failed'): Promise<ResolveAnswer> {
    return this.#act(RESOLVE, [request, as, this.#clock()]);
  }

  async enter(request: RequestId, currency: string, amount: number): Promise<ResolveAnswer> {
    checkAmount(request, amount);
    return this.#act(ENTER, [request, currency, amount, this.#clock()]);
  }

  async reset(counter: string): Promise<boolean> {
    return booleanOf(onlyRow(await this.#database.run(RESET, [counter, this.#clock()])), 'answer');
  }

  async #act(text: string, values: readonly unknown[]): Promise<ResolveAnswer> {
    const row = onlyRow(await this.#database.run(text, values));
    return oneOf<ResolveAnswer>(row, 'answer', ['done', 'unknown', 'wrong_state']);
  }

  async #answerRow(text: string, values: readonly unknown[], repeatable: 'again' | 'once'): Promise<Row> {
    return rowOf(onlyRow(await this.#database.run(text, values, repeatable))['answer']);
  }

  async #lapse(): Promise<void> {
    await this.#doubt([null, null, null, true]);
  }

  /** In parts: each holds the locks of all it moves. */
  async #doubt(whose: readonly unknown[]): Promise<readonly RequestId[]> {
    const all: RequestId[] = [];
    for (;;) {
      const row = await this.#answerRow(DOUBT, [...whose, DOUBT_BATCH, this.#clock()], 'once');
      all.push(...requestIds(row['moved']));
      if (!booleanOf(row, 'more')) return all;
    }
  }

  /** Nobody waits for it and nobody hears of its failure: what is left is swept the next time. */
  #sweep(): void {
    if (performance.now() < this.#sweepAtMs) return;
    this.#sweepAtMs = performance.now() + SWEEP_MS;
    this.#database.run(SWEEP, [KEPT_MS, SWEEP_ROWS, this.#clock()]).catch(() => undefined);
  }
}

function requestIds(value: unknown): readonly RequestId[] {
  if (!Array.isArray(value)) throw damaged('moved');
  return value.map((request: unknown) => {
    if (typeof request !== 'string') throw damaged('moved');
    return brandAs<RequestId>(request);
  });
}

function conflict(request: RequestId, state: string): StateError {
  return new StateError('conflict', `nothing can be reserved: request ${request} is ${state}`);
}
