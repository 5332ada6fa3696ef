/** `countersign approvals list|show|approve|reject`: what the screen does, for scripts, with the same checks. */
import {
  type ApprovalRequest,
  modeOfRequest,
  needsLeft,
  parseSignedVerdict,
  type RequestNeed,
} from '../../approvals/index.ts';
import { lengthWords } from '../../gateway/quota-words.ts';
import { checkMayAnswer, giveAnswer } from '../approvals/answer.ts';
import {
  accepted,
  type Queue,
  type QueueItem,
  readQueue,
  ruleOf,
  sameId,
  settleEnded,
  stateOf,
} from '../approvals/queue.ts';
import { Installation } from '../compose.ts';
import { openSigner, operatorNamed, type SigningOptions } from '../operators/signer.ts';
import { CommandError, Exit, type ExitCode, print, printJson, printTable, quote, say } from '../report.ts';
import { printable } from '../printable.ts';

interface Options {
  readonly config: string | undefined;
  readonly json?: boolean;
}

/** Lists requests, oldest first. */
export function list(options: Options & { readonly open?: boolean }): Promise<ExitCode> {
  return withQueue(options, (_, { items }) => {
    const shown = options.open === true ? items.filter(({ entry }) => entry.state === 'open') : items;
    if (options.json === true) printJson(shown.map(rowJson));
    else if (shown.length === 0) say('nothing waits for a person');
    else printTable(['ID', 'STATE', 'AMOUNT', 'GRANT', 'TOOL', 'RULE', 'AGE', 'LEFT'], shown.map(row));
    return Promise.resolve(Exit.ok);
  });
}

function row(item: QueueItem): readonly string[] {
  const { entry, request } = item;
  const nowMs = Date.now();
  const left = entry.state === 'open' ? lengthWords(Math.max(0, entry.expiresMs - nowMs)) : '';
  const amount = request === undefined ? '' : (request.shown.amount ?? 'unknown');
  const age = lengthWords(Math.max(0, nowMs - entry.createdMs));
  return [entry.id, stateOf(item), amount, entry.grant, entry.tool, ruleOf(item) ?? '', age, left];
}

function rowJson(item: QueueItem) {
  const { entry, request } = item;
  return {
    ...{ id: entry.id, grant: entry.grant, principal: request?.principal ?? null, tool: entry.tool },
    ...{ amount: request?.shown.amount ?? null, currency: request?.shown.currency ?? null },
    ...{ recipient: request?.shown.recipient ?? null, reason: request?.shown.reason ?? null, rule: ruleOf(item) },
    createdAt: new Date(entry.createdMs).toISOString(),
    expiresAt: new Date(entry.expiresMs).toISOString(),
    ...{ hash: entry.hash, state: stateOf(item), outcome: entry.outcome },
  };
}

/** Shows a request in full. */
export function show(id: string, options: Options): Promise<ExitCode> {
  return withQueue(options, (_, { items }) => {
    const item = found(items, id);
    if (options.json === true) printJson(fullJson(item));
    else for (const line of fullLines(item)) print(printable(line));
    return Promise.resolve(Exit.ok);
  });
}

function fullJson(item: QueueItem) {
  const { request, entry, checks } = item;
  const verdicts = entry.verdicts.map((text, index) => {
    const signed = parseSignedVerdict(text)?.verdict;
    const check = checks[index];
    return {
      ...{
        operator: signed?.operator ?? null,
        verdict: signed?.verdict ?? null,
        fingerprint: signed?.fingerprint ?? null,
      },
      signedAt: signed === undefined ? null : new Date(signed.signedMs).toISOString(),
      counts: check?.ok ?? null,
      why: check === undefined || check.ok ? null : check.why,
    };
  });
  return { ...rowJson(item), request: request ?? null, verdicts };
}

