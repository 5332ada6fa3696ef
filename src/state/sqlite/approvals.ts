import { brandAs, type ApprovalId, type GrantName, type ToolName } from '../../core/ids.ts';
import {
  type ApprovalEnd,
  type ApprovalEntry,
  type ApprovalMark,
  type ApprovalOutcome,
  type ApprovalStore,
  type NewApproval,
  type OpenAnswer,
  REPEAT_MS,
} from '../approvals.ts';
import { ownerText, readOwner } from '../owner-text.ts';
import type { QuotaOwner } from '../quota.ts';
import type { Batch } from './batch.ts';
import type { Connection } from './connection.ts';
import { asRow, asRows, damaged, integerOf, integerOrNullOf, oneOf, type Row, textOf, textOrNullOf } from './rows.ts';

const COLUMNS =
  'id, grant_name, tool, match, hash, created_ms, expires_ms, state, outcome, ended_ms, claimed_by, approved';
const ENTRY = `${COLUMNS}, (SELECT sealed FROM approval_texts WHERE approval_texts.id = approvals.id) AS sealed`;
const MARK = `id, grant_name, expires_ms, state, outcome, ended_ms, claimed_by, approved,
  (SELECT count(*) FROM verdicts WHERE verdicts.id = approvals.id) AS verdict_count`;
const EXPIRE = `UPDATE approvals SET state = CASE approved WHEN 1 THEN 'lapsed' ELSE 'expired' END, ended_ms = expires_ms
  WHERE state = 'open' AND expires_ms <= ?`;
const INSERT = `INSERT INTO approvals (${COLUMNS}, number)
  VALUES (?, ?, ?, ?, ?, ?, ?, 'open', NULL, NULL, NULL, 0, (SELECT coalesce(max(number), 0) + 1 FROM approvals))`;
const KEEP_TEXT = 'INSERT INTO approval_texts (id, sealed) VALUES (?, ?)';
const FIND = `SELECT ${ENTRY} FROM approvals WHERE id = ?`;
const LISTED = 'FROM approvals WHERE ended_ms IS NULL OR ended_ms > ? ORDER BY number';
const LIST = `SELECT ${ENTRY} ${LISTED}`;
const FIND_MARK = `SELECT ${MARK} FROM approvals WHERE id = ?`;
const MARKS = `SELECT ${MARK} ${LISTED}`;
const OPEN_OF_GRANT = `SELECT count(*) AS n FROM approvals WHERE grant_name = ? AND state = 'open'`;
const STANDING = `SELECT ${ENTRY} FROM approvals WHERE match = ?1 AND (state IN ('open', 'claimed')
  OR (state = 'rejected' AND expires_ms > ?2) OR (state = 'executed' AND ended_ms > ?3)) ORDER BY number DESC LIMIT 1`;
const RECENT = `SELECT 1 AS found FROM approvals WHERE grant_name = ?1
  AND (ended_ms IS NULL OR ended_ms > ?3 OR (state = 'rejected' AND expires_ms > ?2)) LIMIT 1`;
const IS_OVER = `SELECT 1 AS found FROM approvals WHERE state = 'open' AND expires_ms <= ? LIMIT 1`;
const FORGOTTEN = 'ended_ms <= ?1 AND expires_ms <= ?2';
const FORGET_VERDICTS = `DELETE FROM verdicts WHERE id IN (SELECT id FROM approvals WHERE ${FORGOTTEN})`;
const FORGET = `DELETE FROM approvals WHERE ${FORGOTTEN}`;
const CLAIM = `UPDATE approvals SET state = 'claimed', claimed_by = ? WHERE id = ? AND state = 'open'`;
const END = `UPDATE approvals SET state = ?1, outcome = ?2, ended_ms = ?3
  WHERE id = ?4 AND (state = 'open' OR (state = 'claimed' AND ?1 <> 'rejected'))`;
const VERDICTS = 'SELECT verdict FROM verdicts WHERE id = ? ORDER BY number';
const APPROVE = 'UPDATE approvals SET approved = 1 WHERE id = ?';
const ADD_VERDICT = `INSERT INTO verdicts (id, number, verdict)
  SELECT ?1, (SELECT coalesce(max(number), 0) + 1 FROM verdicts WHERE id = ?1), ?2
  WHERE EXISTS (SELECT 1 FROM approvals WHERE id = ?1 AND state = 'open')`;

/** Requests for approval in SQLite. */
export class SqliteApprovals implements ApprovalStore {
  readonly #connection: Connection;
  readonly #batch: Batch;
  readonly #clock: () => number;

  constructor(connection: Connection, batch: Batch, clock: () => number) {
    this.#connection = connection;
    this.#batch = batch;
    this.#clock = clock;
  }

