/** The tables of quota, as rows in and values out. Everything here runs inside a step of the connection. */
import { brandAs, type GrantName, type PolicyName, type RequestId, type ToolName } from '../../core/ids.ts';
import type {
  HeldRequest,
  HeldUse,
  QuotaAsk,
  QuotaCounter,
  QuotaOwner,
  QuotaUse,
  QuotaWindow,
  Slot,
  Standing,
} from '../quota.ts';
import { readWindow, windowText } from '../window-text.ts';
import type { Connection } from './connection.ts';
import { asRow, asRows, damaged, integerOf, integerOrNullOf, oneOf, type Row, textOf, textOrNullOf } from './rows.ts';

const STANDING = `SELECT coalesce(sum(used), 0) AS used, coalesce(sum(reserved), 0) AS reserved,
  coalesce(sum(in_doubt), 0) AS in_doubt, coalesce(sum(closed), 0) AS closed,
  min(CASE WHEN end_ms < 9007199254740991 THEN end_ms END) AS resets_ms
  FROM quota_slots WHERE counter = ? AND end_ms > ?`;
const SEEN = 'SELECT seen_ms FROM quota_counters WHERE counter = ?';
const SEE = `INSERT INTO quota_counters (counter, policy, rule, scope, subject, unit, keyed, window, cap, seen_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (counter) DO UPDATE SET window = excluded.window, cap = excluded.cap, seen_ms = excluded.seen_ms`;
const HOLDS_NOTHING = 'reserved = 0 AND in_doubt = 0 AND closed = 0';
const FORGET_SLOTS = `DELETE FROM quota_slots WHERE counter = ? AND end_ms <= ? AND ${HOLDS_NOTHING}`;
const FORGET_COUNTERS = `DELETE FROM quota_counters WHERE keyed = 1 AND seen_ms < ?
  AND NOT EXISTS (SELECT 1 FROM quota_slots WHERE quota_slots.counter = quota_counters.counter)
  AND NOT EXISTS (SELECT 1 FROM quota_uses WHERE quota_uses.counter = quota_counters.counter)`;
const FORGET_ALL_SLOTS = `DELETE FROM quota_slots WHERE ${HOLDS_NOTHING} AND (end_ms <= ?1
  OR end_ms <= (SELECT seen_ms FROM quota_counters c WHERE c.counter = quota_slots.counter))`;
const ADD = `INSERT INTO quota_slots (counter, slot, end_ms, used, reserved, in_doubt, closed) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (counter, slot) DO UPDATE SET used = used + excluded.used, reserved = reserved + excluded.reserved,
    in_doubt = in_doubt + excluded.in_doubt, closed = closed + excluded.closed`;
const TAKE = `UPDATE quota_slots SET reserved = reserved - ?, in_doubt = in_doubt - ?, closed = closed - ?
  WHERE counter = ? AND slot = ?`;
const EMPTY = `DELETE FROM quota_slots WHERE counter = ? AND slot = ? AND used = 0 AND ${HOLDS_NOTHING}`;
const FIND = 'SELECT * FROM quota_requests WHERE request = ?';
const INSERT = `INSERT INTO quota_requests (request, grant_name, principal, tool, host, pid, process_start, state, at_ms, lease_end_ms)
  VALUES (?, ?, ?, ?, ?, ?, ?, 'reserved', ?, ?)`;
const MARK = 'UPDATE quota_requests SET state = ? WHERE request = ?';
const DROP = 'DELETE FROM quota_requests WHERE request = ?';
const INSERT_USE = `INSERT INTO quota_uses (request, counter, slot, end_ms, amount, closes, window) VALUES (?, ?, ?, ?, ?, ?, ?)`;
const MOVE_USE = 'UPDATE quota_uses SET slot = ?, end_ms = ? WHERE request = ? AND counter = ?';
const DROP_USES = 'DELETE FROM quota_uses WHERE request = ?';
const USES = `SELECT u.counter AS counter, u.slot AS slot, u.end_ms AS end_ms, u.amount AS amount, u.closes AS closes,
  u.window AS window, c.policy AS policy, c.rule AS rule, c.scope AS scope, c.subject AS subject, c.unit AS unit,
  c.keyed AS keyed FROM quota_uses u JOIN quota_counters c ON c.counter = u.counter WHERE u.request = ? ORDER BY u.counter`;
const OWNED = `SELECT request FROM quota_requests WHERE state = 'reserved' AND host = ? AND pid = ? AND process_start = ?`;
const LAPSED = `SELECT request FROM quota_requests WHERE state = 'reserved' AND lease_end_ms <= ?`;
const OWNERS = `SELECT DISTINCT host, pid, process_start FROM quota_requests WHERE state = 'reserved'`;
const REQUESTS = 'SELECT * FROM quota_requests ORDER BY at_ms, request';
const COUNTERS = `SELECT * FROM quota_counters c WHERE EXISTS
  (SELECT 1 FROM quota_slots s WHERE s.counter = c.counter AND s.end_ms > ?) ORDER BY rule, subject, unit, counter`;
const RESET = 'UPDATE quota_slots SET used = 0 WHERE counter = ?';
const EMPTY_ALL = `DELETE FROM quota_slots WHERE counter = ? AND used = 0 AND ${HOLDS_NOTHING}`;
const SEE_AGAIN = 'UPDATE quota_counters SET seen_ms = ? WHERE counter = ?';

const NOTHING: Standing = { used: 0, reserved: 0, inDoubt: 0, closed: 0 };

