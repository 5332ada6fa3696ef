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
import { StateError } from '../port.ts';
import type { QuotaOwner } from '../quota.ts';
import { type Database, onlyRow } from './database.ts';
import {
  booleanOf,
  damaged,
  integerOf,
  integerOrNullOf,
  oneOf,
  type Row,
  rowOf,
  textOf,
  textOrNullOf,
} from './rows.ts';

const ENTRY = `SELECT a.*, (SELECT coalesce(jsonb_agg(v.verdict ORDER BY v.number), '[]')
  FROM countersign_verdicts AS v WHERE v.id = a.id) AS verdicts FROM countersign_approvals AS a`;
const MARK = `SELECT a.id, a.grant_name, a.expires_ms, a.state, a.outcome, a.ended_ms, a.claimed_by, a.approved,
  (SELECT count(*) FROM countersign_verdicts AS v WHERE v.id = a.id) AS verdict_count FROM countersign_approvals AS a`;
const IS_OVER = `SELECT EXISTS (SELECT 1 FROM countersign_approvals
  WHERE state = 'open' AND expires_ms <= countersign_clock($1::bigint)) AS answer`;
const EXPIRE = 'SELECT countersign_expire($1)';
const NAMED = 'WHERE a.id = $1';
const LISTED = `WHERE a.ended_ms IS NULL OR a.ended_ms > countersign_clock($1::bigint) - ${REPEAT_MS} ORDER BY a.number`;
const FIND = `${ENTRY} ${NAMED}`;
const LIST = `${ENTRY} ${LISTED}`;
const FIND_MARK = `${MARK} ${NAMED}`;
const MARKS = `${MARK} ${LISTED}`;
const STANDING = `${ENTRY} WHERE a.id = countersign_standing($1, countersign_clock($2::bigint), ${REPEAT_MS})`;
const OPEN = `SELECT countersign_open($1, $2, $3, $4, $5, $6, $7, $8, $9, ${REPEAT_MS}, $10) AS answer`;
const ADD_VERDICT = 'SELECT countersign_add_verdict($1, $2, $3, $4) AS answer';
const CLAIM = 'SELECT countersign_claim($1, $2, $3) AS answer';
const END = 'SELECT countersign_end_approval($1, $2, $3, $4) AS answer';

const STATES = ['open', 'claimed', 'executed', 'rejected', 'expired', 'lapsed', 'void'] as const;
const OUTCOMES = ['ok', 'failed', 'in-doubt'] as const;
const ANSWERS = ['opened', 'joined', 'rejected', 'full', 'taken'] as const;

/** Requests for approval in PostgreSQL. The clock is the server's. */
export class PostgresApprovals implements ApprovalStore {
  readonly #database: Database;
  readonly #clock: () => number | null;

  /** With a clock that answers null, time is the server's. */
  constructor(database: Database, clock: () => number | null) {
    this.#database = database;
    this.#clock = clock;
  }

  async open(request: NewApproval, pending: number): Promise<OpenAnswer> {
    const { id, grant, tool, match, hash, createdMs, expiresMs, sealed } = request;
    const values = [id, grant, tool, match, hash, createdMs, expiresMs, sealed, pending, this.#clock()];
    const answer = rowOf(onlyRow(await this.#database.run(OPEN, values))['answer']);
    const is = oneOf(answer, 'is', ANSWERS);
    switch (is) {
      case 'opened':
        return { is };
      case 'full':
        return { is, open: integerOf(answer, 'open') };
      case 'joined':
      case 'rejected': {
        const { rows } = await this.#database.run(FIND, [textOf(answer, 'id')], 'again');
        // Somebody may have ended it in between; it is never removed so soon.
        return { is, entry: entryOf(onlyRow({ rows, changes: 0 })) };
      }
      case 'taken':
        throw new StateError('conflict', `there is a request for approval \`${id}\` already`);
    }
  }

  async find(id: ApprovalId): Promise<ApprovalEntry | undefined> {
    return (await this.#read(FIND, [id], entryOf))[0];
  }

  list(): Promise<readonly ApprovalEntry[]> {
    return this.#read(LIST, [this.#clock()], entryOf);
  }

  async mark(id: ApprovalId): Promise<ApprovalMark | undefined> {
    return (await this.#read(FIND_MARK, [id], markOf))[0];
  }

  marks(): Promise<readonly ApprovalMark[]> {
    return this.#read(MARKS, [this.#clock()], markOf);
  }

  async standing(match: string): Promise<ApprovalEntry | undefined> {
    return (await this.#read(STANDING, [match, this.#clock()], entryOf))[0];
  }

  addVerdict(id: ApprovalId, verdict: string, isApproved: boolean): Promise<boolean> {
    return this.#did(ADD_VERDICT, [id, verdict, isApproved, this.#clock()]);
  }

  /** Sent once: after a cut connection nobody knows whether it was handed out, and it must not be twice. */
  claim(id: ApprovalId, by: QuotaOwner): Promise<boolean> {
    return this.#did(CLAIM, [id, ownerText(by), this.#clock()]);
  }

  end(id: ApprovalId, state: ApprovalEnd, outcome: ApprovalOutcome | null): Promise<boolean> {
    return this.#did(END, [id, state, outcome, this.#clock()]);
  }

  async #did(text: string, values: readonly unknown[]): Promise<boolean> {
    return booleanOf(onlyRow(await this.#database.run(text, values)), 'answer');
  }

  /** Whoever waits asks often: only where a request is over is anything written. */
  async #read<T>(text: string, values: readonly unknown[], readRow: (row: Row) => T): Promise<readonly T[]> {
    if (booleanOf(onlyRow(await this.#database.run(IS_OVER, [this.#clock()], 'again')), 'answer'))
      await this.#database.run(EXPIRE, [this.#clock()], 'again');
    return (await this.#database.run(text, values, 'again')).rows.map(readRow);
  }
}

function entryOf(row: Row): ApprovalEntry {
  return {
    ...partsOf(row),
    tool: brandAs<ToolName>(textOf(row, 'tool')),
    match: textOf(row, 'match'),
    hash: textOf(row, 'hash'),
    createdMs: integerOf(row, 'created_ms'),
    sealed: textOrNullOf(row, 'sealed'),
    verdicts: verdictsOf(row['verdicts']),
  };
}

function markOf(row: Row): ApprovalMark {
  return { ...partsOf(row), verdictCount: integerOf(row, 'verdict_count') };
}

/** What marks and entries have in common. */
function partsOf(row: Row): Omit<ApprovalMark, 'verdictCount'> {
  const claimer = textOrNullOf(row, 'claimed_by');
  const claimedBy = claimer === null ? null : readOwner(claimer);
  if (claimedBy === undefined) throw damaged('claimed_by');
  return {
    id: brandAs<ApprovalId>(textOf(row, 'id')),
    grant: brandAs<GrantName>(textOf(row, 'grant_name')),
    expiresMs: integerOf(row, 'expires_ms'),
    state: oneOf(row, 'state', STATES),
    outcome: row['outcome'] === null ? null : oneOf(row, 'outcome', OUTCOMES),
    endedMs: integerOrNullOf(row, 'ended_ms'),
    isApproved: booleanOf(row, 'approved'),
    claimedBy,
  };
}

function verdictsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw damaged('verdicts');
  return value.map((verdict: unknown) => {
    if (typeof verdict !== 'string') throw damaged('verdicts');
    return verdict;
  });
}
