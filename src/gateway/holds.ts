/**
 * What limits hold of a call: reserved in the store, all or none, in the windows of the instant of forwarding. A limit that
 * asks a person is left out while somebody is asked, and counted above its cap once the request that names it is signed.
 */
import type { Obligation, Source } from '../core/decision.ts';
import { type LimitFault, type ReservationRequest, reservationsOf } from '../core/index.ts';
import type { QuotaAnswer, QuotaOwner, QuotaStore, QuotaUse, Standing } from '../state/quota.ts';
import type { AskingLimit, Asked, LimitsAsk, NamedLimit, Unmet } from './parts.ts';
import { figureOf, type LimitFigure } from './quota-figures.ts';
import { closingUses, useOf } from './quota-uses.ts';
import { clockSentence, faultSentence, refusalSentence } from './quota-words.ts';

/** Who holds, and for how long nobody may think that he does not any more. */
export interface Holder {
  readonly owner: QuotaOwner;
  readonly leaseMs: number;
}

/** What becomes of limits that ask a person. */
export type Stage =
  | { readonly is: 'asking' } // they come back as what they ask
  | { readonly is: 'waiting'; readonly asked: readonly NamedLimit[] } // those that are asked about are left out
  | { readonly is: 'signed'; readonly named: readonly NamedLimit[] }; // those that are named are counted above their caps

/** What a call holds in the store. */
export interface Held {
  /** True if no limit counts it after all. */
  readonly isEmpty: boolean;
  /** The store's instant, and the moment before it was asked. */
  readonly nowMs: number;
  readonly askedMs: number;
  /** When the first of its windows ends. */
  readonly endMs: number;
  /** What its limits stand at with it. */
  readonly figures: readonly LimitFigure[];
  forwardedMs: number | null;
}

interface Clocks {
  readonly nowMs: () => number;
  /** Milliseconds that only go forward. */
  readonly elapsedMs: () => number;
}

/** A window may end while it is asked for, and a clock may be wrong once; more is no accident. */
const MAX_TRIES = 4;

export class Holds {
  readonly #quota: QuotaStore;
  readonly #clocks: Clocks;
  /** How far the store's clock is ahead of this machine's, as far as it was seen. */
  #aheadMs = 0;

  constructor(quota: QuotaStore, clocks: Clocks) {
    this.#quota = quota;
    this.#clocks = clocks;
  }

  /** Holds everything or nothing. Throws `StateError`; what was asked for may have taken hold all the same. */
  async hold(
    obligations: readonly Obligation[],
    asked: Asked,
    holder: Holder,
    stage: Stage,
  ): Promise<Held | LimitsAsk | Unmet> {
    let timeMs = this.#clocks.nowMs() + this.#aheadMs;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const { requests, faults } = reservationsOf(obligations, asked.call, timeMs);
      const open = faults.filter((fault) => fault.then.does === 'deny' || !isNamed(stage, fault.source));
      if (open.length > 0) return outOf(open, stage, obligations);
      const uses = usesOf(requests, faults, stage, obligations);
      const askedMs = this.#clocks.elapsedMs();
      if (uses.length === 0) return { ...NOTHING, nowMs: timeMs, askedMs };
      const answer = await this.#ask(
        uses.map(({ use }) => use),
        asked,
        holder,
      );
      this.#aheadMs = answer.nowMs - this.#clocks.nowMs();
      if (answer.is === 'held') return { ...heldOf(uses, answer.standings), nowMs: answer.nowMs, askedMs };
      if (answer.is !== 'window_passed') return refused(uses, answer, stage, obligations);
      timeMs = answer.nowMs;
    }
    return { source: sourceOf(obligations), code: 'limit', message: UNSTEADY };
  }

  #ask(uses: readonly QuotaUse[], asked: Asked, { owner, leaseMs }: Holder): Promise<QuotaAnswer> {
    const { request, call, durable } = asked;
    const of = { request, grant: call.grant.name, principal: call.principal, tool: call.tool };
    return this.#quota.reserve({ ...of, owner, uses, leaseMs, durable });
  }
}

const NOTHING = { isEmpty: true, endMs: Infinity, figures: [], forwardedMs: null } as const;

function heldOf(uses: readonly Placed[], standings: readonly Standing[]): Omit<Held, 'nowMs' | 'askedMs'> {
  const figures = uses.flatMap(({ request }, place) => {
    const standing = standings[place];
    return request === null || standing === undefined ? [] : [figureOf(request, standing)];
  });
  return { isEmpty: false, endMs: firstEnd(uses), figures, forwardedMs: null };
}

