/** Counters and reservations, as texts for the server and as values out of its rows. */
import { brandAs, type GrantName, type PolicyName, type RequestId, type ToolName } from '../../core/ids.ts';
import type {
  CounterState,
  HeldRequest,
  HeldUse,
  QuotaAnswer,
  QuotaCounter,
  QuotaOwner,
  QuotaRefusal,
  QuotaUse,
  QuotaWindow,
  Standing,
} from '../quota.ts';
import { readWindow, windowText } from '../window-text.ts';
import {
  booleanOf,
  damaged,
  integerOf,
  integerOrNullOf,
  oneOf,
  type Row,
  rowsOf,
  textOf,
  textOrNullOf,
} from './rows.ts';
import { checkText } from './text.ts';

/** The uses of an ask, in the order that refusals count them. */
export function usesText(uses: readonly QuotaUse[]): string {
  return JSON.stringify(uses.map(useMembers), (_member, value: unknown) => {
    checkText(value);
    return value;
  });
}

function useMembers({ counter, amount, cap, over, closes }: QuotaUse): object {
  const { id, policy, rule, scope, subject, unit, keyed, window } = counter;
  return {
    ...{ counter: id, policy, rule, scope, subject, unit, keyed, amount, cap, closes, admit: over === 'admit' },
    window_text: windowText(window),
    ...(window.is === 'calendar' ? { start_ms: window.startMs, end_ms: window.endMs } : { span_ms: window.spanMs }),
  };
}

/** What `countersign_reserve` answered, unless that is a conflict. */
export function answerOf(row: Row): QuotaAnswer {
  const nowMs = integerOf(row, 'nowMs');
  const is = oneOf(row, 'is', ['held', 'refused', 'window_passed', 'clock_back']);
  switch (is) {
    case 'refused':
      return { is, nowMs, refusals: rowsOf(row['refusals']).map(refusalOf) };
    case 'clock_back':
      return { is, nowMs, behindMs: integerOf(row, 'behindMs') };
    case 'held':
      return { is, nowMs, standings: rowsOf(row['standings']).map(standingOf) };
    case 'window_passed':
      return { is, nowMs };
  }
}

function refusalOf(row: Row): QuotaRefusal {
  return {
    use: integerOf(row, 'use'),
    why: oneOf(row, 'why', ['over', 'closed', 'too_large']),
    standing: standingOf(row),
    resetsMs: integerOrNullOf(row, 'resetsMs'),
  };
}

function standingOf(row: Row): Standing {
  return {
    used: integerOf(row, 'used'),
    reserved: integerOf(row, 'reserved'),
    inDoubt: integerOf(row, 'inDoubt'),
    closed: integerOf(row, 'closed'),
  };
}

export function stateOf(row: Row): CounterState {
  return {
    ...standingOf(row),
    counter: counterOf(row),
    cap: integerOf(row, 'cap'),
    resetsMs: integerOrNullOf(row, 'resetsMs'),
  };
}

export function requestIdOf(row: Row): RequestId {
  return brandAs<RequestId>(textOf(row, 'request'));
}

export function requestOf(row: Row): HeldRequest {
  return {
    request: requestIdOf(row),
    grant: brandAs<GrantName>(textOf(row, 'grant_name')),
    principal: textOf(row, 'principal'),
    tool: brandAs<ToolName>(textOf(row, 'tool')),
    owner: ownerOf(row),
    state: oneOf(row, 'state', ['reserved', 'in-doubt', 'unbounded']),
    atMs: integerOf(row, 'at_ms'),
    uses: rowsOf(row['uses']).map(useOf),
  };
}

export function ownerOf(row: Row): QuotaOwner {
  return { host: textOf(row, 'host'), pid: integerOf(row, 'pid'), processStart: textOf(row, 'process_start') };
}

function useOf(row: Row): HeldUse {
  return { counter: counterOf(row), amount: integerOf(row, 'amount'), closes: booleanOf(row, 'closes') };
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
    keyed: booleanOf(row, 'keyed'),
    window: windowOf(row),
  };
}

function windowOf(row: Row): QuotaWindow {
  const window = readWindow(textOf(row, 'window_text'));
  if (window === undefined) throw damaged('window_text');
  return window;
}
