/** The tables of quota, as rows in and values out. Everything here runs inside a step of the connection. */
import { brandAs, type GrantName, type PolicyName, type RequestId, type ToolName } from '../../core/ids.ts';
import type {
  HeldRequest,
  QuotaAsk,
  QuotaCounter,
  QuotaOwner,
  QuotaUse,
  QuotaWindow,
  Slot,
  Standing,
} from '../quota.ts';
import { readWindow, windowText } from '../window-text.ts';
import type { StatementSyncInstance } from '@photostructure/sqlite';
import type { PutOff } from './batch.ts';
import type { Connection } from './connection.ts';
import { type PlacedUse, readUses, usesText } from './placed-uses.ts';
import { asRow, asRows, damaged, integerOf, integerOrNullOf, oneOf, type Row, textOf, textOrNullOf } from './rows.ts';

/** Everything that a reservation has to know of a counter, in one look. */
const LOOK = `SELECT coalesce(sum(used), 0), coalesce(sum(reserved), 0), coalesce(sum(in_doubt), 0), coalesce(sum(closed), 0),
  (SELECT seen_ms FROM quota_counters WHERE counter = ?1), EXISTS (SELECT 1 FROM quota_requests WHERE request = ?3)
  FROM quota_slots WHERE counter = ?1 AND end_ms > ?2`;
const STANDING = `SELECT coalesce(sum(used), 0) AS used, coalesce(sum(reserved), 0) AS reserved,
  coalesce(sum(in_doubt), 0) AS in_doubt, coalesce(sum(closed), 0) AS closed,
  min(CASE WHEN end_ms < 9007199254740991 AND used + reserved + in_doubt + closed > 0 THEN end_ms END) AS resets_ms
  FROM quota_slots WHERE counter = ? AND end_ms > ?`;
const SEEN = 'SELECT seen_ms FROM quota_counters WHERE counter = ?';
const SEE = `INSERT INTO quota_counters (counter, policy, rule, scope, subject, unit, keyed, window, cap, seen_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (counter) DO UPDATE SET window = excluded.window, cap = excluded.cap, seen_ms = excluded.seen_ms`;
const SEE_KNOWN = 'UPDATE quota_counters SET seen_ms = ?, cap = ?, window = ? WHERE counter = ?';
const HOLDS_NOTHING = 'reserved = 0 AND in_doubt = 0 AND closed = 0';
const FORGET_SLOTS = `DELETE FROM quota_slots WHERE counter = ? AND end_ms <= ? AND ${HOLDS_NOTHING}`;
/** A counter that a reservation names stays: nothing else says what it is. */
const FORGET_COUNTERS = `DELETE FROM quota_counters WHERE keyed = 1 AND seen_ms < ?
  AND NOT EXISTS (SELECT 1 FROM quota_slots WHERE quota_slots.counter = quota_counters.counter)
  AND NOT EXISTS (SELECT 1 FROM quota_requests WHERE instr(quota_requests.uses, quota_counters.counter) > 0)`;
/** The slot of uses that are not forwarded yet has no end, and is only left empty when they are. */
const FORGET_ALL_SLOTS = `DELETE FROM quota_slots WHERE ${HOLDS_NOTHING} AND (end_ms <= ?1 OR (slot = -1 AND used = 0)
  OR end_ms <= (SELECT seen_ms FROM quota_counters c WHERE c.counter = quota_slots.counter))`;
const ADD = `INSERT INTO quota_slots (counter, slot, end_ms, used, reserved, in_doubt, closed) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (counter, slot) DO UPDATE SET used = used + excluded.used, reserved = reserved + excluded.reserved,
    in_doubt = in_doubt + excluded.in_doubt, closed = closed + excluded.closed`;
const HOLD = `INSERT INTO quota_slots (counter, slot, end_ms, reserved) VALUES (?, ?, ?, ?)
  ON CONFLICT (counter, slot) DO UPDATE SET reserved = reserved + excluded.reserved`;
const USE = `INSERT INTO quota_slots (counter, slot, end_ms, used) VALUES (?, ?, ?, ?)
  ON CONFLICT (counter, slot) DO UPDATE SET used = used + excluded.used`;
const SPEND = 'UPDATE quota_slots SET used = used + ?1, reserved = reserved - ?1 WHERE counter = ?2 AND slot = ?3';
const LET_GO = 'UPDATE quota_slots SET reserved = reserved - ? WHERE counter = ? AND slot = ?';
const TAKE = `UPDATE quota_slots SET reserved = reserved - ?, in_doubt = in_doubt - ?, closed = closed - ?
  WHERE counter = ? AND slot = ?`;