/** A use of a reservation with the slot that it stands in. */
export interface PlacedUse extends HeldUse, Slot {}

/** A reservation that is not over, without its uses. */
export interface RequestRow extends Omit<HeldRequest, 'uses'> {
  readonly leaseEndMs: number;
}

export class QuotaTables {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  standing(counter: string, nowMs: number): Standing & { readonly resetsMs: number | null } {
    const row = asRow(this.#connection.statement(STANDING).get(counter, nowMs)) ?? {};
    return {
      used: integerOf(row, 'used'),
      reserved: integerOf(row, 'reserved'),
      inDoubt: integerOf(row, 'in_doubt'),
      closed: integerOf(row, 'closed'),
      resetsMs: integerOrNullOf(row, 'resets_ms'),
    };
  }

  /** The latest instant that a counter has seen; 0 for a new one. */
  seenMs(counter: string): number {
    const row = asRow(this.#connection.statement(SEEN).get(counter));
    return row === undefined ? 0 : integerOf(row, 'seen_ms');
  }

  /** Notes a counter and its instant, and forgets the windows that have ended. */
  see({ counter, cap }: QuotaUse, nowMs: number): void {
    const { id, policy, rule, scope, subject, unit, keyed, window } = counter;
    const words = [policy, rule, scope, subject, unit, Number(keyed), windowText(window)] as const;
    this.#connection.statement(SEE).run(id, ...words, cap, nowMs);
    this.#connection.statement(FORGET_SLOTS).run(id, nowMs);
  }

  /**
   * Forgets windows that had ended when their counter was last asked about, and whatever is older than `beforeMs`. The
   * clock by itself ends nothing: it may have leapt ahead, and be put right again.
   */
  forget(beforeMs: number): void {
    this.#connection.statement(FORGET_ALL_SLOTS).run(beforeMs);
    this.#connection.statement(FORGET_COUNTERS).run(beforeMs);
  }

  add(counter: string, { slot, endMs }: Slot, by: Partial<Standing>): void {
    const { used, reserved, inDoubt, closed } = { ...NOTHING, ...by };
    this.#connection.statement(ADD).run(counter, slot, endMs, used, reserved, inDoubt, closed);
  }

  /** A slot that holds something is kept after its end, so a late end of a use credits no later window. */
  take(counter: string, slot: number, by: Partial<Standing>): void {
    const { reserved, inDoubt, closed } = { ...NOTHING, ...by };
    this.#connection.statement(TAKE).run(reserved, inDoubt, closed, counter, slot);
    this.#connection.statement(EMPTY).run(counter, slot);
  }

  find(request: RequestId): RequestRow | undefined {
    const row = asRow(this.#connection.statement(FIND).get(request));
    return row === undefined ? undefined : requestOf(row);
  }

  insert({ request, grant, principal, tool, owner, leaseMs }: QuotaAsk, nowMs: number): void {
    const { host, pid, processStart } = owner;
    const leaseEndMs = Math.min(nowMs + leaseMs, Number.MAX_SAFE_INTEGER);
    this.#connection.statement(INSERT).run(request, grant, principal, tool, host, pid, processStart, nowMs, leaseEndMs);
  }

  insertUse(request: RequestId, { counter, amount, closes }: QuotaUse, { slot, endMs }: Slot): void {
    const window = windowText(counter.window);
    this.#connection.statement(INSERT_USE).run(request, counter.id, slot, endMs, amount, Number(closes), window);
  }

  moveUse(request: RequestId, counter: string, { slot, endMs }: Slot): void {
    this.#connection.statement(MOVE_USE).run(slot, endMs, request, counter);
  }

  uses(request: RequestId): readonly PlacedUse[] {
    return asRows(this.#connection.statement(USES).all(request)).map(useOf);
  }

  mark(request: RequestId, state: HeldRequest['state']): void {
    this.#connection.statement(MARK).run(state, request);
  }

  drop(request: RequestId): void {
    this.#connection.statement(DROP_USES).run(request);
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
    return asRows(this.#connection.statement(REQUESTS).all()).map(requestOf);
  }

  /** The counters with a slot that has not ended, and the caps they were last asked with. */
  counters(nowMs: number): readonly { readonly counter: QuotaCounter; readonly cap: number }[] {
    const rows = asRows(this.#connection.statement(COUNTERS).all(nowMs));
    return rows.map((row) => ({ counter: counterOf(row), cap: integerOf(row, 'cap') }));
  }

  /** Also what a clock that had leapt ahead left behind. */
  reset(counter: string, nowMs: number): void {
    this.#connection.statement(RESET).run(counter);
    this.#connection.statement(EMPTY_ALL).run(counter);
    this.#connection.statement(SEE_AGAIN).run(nowMs, counter);
  }
}

function requestsOf(rows: unknown): readonly RequestId[] {
  return asRows(rows).map((row) => brandAs<RequestId>(textOf(row, 'request')));
}

function ownerOf(row: Row): QuotaOwner {
  return { host: textOf(row, 'host'), pid: integerOf(row, 'pid'), processStart: textOf(row, 'process_start') };
}

function requestOf(row: Row): RequestRow {
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

function useOf(row: Row): PlacedUse {
  return {
    counter: counterOf(row),
    amount: integerOf(row, 'amount'),
    closes: integerOf(row, 'closes') === 1,
    slot: integerOf(row, 'slot'),
    endMs: integerOf(row, 'end_ms'),
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