function fullLines(item: QueueItem): readonly string[] {
  const { entry, request } = item;
  const head = [`id         ${entry.id}`, `state      ${stateOf(item)}`];
  if (request === undefined)
    return [...head, `grant      ${entry.grant}`, `tool       ${entry.tool}`, `hash       ${entry.hash}`];
  const { shown, needs, repeatOf } = request;
  const left = needsLeft(needs, accepted(item.checks));
  return [
    ...(repeatOf === null ? [] : [`REPEAT OF  ${repeatOf.id}, ${repeatOf.outcome}`]),
    `amount     ${shown.amount ?? 'UNKNOWN'}${shown.currencyAssumed ? ' (currency ASSUMED)' : ''}`,
    `payee      ${shown.recipient ?? 'not given'}`,
    `tool       ${request.tool} (${shown.kind})`,
    ...keyLines(request),
    `grant      ${request.grant}, for ${request.principal}${request.owner === null ? '' : `, owner ${request.owner}`}`,
    ...needs.flatMap(needLines),
    `expires    ${new Date(entry.expiresMs).toISOString()}`,
    `hash       ${entry.hash}`,
    ...head,
    `still to be signed: ${left.length === 0 ? 'nothing' : left.map(needWords).join('; ')}`,
    'the agent says, as its reason:',
    `  ${shown.reason ?? '(nothing)'}`,
    'arguments, exactly as they will be sent:',
    `  ${request.arguments}`,
    ...verdictLines(item),
  ];
}

/** Nothing where no key shows whether it is live. */
function keyLines(request: ApprovalRequest): readonly string[] {
  const mode = modeOfRequest(request);
  return mode === null ? [] : [`key        ${mode === 'live' ? 'LIVE' : 'test'}`];
}

function needLines({ asked }: RequestNeed): readonly string[] {
  const words = { rule: '', exceeds: ': the cap would be exceeded', unbounded: ': the amount cannot be counted' };
  return asked.map(
    ({ policy, rule, cause }) => `rule       ${rule}${policy === null ? '' : ` of ${policy}`}${words[cause]}`,
  );
}

function needWords({ count, roles }: RequestNeed): string {
  const who = roles.length === 0 ? 'approver' : roles.join(' or ');
  return `${count} ${count === 1 ? 'person' : 'persons'} (${who})`;
}

function verdictLines({ entry, checks }: QueueItem): readonly string[] {
  return entry.verdicts.map((text, index) => {
    const check = checks[index];
    const said = parseSignedVerdict(text)?.verdict;
    const words =
      said === undefined
        ? 'a text that is no verdict'
        : `${said.verdict} by ${said.operator}, ${new Date(said.signedMs).toISOString()}`;
    return `signed     ${words}${check === undefined || check.ok ? '' : `: does not count, ${check.why}`}`;
  });
}

export interface AnswerOptions extends Options, SigningOptions {
  readonly as: string;
  readonly hash?: string;
}

/** Signs an answer. */
export function answer(id: string, verdict: 'approve' | 'reject', options: AnswerOptions): Promise<ExitCode> {
  return withQueue(options, async (installation, queue) => {
    const item = found(queue.items, id);
    const { entry } = item;
    if (options.hash !== undefined && options.hash !== entry.hash)
      throw new CommandError(
        Exit.found,
        `request ${entry.id} has another hash, ${entry.hash}`,
        'look at it again: countersign approvals show',
      );
    const known = await checkMayAnswer(installation, queue, item, options.as, verdict);
    // Nobody is asked for a passphrase before he could read what it is for.
    if (options.json !== true) for (const line of fullLines(item)) quote(line);
    const signer = await openSigner(installation.home, operatorNamed(queue.registry, known.record.name), options);
    try {
      const state = await giveAnswer(installation, queue, item, known, verdict, signer);
      if (options.json === true) printJson({ id: entry.id, verdict, operator: known.record.name, state });
      else say(saidWords(entry.id, state, item));
      return Exit.ok;
    } finally {
      signer.forget();
    }
  });
}

function saidWords(id: string, state: 'requested' | 'approved' | 'rejected', item: QueueItem): string {
  if (state === 'rejected') return `rejected ${id}; the same call is denied until the request expires`;
  if (state === 'approved') return `approved ${id}; it runs as soon as its caller is there`;
  const left = item.request?.needs.map(needWords).join('; ') ?? '';
  return `signed ${id}; it needs ${left} in all`;
}

function found(items: readonly QueueItem[], id: string): QueueItem {
  const item = items.find(({ entry }) => sameId(entry.id, id));
  if (item !== undefined) return item;
  throw new CommandError(
    Exit.usage,
    `there is no request \`${id}\``,
    'countersign approvals list shows those of the last day',
  );
}

async function withQueue(
  { config }: Options,
  work: (installation: Installation, queue: Queue) => Promise<ExitCode>,
): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: config });
  try {
    await settleEnded(installation);
    return await work(installation, await readQueue(installation));
  } finally {
    await installation.close();
  }
}