const EMPTY = `DELETE FROM quota_slots WHERE counter = ? AND slot = ? AND used = 0 AND ${HOLDS_NOTHING}`;
const FIND = 'SELECT * FROM quota_requests WHERE request = ?';
const INSERT = `INSERT INTO quota_requests (request, grant_name, principal, tool, host, pid, process_start, state, at_ms,
  lease_end_ms, uses, closes) VALUES (?, ?, ?, ?, ?, ?, ?, 'reserved', ?, ?, ?, ?)`;
const MARK = 'UPDATE quota_requests SET state = ?, uses = ? WHERE request = ?';
const DROP = 'DELETE FROM quota_requests WHERE request = ?';
const DROP_OWN = `DELETE FROM quota_requests WHERE request = ? AND state = 'reserved' AND closes = 0 AND uses = ?`;
const OWNED = `SELECT request FROM quota_requests WHERE state = 'reserved' AND host = ? AND pid = ? AND process_start = ?`;
const LAPSED = `SELECT request FROM quota_requests WHERE state = 'reserved' AND lease_end_ms <= ?`;
const OWNERS = `SELECT DISTINCT host, pid, process_start FROM quota_requests WHERE state = 'reserved'`;
const REQUESTS = 'SELECT * FROM quota_requests ORDER BY at_ms, request';
const COUNTER = 'SELECT * FROM quota_counters WHERE counter = ?';
const COUNTERS = `SELECT * FROM quota_counters c WHERE EXISTS (SELECT 1 FROM quota_slots s WHERE s.counter = c.counter
  AND s.end_ms > ? AND s.used + s.reserved + s.in_doubt + s.closed > 0) ORDER BY rule, subject, unit, counter`;
const RESET = 'UPDATE quota_slots SET used = 0 WHERE counter = ?';
const EMPTY_ALL = `DELETE FROM quota_slots WHERE counter = ? AND used = 0 AND ${HOLDS_NOTHING}`;
const SEE_AGAIN = 'UPDATE quota_counters SET seen_ms = ? WHERE counter = ?';

const NOTHING: Standing = { used: 0, reserved: 0, inDoubt: 0, closed: 0 };

/** A reservation that is not over. */
export interface RequestRow extends HeldRequest {
  readonly leaseEndMs: number;
  readonly uses: readonly PlacedUse[];
}

/** What a counter stands at, and when that changes by itself. */
interface Found extends Standing {
  readonly resetsMs: number | null;
}

/** A counter as somebody finds it who wants to reserve under it. */
export interface Look extends Standing {
  /** The latest instant that it has seen; null for a new one. */
  readonly seenMs: number | null;
  /** True if the request has a row already. */
  readonly isKnown: boolean;
}

/** More than a gateway has calls under way. */
const MOST_OWN = 4096;

/** Uses that happened, of one counter, from one slot to another. */
interface Spent {
  readonly counter: string;
  readonly slot: number;
  readonly to: Slot;
  /** At most what was reserved under the counter, which every sum bounds. */
  amount: number;
}