  open(request: NewApproval, pending: number): Promise<OpenAnswer> {
    return this.#batch.run(() => {
      this.#expire();
      this.#forget();
      const standing = this.#standing(request.match);
      if (standing?.state === 'open' || standing?.state === 'claimed') return { is: 'joined', entry: standing };
      if (standing?.state === 'rejected') return { is: 'rejected', entry: standing };
      const open = this.#openOf(request.grant);
      if (open >= pending) return { is: 'full', open };
      const { id, grant, tool, match, hash, createdMs, expiresMs, sealed } = request;
      this.#connection.statement(INSERT).run(id, grant, tool, match, hash, createdMs, expiresMs);
      this.#connection.statement(KEEP_TEXT).run(id, sealed);
      return { is: 'opened' };
    }, true);
  }

  find(id: ApprovalId): Promise<ApprovalEntry | undefined> {
    return this.#read(() => {
      const row = asRow(this.#connection.statement(FIND).get(id));
      return row === undefined ? undefined : this.#entryOf(row);
    });
  }

  list(): Promise<readonly ApprovalEntry[]> {
    return this.#read(() => {
      const since = this.#clock() - REPEAT_MS;
      return asRows(this.#connection.statement(LIST).all(since)).map((row) => this.#entryOf(row));
    });
  }

  mark(id: ApprovalId): Promise<ApprovalMark | undefined> {
    return this.#read(() => {
      const row = asRow(this.#connection.statement(FIND_MARK).get(id));
      return row === undefined ? undefined : markOf(row);
    });
  }

  marks(): Promise<readonly ApprovalMark[]> {
    return this.#read(() => {
      const since = this.#clock() - REPEAT_MS;
      return asRows(this.#connection.statement(MARKS).all(since)).map(markOf);
    });
  }

  standing(match: string): Promise<ApprovalEntry | undefined> {
    return this.#read(() => this.#standing(match));
  }

  /** Whoever waits asks often: only where a request is over does it take the lock that ends it. */
  async #read<T>(step: () => T): Promise<T> {
    const isOver = await this.#connection.read(
      () => this.#connection.statement(IS_OVER).get(this.#clock()) !== undefined,
    );
    if (isOver) await this.#batch.run(() => this.#expire(), false);
    return this.#connection.read(step);
  }

  #forget(): void {
    const nowMs = this.#clock();
    this.#connection.statement(FORGET_VERDICTS).run(nowMs - REPEAT_MS, nowMs);
    this.#connection.statement(FORGET).run(nowMs - REPEAT_MS, nowMs);
  }

  addVerdict(id: ApprovalId, verdict: string, isApproved: boolean): Promise<boolean> {
    return this.#batch.run(() => {
      this.#expire();
      const isAdded = this.#connection.statement(ADD_VERDICT).run(id, verdict).changes > 0;
      if (isAdded && isApproved) this.#connection.statement(APPROVE).run(id);
      return isAdded;
    }, true);
  }

  claim(id: ApprovalId, by: QuotaOwner): Promise<boolean> {
    return this.#batch.run(() => {
      this.#expire();
      return this.#connection.statement(CLAIM).run(ownerText(by), id).changes > 0;
    }, true);
  }

  end(id: ApprovalId, state: ApprovalEnd, outcome: ApprovalOutcome | null): Promise<boolean> {
    return this.#batch.run(() => {
      this.#expire();
      return this.#connection.statement(END).run(state, outcome, this.#clock(), id).changes > 0;
    }, true);
  }

  /** Inside a step of the connection: whether the grant has anything that a call must be compared with. */
  hasRecentNow(grant: GrantName): boolean {
    const nowMs = this.#clock();
    return this.#connection.statement(RECENT).get(grant, nowMs, nowMs - REPEAT_MS) !== undefined;
  }

  #expire(): void {
    this.#connection.statement(EXPIRE).run(this.#clock());
  }

  #standing(match: string): ApprovalEntry | undefined {
    const nowMs = this.#clock();
    const row = asRow(this.#connection.statement(STANDING).get(match, nowMs, nowMs - REPEAT_MS));
    return row === undefined ? undefined : this.#entryOf(row);
  }

  #openOf(grant: GrantName): number {
    return integerOf(asRow(this.#connection.statement(OPEN_OF_GRANT).get(grant)) ?? {}, 'n');
  }

  #entryOf(row: Row): ApprovalEntry {
    const verdicts = asRows(this.#connection.statement(VERDICTS).all(textOf(row, 'id'))).map((one) =>
      textOf(one, 'verdict'),
    );
    return {
      ...partsOf(row),
      tool: brandAs<ToolName>(textOf(row, 'tool')),
      match: textOf(row, 'match'),
      hash: textOf(row, 'hash'),
      createdMs: integerOf(row, 'created_ms'),
      sealed: textOrNullOf(row, 'sealed'),
      verdicts,
    };
  }
}

function markOf(row: Row): ApprovalMark {
  return { ...partsOf(row), verdictCount: integerOf(row, 'verdict_count') };
}

/** What marks and entries have in common. */
function partsOf(row: Row): Omit<ApprovalMark, 'verdictCount'> {
  return {
    id: brandAs<ApprovalId>(textOf(row, 'id')),
    grant: brandAs<GrantName>(textOf(row, 'grant_name')),
    expiresMs: integerOf(row, 'expires_ms'),
    state: oneOf(row, 'state', STATES),
    outcome: row['outcome'] === null ? null : oneOf<ApprovalOutcome>(row, 'outcome', ['ok', 'failed', 'in-doubt']),
    endedMs: integerOrNullOf(row, 'ended_ms'),
    isApproved: integerOf(row, 'approved') === 1,
    claimedBy: claimerOf(textOrNullOf(row, 'claimed_by')),
  };
}

const STATES = ['open', 'claimed', 'executed', 'rejected', 'expired', 'lapsed', 'void'] as const;

function claimerOf(text: string | null): QuotaOwner | null {
  if (text === null) return null;
  const owner = readOwner(text);
  if (owner === undefined) throw damaged('claimed_by');
  return owner;
}
