/**
 * The first lines of a request: what the gateway derived, each in its own line that never moves. Nothing is left blank:
 * what is not known is said to be UNKNOWN.
 */
import { directionOf } from '../core/kinds.ts';
import type { Warning } from './characters.ts';
import { ago, clockTime, span } from './instants.ts';
import type { RequestContent, ShownNeed, ShownRequest } from './port.ts';
import { safeText } from './safe-text.ts';

export interface Fact {
  readonly label: string;
  /** Safe to draw. */
  readonly text: string;
  readonly warnings: readonly Warning[];
  readonly tone: 'strong' | 'plain' | 'alarm' | 'faint';
}

const ERASED = 'erased: the request has ended, or it could not be opened';

/** In this order, always all of them. `fullHash`: all 64 digits. */
export function factsOf(request: ShownRequest, nowMs: number, fullHash: boolean): readonly Fact[] {
  const { content } = request;
  return [
    amount(content),
    currency(content),
    payee(content),
    tool(request),
    grant(request),
    rules(content),
    expires(request, nowMs),
    { label: 'HASH', ...ours(fullHash ? request.hash : shortHash(request.hash)), tone: 'plain' },
    repeat(content),
    signed(request),
  ];
}

/** How many lines `factsOf` takes. */
export const FACT_LINES = 10;

/** Enough of the hash to compare by eye. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 8)} ${hash.slice(8, 16)} …`;
}

function ours(text: string): Pick<Fact, 'text' | 'warnings'> {
  return safeText(text);
}

function amount(content: RequestContent | null): Fact {
  const label = 'AMOUNT';
  if (content === null) return { label, text: ERASED, warnings: [], tone: 'alarm' };
  const { shown } = content;
  if (shown.amount !== null) return { label, ...ours(shown.amount), tone: 'strong' };
  return { label, text: unknownAmount(shown.kind), warnings: [], tone: movesNothing(shown.kind) ? 'plain' : 'alarm' };
}

function unknownAmount(kind: RequestContent['shown']['kind']): string {
  if (kind === 'unclassified') return 'UNKNOWN: UNINSPECTABLE, nobody told this gateway what the tool does';
  if (movesNothing(kind)) return `NONE: \`${kind}\` moves no money`;
  return 'UNKNOWN: it cannot be told from the call; it may be all there is';
}

/** True for a call by which no money moves. */
export function movesNothing(kind: RequestContent['shown']['kind']): boolean {
  return kind !== 'unclassified' && directionOf(kind) === 'none';
}

function currency(content: RequestContent | null): Fact {
  const label = 'CURRENCY';
  const code = content?.shown.currency ?? null;
  if (content === null || code === null) {
    const isNone = content !== null && movesNothing(content.shown.kind);
    return { label, text: isNone ? 'NONE' : 'UNKNOWN', warnings: [], tone: 'plain' };
  }
  const { text, warnings } = safeText(code);
  if (!content.shown.currencyAssumed) return { label, text, warnings, tone: 'strong' };
  return { label, text: `${text} ASSUMED: the call does not say it, the configuration does`, warnings, tone: 'alarm' };
}

function payee(content: RequestContent | null): Fact {
  const label = 'PAYEE';
  const recipient = content?.shown.recipient ?? null;
  if (recipient === null) return { label, text: 'UNKNOWN: not named in the call', warnings: [], tone: 'plain' };
  const { text, warnings } = safeText(recipient, true);
  return { label, text: `"${text}"`, warnings, tone: 'strong' };
}

function tool({ tool: name, content }: ShownRequest): Fact {
  const { text, warnings } = safeText(name);
  const kind = content === null ? '' : ` (${content.shown.kind.replaceAll('_', ' ')})`;
  return { label: 'TOOL', text: text + kind, warnings, tone: 'plain' };
}

function grant({ grant: name, content }: ShownRequest): Fact {
  return { label: 'GRANT', ...ours(content === null ? name : `${name}, for ${content.principal}`), tone: 'plain' };
}

const CAUSES = { rule: '', exceeds: ' (above its cap)', unbounded: ' (cannot be counted)' } as const;

function rules(content: RequestContent | null): Fact {
  const asked = (content?.needs ?? []).flatMap((need) => need.asked);
  const names = asked.map(({ policy, rule, cause }) => `${policy === null ? '' : `${policy}/`}${rule}${CAUSES[cause]}`);
  return { label: 'RULE', ...ours(names.length === 0 ? 'UNKNOWN' : [...new Set(names)].join(', ')), tone: 'plain' };
}

const SOON_MS = 60_000;

function expires({ expiresMs, state }: ShownRequest, nowMs: number): Fact {
  const label = 'EXPIRES';
  const at = clockTime(expiresMs, nowMs);
  const left = expiresMs - nowMs;
  if (state !== 'open')
    return { label, text: `${at}; the request is ${stateWords[state]}`, warnings: [], tone: 'faint' };
  if (left <= 0) return { label, text: `EXPIRED at ${at}`, warnings: [], tone: 'alarm' };
  return { label, text: `in ${span(left)}, at ${at}`, warnings: [], tone: left < SOON_MS ? 'alarm' : 'plain' };
}

/** What each state is called. */
export const stateWords = {
  open: 'waiting',
  claimed: 'being executed',
  executed: 'executed',
  rejected: 'rejected',
  expired: 'expired',
  lapsed: 'lapsed: approved, never executed',
  void: 'void',
} as const satisfies Record<ShownRequest['state'], string>;

const OUTCOMES = { ok: 'which succeeded', failed: 'which failed', 'in-doubt': 'and nobody knows whether it happened' };

function repeat(content: RequestContent | null): Fact {
  const label = 'REPEAT OF';
  if (content === null) return { label, text: 'UNKNOWN', warnings: [], tone: 'plain' };
  if (content.repeatOf === null)
    return { label, text: 'nothing: no such call ran in the last 24 hours', warnings: [], tone: 'faint' };
  const { id, outcome } = content.repeatOf;
  return { label, ...ours(`${id}, ${OUTCOMES[outcome]}`), tone: 'alarm' };
}

function signed({ content, isApproved, state, createdMs }: ShownRequest): Fact {
  const label = 'SIGNED';
  if (content === null) return { label, text: 'UNKNOWN', warnings: [], tone: 'plain' };
  const needs = content.needs.map(needWords).join('; ');
  if (isApproved && state === 'open') return { label, ...ours(`${needs}; approved, not executed`), tone: 'plain' };
  return {
    label,
    ...ours(`${needs === '' ? 'UNKNOWN' : needs}; asked ${clockTime(createdMs, createdMs)}`),
    tone: 'plain',
  };
}

function needWords({ signed: have, count, roles }: ShownNeed): string {
  return `${have} of ${count} ${roles.length === 0 ? 'by any approver' : `by ${roles.join(' or ')}`}`;
}

/** For lists: `3m`. */
export function waited(request: ShownRequest, nowMs: number): string {
  return ago(nowMs - request.createdMs);
}