export class QuotaTables implements PutOff {
  readonly #connection: Connection;
  /** What was noted last. */
  #noted = { id: '', cap: 0, text: '' };
  #spent: Spent[] = [];
  /** What this connection reserved last, so that it need not read it back; the rows are what counts. */
  readonly #own = new Map<RequestId, { readonly uses: readonly PlacedUse[]; readonly text: string }>();
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  standing(counter: string, nowMs: number): Found {
    return foundOf(asRow(this.#slots(STANDING).get(counter, nowMs)) ?? {});
  }

  /** The counter, as of an instant, for a request that wants to reserve under it. */
  look(counter: string, nowMs: number, request: RequestId): Look {
    const row: unknown = this.#slots(LOOK, 'array').get(counter, nowMs, request);
    const [used, reserved, inDoubt, closed, seenMs, known] = Array.isArray(row) ? (row as readonly unknown[]) : [];
    if (!isCount(used) || !isCount(reserved) || !isCount(inDoubt) || !isCount(closed)) throw damaged('a counter');
    if (seenMs !== null && !isCount(seenMs)) throw damaged('seen_ms');
    return { used, reserved, inDoubt, closed, seenMs, isKnown: known === 1 };
  }

  /** The latest instant that a counter has seen; 0 for a new one. */
  seenMs(counter: string): number {
    const row = asRow(this.#connection.statement(SEEN).get(counter));
    return row === undefined ? 0 : integerOf(row, 'seen_ms');
  }

  /** Notes a counter and its instant. */
  see({ counter, cap }: QuotaUse, nowMs: number): void {
    const { id, policy, rule, scope, subject, unit, keyed, window } = counter;
    const words = [policy, rule, scope, subject, unit, Number(keyed), windowText(window)] as const;
    this.#connection.statement(SEE).run(id, ...words, cap, nowMs);
  }

  /** Notes the instant of a counter that has been noted before, at `seenMs`. */
  seeKnown({ counter, cap }: QuotaUse, seenMs: number, nowMs: number): void {
    const text = windowText(counter.window);
    const last = this.#noted;
    // Calls of one batch come in the same instant.
    if (seenMs === nowMs && last.id === counter.id && last.cap === cap && last.text === text) return;
    this.#connection.statement(SEE_KNOWN).run(nowMs, cap, text, counter.id);
    this.#noted = { id: counter.id, cap, text };
  }

  /** Forgets the windows of a counter that have ended. */
  forgetEnded(counter: string, nowMs: number): void {
    this.#slots(FORGET_SLOTS).run(counter, nowMs);
  }

  /**
   * Forgets windows that had ended when their counter was last asked about, and whatever is older than `beforeMs`. The
   * clock by itself ends nothing: it may have leapt ahead, and be put right again.
   */
  forget(beforeMs: number): void {
    this.#slots(FORGET_ALL_SLOTS).run(beforeMs);
    this.#slots(FORGET_COUNTERS).run(beforeMs);
  }

  add(counter: string, { slot, endMs }: Slot, by: Partial<Standing>): void {
    const { used, reserved, inDoubt, closed } = { ...NOTHING, ...by };
    this.#slots(ADD).run(counter, slot, endMs, used, reserved, inDoubt, closed);
  }

  /** A slot that holds something is kept after its end, so a late end of a use credits no later window. */
  take(counter: string, slot: number, by: Partial<Standing>): void {
    const { reserved, inDoubt, closed } = { ...NOTHING, ...by };
    this.#slots(TAKE).run(reserved, inDoubt, closed, counter, slot);
    this.#slots(EMPTY).run(counter, slot);
  }

  /** Reserves where a use stands until it is forwarded. */
  hold(counter: string, { slot, endMs }: Slot, amount: number): void {
    this.#slots(HOLD).run(counter, slot, endMs, amount);
  }

  /** A reserved use happened: it counts where it was forwarded. Written at the end of the transaction, or before a look. */
  spend({ counter, slot, amount }: PlacedUse, to: Slot): void {
    const last = this.#spent.at(-1);
    // The calls of a batch are often of one counter, in one window.
    if (last?.counter === counter.id && last.slot === slot && last.to.slot === to.slot) last.amount += amount;
    else this.#spent.push({ counter: counter.id, slot, to, amount });
  }

  /** Writes what `spend` put off. */
  readonly flush = (): void => {
    const spent = this.#spent;
    if (spent.length === 0) return;
    this.#spent = [];
    for (const { counter, slot, to, amount } of spent) {
      if (to.slot === slot) {
        this.#connection.statement(SPEND).run(amount, counter, slot);
        continue;
      }
      this.#connection.statement(USE).run(counter, to.slot, to.endMs, amount);
      // The slot of what is not forwarded yet is needed again soon, and swept if it is not.
      this.#connection.statement(LET_GO).run(amount, counter, slot);
    }
  };

  readonly discard = (): void => {
    this.#spent = [];
  };

  /** A statement that reads or writes slots: it finds them as they are. */
  #slots(sql: string, rows?: 'array'): StatementSyncInstance {
    this.flush();
    return this.#connection.statement(sql, rows);
  }

  find(request: RequestId): RequestRow | undefined {
    const row = asRow(this.#connection.statement(FIND).get(request));
    return row === undefined ? undefined : this.#requestOf(row);
  }

  /**
   * Drops a reservation that this connection wrote, that stands as it was written and none of whose uses closes a window,
   * and answers those; undefined for any other, which is as it was.
   */
  dropOwn(request: RequestId): readonly PlacedUse[] | undefined {
    const own = this.#own.get(request);
    if (own === undefined) return undefined;
    this.#own.delete(request);
    return this.#connection.statement(DROP_OWN).run(request, own.text).changes === 1 ? own.uses : undefined;
  }

  insert(
    { request, grant, principal, tool, owner, leaseMs }: QuotaAsk,
    uses: readonly PlacedUse[],
    nowMs: number,
  ): void {
    const { host, pid, processStart } = owner;
    const leaseEndMs = Math.min(nowMs + leaseMs, Number.MAX_SAFE_INTEGER);
    const words = [request, grant, principal, tool, host, pid, processStart, nowMs, leaseEndMs] as const;
    const closes = uses.some((use) => use.closes);
    const text = usesText(uses);
    this.#connection.statement(INSERT).run(...words, text, Number(closes));
    this.#own.set(request, { uses, text });
    if (this.#own.size > MOST_OWN)
      for (const oldest of [...this.#own.keys()].slice(0, MOST_OWN / 2)) this.#own.delete(oldest);
  }

  mark(request: RequestId, state: HeldRequest['state'], uses: readonly PlacedUse[]): void {
    this.#connection.statement(MARK).run(state, usesText(uses), request);
  }

  drop(request: RequestId): void {
    this.#connection.statement(DROP).run(request);
  }

  ownedBy({ host, pid, processStart }: QuotaOwner): readonly RequestId[] {
    return requestsOf(this.#connection.statement(OWNED).all(host, pid, processStart));
  }

  lapsed(nowMs: number): readonly RequestId[] {
    return requestsOf(this.#connection.statement(LAPSED).all(nowMs));
  }

  owners(): readonly QuotaOwner[] {
    return asRows(this.#connection.statement(OWNERS).all()).map(ownerOf);
  }

  requests(): readonly RequestRow[] {
    return asRows(this.#connection.statement(REQUESTS).all()).map((row) => this.#requestOf(row));
  }

  /** The counters with a slot that has not ended, and the caps they were last asked with. */
  counters(nowMs: number): readonly { readonly counter: QuotaCounter; readonly cap: number }[] {
    const rows = asRows(this.#slots(COUNTERS).all(nowMs));
    return rows.map((row) => ({ counter: counterOf(row), cap: integerOf(row, 'cap') }));
  }

  #requestOf(row: Row): RequestRow {
    const uses = readUses(textOf(row, 'uses'), (id) => this.#counterOf(id));
    return { ...requestOf(row), uses };
  }

  #counterOf(id: string): QuotaCounter {
    const row = asRow(this.#connection.statement(COUNTER).get(id));
    if (row === undefined) throw damaged('uses');
    return counterOf(row);
  }

  /** Also what a clock that had leapt ahead left behind. */
  reset(counter: string, nowMs: number): void {
    this.#slots(RESET).run(counter);
    this.#slots(EMPTY_ALL).run(counter);
    this.#connection.statement(SEE_AGAIN).run(nowMs, counter);
  }
}

function requestsOf(rows: unknown): readonly RequestId[] {
  return asRows(rows).map((row) => brandAs<RequestId>(textOf(row, 'request')));
}

function ownerOf(row: Row): QuotaOwner {
  return { host: textOf(row, 'host'), pid: integerOf(row, 'pid'), processStart: textOf(row, 'process_start') };
}

function requestOf(row: Row): Omit<RequestRow, 'uses'> {
  return {
    request: brandAs<RequestId>(textOf(row, 'request')),
    grant: brandAs<GrantName>(textOf(row, 'grant_name')),
    principal: textOf(row, 'principal'),
    tool: brandAs<ToolName>(textOf(row, 'tool')),
    owner: ownerOf(row),
    state: oneOf(row, 'state', ['reserved', 'in-doubt', 'unbounded']),
    atMs: integerOf(row, 'at_ms'),
    leaseEndMs: integerOf(row, 'lease_end_ms'),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

function foundOf(row: Row): Found {
  return {
    used: integerOf(row, 'used'),
    reserved: integerOf(row, 'reserved'),
    inDoubt: integerOf(row, 'in_doubt'),
    closed: integerOf(row, 'closed'),
    resetsMs: integerOrNullOf(row, 'resets_ms'),
  };
}

function counterOf(row: Row): QuotaCounter {
  const policy = textOrNullOf(row, 'policy');
  return {
    id: textOf(row, 'counter'),
    policy: policy === null ? null : brandAs<PolicyName>(policy),
    rule: textOf(row, 'rule'),
    scope: oneOf(row, 'scope', ['grant', 'principal', 'policy', 'upstream', 'global']),
    subject: textOf(row, 'subject'),
    unit: textOf(row, 'unit'),
    keyed: integerOf(row, 'keyed') === 1,
    window: windowOf(row),
  };
}

function windowOf(row: Row): QuotaWindow {
  const window = readWindow(textOf(row, 'window'));
  if (window === undefined) throw damaged('window');
  return window;
}
