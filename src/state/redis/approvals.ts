import { brandAs, type ApprovalId, type ToolName } from '../../core/ids.ts';
import type {
  ApprovalEnd,
  ApprovalEntry,
  ApprovalMark,
  ApprovalOutcome,
  ApprovalStore,
  NewApproval,
  OpenAnswer,
} from '../approvals.ts';
import { StateError } from '../port.ts';
import type { QuotaOwner } from '../quota.ts';
import * as scripts from './approval-scripts.ts';
import type { Connection } from './connection.ts';
import type { Reply } from './dial.ts';
import { damaged } from './errors.ts';
import { ownerText, readOwner } from './quota-words.ts';
import { batchesOf, countOf, fieldsOf, listOf, oneOf, textOf, textsOf } from './replies.ts';
import type { Script } from './script.ts';
import { grantText, readGrant } from './tokens.ts';

const STATES = ['open', 'claimed', 'executed', 'rejected', 'expired', 'lapsed', 'void'] as const;
const OUTCOMES = ['ok', 'failed', 'in-doubt'] as const;
const ANSWERS = ['opened', 'joined', 'rejected', 'full', 'taken'] as const;
/** A request may hold megabytes: so many are read at a time. */
const BATCH = 8;
const MARK_BATCH = 200;

/** Requests for approval in Redis. The clock is the server's. */
export class RedisApprovals implements ApprovalStore {
  readonly #connection: Connection;
  readonly #clock: (() => number) | undefined;

  constructor(connection: Connection, clock: (() => number) | undefined) {
    this.#connection = connection;
    this.#clock = clock;
  }

  async open(request: NewApproval, pending: number): Promise<OpenAnswer> {
    const { id, grant, match, expiresMs, tool, hash, createdMs, sealed } = request;
    const fields = Object.entries({ tool, hash, created: String(createdMs), sealed }).flat();
    const words = [id, match, grantText(grant), String(expiresMs), String(pending), ...fields];
    const what = `approval ${id}`;
    const [is, about] = listOf(await this.#run(scripts.OPEN, ...words), what);
    const answer = oneOf(is, ANSWERS, what);
    switch (answer) {
      case 'opened':
        return { is: answer };
      case 'full':
        return { is: answer, open: countOf(about, what) };
      case 'joined':
      case 'rejected':
        return { is: answer, entry: entryOf(about) };
      case 'taken':
        throw new StateError('conflict', `there is a request for approval \`${id}\` already`);
    }
  }

  async find(id: ApprovalId): Promise<ApprovalEntry | undefined> {
    return foundOf(await this.#run(scripts.FIND, id));
  }

  async list(): Promise<readonly ApprovalEntry[]> {
    const entries: ApprovalEntry[] = [];
    for (const batch of batchesOf(textsOf(await this.#run(scripts.IDS), 'approvals'), BATCH))
      entries.push(...listOf(await this.#run(scripts.NAMED, ...batch), 'approvals').map(entryOf));
    return entries;
  }

  async mark(id: ApprovalId): Promise<ApprovalMark | undefined> {
    const [mark] = listOf(await this.#run(scripts.MARKS, id), 'an approval');
    return mark === undefined ? undefined : markOf(mark);
  }

  async marks(): Promise<readonly ApprovalMark[]> {
    const marks: ApprovalMark[] = [];
    for (const batch of batchesOf(textsOf(await this.#run(scripts.IDS), 'approvals'), MARK_BATCH))
      marks.push(...listOf(await this.#run(scripts.MARKS, ...batch), 'approvals').map(markOf));
    return marks;
  }

  async standing(match: string): Promise<ApprovalEntry | undefined> {
    return foundOf(await this.#run(scripts.STANDING, match));
  }

  async addVerdict(id: ApprovalId, verdict: string, isApproved: boolean): Promise<boolean> {
    return this.#did(scripts.ADD_VERDICT, id, verdict, isApproved ? '1' : '0');
  }

  async claim(id: ApprovalId, by: QuotaOwner): Promise<boolean> {
    return this.#did(scripts.CLAIM, id, ownerText(by));
  }

  async end(id: ApprovalId, state: ApprovalEnd, outcome: ApprovalOutcome | null): Promise<boolean> {
    return this.#did(scripts.END, id, state, outcome ?? '');
  }

  async #did(script: Script, ...words: readonly string[]): Promise<boolean> {
    return countOf(await this.#run(script, ...words), 'an approval') === 1;
  }

  #run(script: Script, ...words: readonly string[]): Promise<Reply> {
    return this.#connection.run(script, this.#clock === undefined ? '' : String(this.#clock()), ...words);
  }
}

function foundOf(reply: Reply): ApprovalEntry | undefined {
  return listOf(reply, 'an approval').length === 0 ? undefined : entryOf(reply);
}

function entryOf(reply: Reply | undefined): ApprovalEntry {
  const [id, words, verdicts] = listOf(reply, 'an approval');
  const what = `approval ${textOf(id, 'an approval')}`;
  const fields = fieldsOf(words, what);
  return {
    ...partsOf(textOf(id, what), fields, what),
    tool: brandAs<ToolName>(textOf(fields.get('tool'), what)),
    match: textOf(fields.get('match'), what),
    hash: textOf(fields.get('hash'), what),
    createdMs: countOf(fields.get('created'), what),
    sealed: fields.get('sealed') ?? null,
    verdicts: textsOf(verdicts, what),
  };
}

function markOf(reply: Reply): ApprovalMark {
  const [id, words, verdictCount] = listOf(reply, 'an approval');
  const what = `approval ${textOf(id, 'an approval')}`;
  return { ...partsOf(textOf(id, what), fieldsOf(words, what), what), verdictCount: countOf(verdictCount, what) };
}

/** What marks and entries have in common. */
function partsOf(id: string, fields: ReadonlyMap<string, string>, what: string): Omit<ApprovalMark, 'verdictCount'> {
  const grant = readGrant(fields.get('grant') ?? '', what);
  if (grant === null) throw damaged(what);
  const [outcome, ended, claimed] = [fields.get('outcome'), fields.get('ended'), fields.get('claimed')];
  return {
    id: brandAs<ApprovalId>(id),
    grant,
    expiresMs: countOf(fields.get('expires'), what),
    state: oneOf(fields.get('state'), STATES, what),
    outcome: outcome === undefined ? null : oneOf(outcome, OUTCOMES, what),
    endedMs: ended === undefined ? null : countOf(ended, what),
    isApproved: fields.get('approved') === '1',
    claimedBy: claimed === undefined ? null : readOwner(claimed),
  };
}