/** A use with the limit that asks for it; null for one that only closes a window. */
interface Placed {
  readonly use: QuotaUse;
  readonly request: ReservationRequest | null;
}

function usesOf(
  requests: readonly ReservationRequest[],
  faults: readonly LimitFault[],
  stage: Stage,
  obligations: readonly Obligation[],
): readonly Placed[] {
  const counted = requests.flatMap((request): Placed[] => {
    // A limit that has come to deny since somebody was asked is above no signature.
    if (request.exceed === 'deny' || !isNamed(stage, request.source)) return [{ use: useOf(request), request }];
    return stage.is === 'signed' ? [{ use: { ...useOf(request), over: 'admit' }, request }] : [];
  });
  if (stage.is !== 'signed') return counted;
  const closing = faults.flatMap((fault) => closingUses(fault, obligations));
  return [...counted, ...closing.map((use) => ({ use, request: null }))];
}

function isNamed(stage: Stage, { policy, rule }: NamedLimit): boolean {
  const named = stage.is === 'waiting' ? stage.asked : stage.is === 'signed' ? stage.named : [];
  return named.some((one) => one.rule === rule && one.policy === policy);
}

const UNSTEADY =
  'Denied: the clock of the state store does not stand still long enough to count this call. Tell the operator.';

function firstEnd(uses: readonly Placed[]): number {
  const windows = uses.map(({ use }) => use.counter.window);
  return Math.min(...windows.map((window) => (window.is === 'calendar' ? window.endMs : Infinity)));
}

function sourceOf(obligations: readonly Obligation[]): Source {
  const first = obligations.find(({ type }) => type === 'reserve');
  return first?.source ?? { rule: '(limit)', pointer: '', policy: null, policyHash: null };
}

/** A fault that denies comes before one that asks a person. */
function outOf(faults: readonly LimitFault[], stage: Stage, obligations: readonly Obligation[]): LimitsAsk | Unmet {
  const denying = faults.find(({ then }) => then.does === 'deny');
  if (denying !== undefined)
    return inRuleWords({ source: denying.source, code: 'limit', message: faultSentence(denying) }, obligations);
  const asks = faults.map((fault): AskingLimit => {
    return { source: fault.source, cause: 'unbounded', message: faultSentence(fault) };
  });
  return askOf(asks, stage);
}

function refused(
  uses: readonly Placed[],
  answer: Extract<QuotaAnswer, { is: 'refused' | 'clock_back' }>,
  stage: Stage,
  obligations: readonly Obligation[],
): LimitsAsk | Unmet {
  if (answer.is === 'clock_back') {
    const source = uses[0]?.request?.source ?? sourceOf(obligations);
    return { source, code: 'clock', message: clockSentence(source.rule, answer.behindMs) };
  }
  const over = answer.refusals.flatMap((refusal) => {
    const request = uses[refusal.use]?.request ?? null;
    return request === null ? [] : [{ request, refusal, message: refusalSentence(request, refusal, answer.nowMs) }];
  });
  const denying = over.find(({ request, refusal }) => request.exceed === 'deny' || refusal.why === 'too_large');
  const figures = over.map(({ request, refusal }) => figureOf(request, refusal.standing));
  if (denying !== undefined)
    return inRuleWords(
      { source: denying.request.source, code: 'limit', message: denying.message, figures },
      obligations,
    );
  if (over.length === 0) return { source: sourceOf(obligations), code: 'limit', message: UNCOUNTABLE };
  return askOf(
    over.map(({ request, message }) => ({ source: request.source, cause: 'exceeds', message })),
    stage,
    figures,
  );
}

const UNCOUNTABLE = 'Denied: with this call a sum would be too large to be counted. Tell the operator.';

/** After the signatures nobody is asked again: what they do not name is a denial. */
function askOf(asks: readonly AskingLimit[], stage: Stage, figures: readonly LimitFigure[] = []): LimitsAsk | Unmet {
  const [first] = asks;
  if (stage.is !== 'signed' || first === undefined) return { asks };
  return { source: first.source, code: 'approval', message: first.message, figures };
}

/** What the policy's author wrote for the agent stands behind what the gateway says. */
function inRuleWords(unmet: Unmet, obligations: readonly Obligation[]): Unmet {
  const { rule, policy } = unmet.source;
  const own = obligations.find(({ source }) => source.rule === rule && source.policy === policy);
  if (own?.type !== 'reserve' || own.message === undefined || unmet.code !== 'limit') return unmet;
  return { ...unmet, message: `${unmet.message} ${own.message}` };
}
