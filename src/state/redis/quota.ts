import { brandAs, type RequestId } from '../../core/ids.ts';
import { StateError } from '../port.ts';
import {
  type CounterState,
  type HeldRequest,
  type QuotaAnswer,
  type QuotaAsk,
  type QuotaOwner,
  type QuotaRefusal,
  type QuotaStore,
  type QuotaUse,
  type QuotaWindow,
  type ResolveAnswer,
  type Settlement,
  slotAt,
  type Standing,
} from '../quota.ts';
import { checkAmount, checkAsk } from '../quota-checks.ts';
import type { Connection } from './connection.ts';
import type { Reply } from './dial.ts';
import * as scripts from './quota-scripts.ts';
import { counterText, ownerText, readCounter, readOwner, readRequest, requestText } from './quota-words.ts';
import { batchesOf, countOf, countOrNullOf, listOf, oneOf, textOf, textsOf } from './replies.ts';
import { RESERVE } from './reserve-script.ts';
import type { Script } from './script.ts';

const STATES = ['reserved', 'in-doubt', 'unbounded'] as const;
const ANSWERS = ['held', 'refused', 'window_passed', 'clock_back', 'conflict'] as const;
const WORDS_OF_A_REFUSAL = 7;
const WORDS_OF_A_USE = 4;
const WORDS_OF_A_STANDING = 4;
/** So many values are read at a time, to hold up nobody else's call. */
const BATCH = 200;

/** Quota in Redis. The clock is the server's; what a counter has seen keeps it from running backwards. */
export class RedisQuota implements QuotaStore {
  readonly #connection: Connection;
  readonly #clock: (() => number) | undefined;

  constructor(connection: Connection, clock: (() => number) | undefined) {
    this.#connection = connection;
    this.#clock = clock;
  }

