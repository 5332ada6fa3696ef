/** When a verdict may be given, and what is asked before it goes to the desk. */
import { NO_OVERRIDES } from '../core/currencies.ts';
import { parseMajor } from '../core/money.ts';
import { movesNothing } from './facts.ts';
import type { RequestContent, ShownRequest } from './port.ts';
import { NOTHING_SEEN, unseenRows } from './seen.ts';
import { isTooSmall, nowMs, SETTLE_MS, SMALLEST } from './state.ts';
import type { Model, OpenRequest, Prompt, Verdict } from './state.ts';

/** The open request as the desk tells it now; undefined if it is not in the snapshot. */
export function liveRequest({ snapshot }: Model, { body }: OpenRequest): ShownRequest | undefined {
  return snapshot?.requests.find(({ id, hash }) => id === body.request.id && hash === body.request.hash);
}

/** The open request: what was read, and how it stands now. */
export function requestAsItStands(model: Model, open: OpenRequest): ShownRequest {
  const { request } = open.body;
  const live = liveRequest(model, open);
  return live === undefined ? request : { ...live, content: live.content ?? request.content };
}

/** How many rows of the open request were not on the screen yet. */
export function unseen(model: Model, { body, layout }: OpenRequest): number {
  return unseenRows(model.seen.get(body.request.hash) ?? NOTHING_SEEN, layout.columns, layout.rows);
}

/** Why this verdict cannot be given now, in words; null if it can. */
export function obstacle(model: Model, verdict: Verdict): string | null {
  const { open } = model;
  if (open === null) return 'open a request first';
  if (isTooSmall(model)) return `needs a terminal of ${SMALLEST.columns}x${SMALLEST.rows}`;
  const ended = endOf(model, open);
  if (ended !== null) return ended;
  if (model.errand !== null) return 'wait for the answer to what was asked before';
  if (model.localMs - model.focusMs < SETTLE_MS) return 'the request was only just opened; look at it first';
  return verdict === 'approve' ? notApprovable(model, open) : null;
}

function endOf(model: Model, open: OpenRequest): string | null {
  const live = liveRequest(model, open);
  if (live === undefined) return 'the request is gone from the queue';
  if (open.isChanged) return 'the request is not what was opened; go back and open it again';
  if (live.state !== 'open') return 'the request does not wait any more';
  return live.expiresMs <= nowMs(model) ? 'the request has expired' : null;
}

function notApprovable(model: Model, open: OpenRequest): string | null {
  if (open.body.fault !== null) return `its arguments cannot be shown (${open.body.fault})`;
  const left = unseen(model, open);
  if (left > 0)
    return `${left === 1 ? '1 line was' : `${left} lines were`} not on the screen yet; scroll down to the end`;
  return null;
}

/** What has to be typed before this is approved; null if nothing has to. */
export function amountToType({ options }: Model, content: RequestContent | null): string | null {
  if (content === null) return 'UNKNOWN';
  const { amount, kind } = content.shown;
  if (amount === null) return movesNothing(kind) ? null : 'UNKNOWN';
  const [number = '', currency = ''] = amount.split(' ');
  if (options.typeAbove === null) return null;
  const [line, money] = [options.typeAbove.get(currency), parseMajor(number, currency, NO_OVERRIDES)];
  return line !== undefined && money.ok && money.value.minor <= line ? null : amount;
}

/** True if `entry` is the amount, exactly; its currency may be left out. */
export function isTyped(entry: string, amount: string): boolean {
  return entry === amount || entry === amount.split(' ')[0];
}

/** What is asked first, or next after `answered`; null if everything was. */
export function nextQuestion(model: Model, verdict: Verdict, answered: Prompt['asks'] | null): Prompt | null {
  const content = model.open?.body.request.content ?? null;
  const mustType = verdict === 'approve' && amountToType(model, content) !== null;
  const needsPassphrase = model.options.passphrase !== 'never' && !model.isUnlocked;
  if (answered === null && mustType) return { asks: 'amount', verdict, entry: '' };
  if (answered === 'passphrase' || answered === 'yes') return null;
  if (needsPassphrase) return { asks: 'passphrase', verdict, entry: '' };
  return answered === 'amount' ? null : { asks: 'yes', verdict, entry: '' };
}
