/** The pure engine: words, money, facts and the decision. It imports nothing outside this folder. */
export { approvalPlan, unmetNeeds } from './approval.ts';
export type { ApprovalCause, ApprovalDefaults, ApprovalPlan, LimitAsks, SignatureNeed, Signer } from './approval.ts';
export { canonicalJson, canonicalPlain, CanonicalError } from './canonical.ts';
export { isTimezone } from './clock.ts';
export { compile } from './compile.ts';
export type { Applicable, CompiledPolicy, Placed } from './compile.ts';
export { evaluate } from './condition.ts';
export type { CountedUnit, Counter, KeyFaultCode } from './counter.ts';
export { isoExponent, NO_OVERRIDES, parseCurrency, providerExponent } from './currencies.ts';
export type { ExponentTable } from './currencies.ts';
export { decide, visible } from './decide.ts';
export type { DecideOptions } from './decide.ts';
export type { Decision, Obligation, Source, TraceEntry, Truth } from './decision.ts';
export type { AmountForm, AmountSpec, AmountUnit, CatalogueEntry, Multiplier, ToolEntries } from './entry.ts';
export { explain, nameOf } from './explain.ts';
export { extractFacts, unknownFacts } from './extract.ts';
export type { Reading } from './extract.ts';
export type { CallFacts, Classification, Fact, FactName, MoneyFacts } from './facts.ts';
export { brandAs, splitToolName, toolName } from './ids.ts';
export type {
  ApprovalId,
  Branded,
  GrantName,
  OperatorName,
  PolicyHash,
  PolicyName,
  RequestId,
  RuleId,
  SecretName,
  ToolName,
  UpstreamName,
} from './ids.ts';
export { fromPlain, isArray, isObject, JsonNumber, stringify, typeOf } from './json.ts';
export type { Json, JsonObject, JsonType } from './json.ts';
export { directionOf, isKind, KINDS } from './kinds.ts';
export type { Direction, Kind } from './kinds.ts';
export { isBlank, lookup } from './lookup.ts';
export type { Found, Place } from './lookup.ts';
export { formatMoneyBound, parseMoney, parseMoneyBound } from './money-bound.ts';
export type { MoneyFault, MoneyFaultCode, Parsed } from './money-fault.ts';
export { formatMoney, isAmount, moneyFromUnits, parseMajor, parseMinor } from './money.ts';
export type { Money, MoneyBound } from './money.ts';
export { formatPath, parsePath } from './path.ts';
export type { ParsedPath } from './path.ts';
export type {
  ApprovalNeed,
  Bound,
  Condition,
  FactRef,
  Limit,
  LoadedPolicy,
  Operator,
  Path,
  PathStep,
  Pattern,
  Policy,
  Rule,
  Selector,
  Window,
} from './policy.ts';
export { reservationsOf } from './reservation.ts';
export type { LimitFault, LimitFaultCode, ReservationRequest, Reservations } from './reservation.ts';
export { selects } from './select.ts';
export type { Effect, Subject } from './select.ts';
export { isToken, tokenFrom, TokenError } from './token.ts';
export { windowAt } from './windows.ts';
export type { CalendarWindow, LimitWindow } from './windows.ts';