  async reserve(ask: QuotaAsk): Promise<QuotaAnswer> {
    checkAsk(ask);
    const { request, owner, leaseMs, uses } = ask;
    const words = [request, requestText(ask), ownerText(owner), String(leaseMs), ...uses.flatMap(useWords)];
    return answerOf(request, await this.#run(RESERVE, ...words));
  }

  async settle({ request, outcome, forwardedMs }: Settlement): Promise<boolean> {
    const forwarded = forwardedMs === null ? '' : String(forwardedMs);
    return countOf(await this.#run(scripts.SETTLE, request, outcome, forwarded), 'a settlement') === 1;
  }

  async abandon(owner: QuotaOwner): Promise<readonly RequestId[]> {
    const moved = textsOf(await this.#run(scripts.ABANDON, ownerText(owner)), 'reservations');
    return moved.map((request) => brandAs<RequestId>(request));
  }

  async nowMs(): Promise<number> {
    return countOf(await this.#run(scripts.NOW), 'the clock');
  }

  async owners(): Promise<readonly QuotaOwner[]> {
    return textsOf(await this.#run(scripts.OWNERS), 'processes').map(readOwner);
  }

  async requests(): Promise<readonly HeldRequest[]> {
    await this.#lapse();
    const names = textsOf(await this.#run(scripts.REQUESTS), 'reservations');
    return (await this.#named(scripts.REQUESTS_NAMED, names)).map(requestOf);
  }

  async counters(): Promise<readonly CounterState[]> {
    await this.#lapse();
    const names = textsOf(await this.#run(scripts.COUNTERS), 'counters');
    return (await this.#named(scripts.COUNTERS_NAMED, names)).map(counterOf).sort(inOrder);
  }

  async resolve(request: RequestId, as: 'ok' | 'failed'): Promise<ResolveAnswer> {
    return resolvedOf(await this.#run(scripts.RESOLVE, request, as));
  }

  async enter(request: RequestId, currency: string, amount: number): Promise<ResolveAnswer> {
    checkAmount(request, amount);
    return resolvedOf(await this.#run(scripts.ENTER, request, currency, String(amount)));
  }

  async reset(counter: string): Promise<boolean> {
    return countOf(await this.#run(scripts.RESET, counter), 'a counter') === 1;
  }

  #run(script: Script, ...words: readonly string[]): Promise<Reply> {
    return this.#connection.run(script, this.#clock === undefined ? '' : String(this.#clock()), ...words);
  }

  /** What ends in between is left out; what begins in between may be. */
  async #named(script: Script, names: readonly string[]): Promise<readonly (readonly Reply[])[]> {
    const found: (readonly Reply[])[] = [];
    for (const batch of batchesOf(names, BATCH)) {
      const reply = listOf(await this.#run(script, ...batch), 'quota');
      found.push(...reply.map((one) => listOf(one, 'quota')));
    }
    return found;
  }

  async #lapse(): Promise<void> {
    while (countOf(await this.#run(scripts.LAPSE), 'reservations') > 0);
  }
}

function useWords({ counter, amount, cap, over, closes }: QuotaUse): readonly string[] {
  const flag = (value: boolean): string => (value ? '1' : '0');
  const [kind, first, second] = boundsOf(counter.window);
  const window = [kind, String(first), String(second)];
  const flags = [flag(over === 'admit'), flag(closes), flag(counter.keyed)];
  return [counter.id, String(amount), String(cap), ...flags, ...window, counterText(counter)];
}

/** A calendar window by its bounds, a rolling one by its span and the length of a slot. */
function boundsOf(window: QuotaWindow): readonly ['c' | 'r', number, number] {
  if (window.is === 'calendar') return ['c', window.startMs, window.endMs];
  return ['r', window.spanMs, slotAt(window, 0).endMs - window.spanMs];
}

function answerOf(request: RequestId, reply: Reply): QuotaAnswer {
  const what = `request ${request}`;
  const [is, first, ...rest] = listOf(reply, what);
  const answer = oneOf(is, ANSWERS, what);
  switch (answer) {
    case 'conflict':
      throw new StateError('conflict', `nothing can be reserved: request ${request} is ${textOf(first, what)}`);
    case 'clock_back':
      return { is: answer, nowMs: countOf(first, what), behindMs: countOf(rest[0], what) };
    case 'refused':
      return {
        is: answer,
        nowMs: countOf(first, what),
        refusals: [...batchesOf(rest, WORDS_OF_A_REFUSAL)].map((words) => refusalOf(words, what)),
      };
    case 'held':
      return {
        is: answer,
        nowMs: countOf(first, what),
        standings: [...batchesOf(rest, WORDS_OF_A_STANDING)].map((words) => standingOf(words, what)),
      };
    case 'window_passed':
      return { is: answer, nowMs: countOf(first, what) };
  }
}

function refusalOf([use, why, used, reserved, inDoubt, closed, resets]: readonly Reply[], what: string): QuotaRefusal {
  return {
    use: countOf(use, what),
    why: oneOf(why, ['over', 'closed', 'too_large'] as const, what),
    standing: standingOf([used, reserved, inDoubt, closed], what),
    resetsMs: countOrNullOf(resets, what),
  };
}

function standingOf([used, reserved, inDoubt, closed]: readonly (Reply | undefined)[], what: string): Standing {
  return {
    used: countOf(used, what),
    reserved: countOf(reserved, what),
    inDoubt: countOf(inDoubt, what),
    closed: countOf(closed, what),
  };
}

function requestOf([id, about, owner, state, at, ...uses]: readonly Reply[]): HeldRequest {
  const request = textOf(id, 'a reservation');
  const what = `request ${request}`;
  return {
    request: brandAs<RequestId>(request),
    ...readRequest(textOf(about, what), what),
    owner: readOwner(textOf(owner, what)),
    state: oneOf(state, STATES, what),
    atMs: countOf(at, what),
    uses: [...batchesOf(uses, WORDS_OF_A_USE)]
      .map(([counter, words, amount, closes]) => ({
        counter: readCounter(textOf(counter, what), textOf(words, what)),
        amount: countOf(amount, what),
        closes: closes === '1',
      }))
      .sort((a, b) => byText(a.counter.id, b.counter.id)),
  };
}

function counterOf([id, about, cap, used, reserved, inDoubt, closed, resets]: readonly Reply[]): CounterState {
  const counter = textOf(id, 'a counter');
  const what = `counter ${counter}`;
  return {
    counter: readCounter(counter, textOf(about, what)),
    cap: countOf(cap, what),
    used: countOf(used, what),
    reserved: countOf(reserved, what),
    inDoubt: countOf(inDoubt, what),
    closed: countOf(closed, what),
    resetsMs: countOrNullOf(resets, what),
  };
}

function resolvedOf(reply: Reply): ResolveAnswer {
  return oneOf(reply, ['done', 'unknown', 'wrong_state'] as const, 'a reservation');
}

/** The order that every driver lists counters in. */
function inOrder({ counter: a }: CounterState, { counter: b }: CounterState): number {
  return byText(a.rule, b.rule) || byText(a.subject, b.subject) || byText(a.unit, b.unit) || byText(a.id, b.id);
}

function byText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
