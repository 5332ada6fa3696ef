/** What a report says of calls and money, as plain JSON. */
import type { MoneyRow } from './money.ts';
import type { Listed, Tallied } from './tally.ts';

export interface CallCounts {
  allowed: number;
  denied: number;
  /** Of the denied: those that were only told to wait for a person. */
  waiting: number;
  ok: number;
  failed: number;
  inDoubt: number;
  /** Allowed, and no outcome was recorded. */
  open: number;
}

/** Calls that may move money and say no amount. */
export interface SilentMoney {
  /** Amounts were not revealed. */
  unrevealed: number;
  unrevealedRefused: number;
  /** Amounts are revealed, and this one could not be told. */
  untold: number;
  untoldRefused: number;
  /** Calls of tools that nobody classified, which may move money. */
  unclassified: number;
}

export interface GrantRow {
  readonly grant: string;
  readonly calls: CallCounts;
  readonly money: readonly MoneyRow[];
  readonly silent: SilentMoney;
}

export interface DayRow {
  /** UTC, `2026-11-22`. */
  readonly day: string;
  readonly allowed: number;
  readonly denied: number;
  /** Of the allowed: the outcome is in doubt or was never recorded. */
  readonly inDoubt: number;
  readonly money: readonly MoneyRow[];
}

export interface RuleRow {
  readonly policy: string | null;
  readonly rule: string;
  denials: number;
}
export interface CodeRow {
  readonly code: string;
  count: number;
}

export interface OpenCall {
  readonly time: string;
  readonly grant: string;
  readonly tool: string;
  readonly request: string;
}

export interface CallsPart {
  readonly total: CallCounts;
  readonly money: readonly MoneyRow[];
  readonly silent: SilentMoney;
  readonly grants: Tallied<GrantRow>;
  readonly days: readonly DayRow[];
  readonly rules: Tallied<RuleRow>;
  readonly codes: Tallied<CodeRow>;
  /** Calls that were allowed and have no outcome. */
  readonly openCalls: Listed<OpenCall>;
  /** Outcomes whose intent is not in the log: its file was pruned, or was changed. */
  readonly strayOutcomes: number;
  /** Calls that were too many to be paired; their outcome is unknown to this report. */
  readonly unpaired: number;
}
