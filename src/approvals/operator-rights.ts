/** Whether an operator may sign a request, apart from whether the signature fits. */
import { parseMoney } from '../core/money-bound.ts';
import type { OperatorRecord } from './operator.ts';
import type { ApprovalRequest, RequestNeed, ShownFacts } from './request.ts';

export type RightsFault =
  | 'not_a_signer' // neither an approver nor of a role that is asked for
  | 'excluded' // the person is accountable for the call
  | 'unknown_amount' // an operator with limits, and nobody knows how much it is
  | 'other_currency' // one for which the operator has no limit
  | 'above_limit';

export interface RightsRefusal {
  readonly code: RightsFault;
  readonly why: string;
}

/** What every approver has, and the only role that signs where none is asked for. */
export const APPROVER = 'approver';

/** One spelling for one name. Two that a reader takes for the same must not count as two persons. */
export function folded(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase().normalize('NFKC');
}

/** The roles that meet a need. */
export function rolesFor({ roles }: Pick<RequestNeed, 'roles'>): readonly string[] {
  return roles.length === 0 ? [APPROVER] : roles;
}

/** Null if the operator may sign about the request at all; that is all a rejection takes. */
export function whyNoSigner({ name, roles }: OperatorRecord, { needs }: ApprovalRequest): RightsRefusal | null {
  const signing = new Set([APPROVER, ...needs.flatMap(rolesFor)]);
  if (roles.some((role) => signing.has(role))) return null;
  return { code: 'not_a_signer', why: `\`${name}\` has none of the roles that sign this request` };
}

/**
 * Null if the operator may approve the request. `accountable` are the persons who stand behind its grant, who cannot
 * approve what their own agent asks for.
 */
export function whyNoApprover(
  operator: OperatorRecord,
  request: ApprovalRequest,
  accountable: readonly string[],
): RightsRefusal | null {
  const { name, person, roles, limits } = operator;
  const asked = new Set(request.needs.flatMap(rolesFor));
  // A signature that meets no need would only look as if it did.
  if (!roles.some((role) => asked.has(role)))
    return {
      code: 'not_a_signer',
      why: `\`${name}\` has none of the roles that are asked for: ${[...asked].join(', ')}`,
    };
  if (accountable.some((other) => folded(other) === folded(person))) {
    return { code: 'excluded', why: `\`${name}\` is a key of the person who is accountable for this call` };
  }
  return limits && whyAbove(limits, name, request.shown);
}

/** The amount is read from what is shown: the person signs what he saw. */
function whyAbove(
  limits: NonNullable<OperatorRecord['limits']>,
  name: string,
  shown: ShownFacts,
): RightsRefusal | null {
  const money = shown.amount === null ? null : parseMoney(shown.amount);
  if (!money?.ok || money.value.currency !== shown.currency) {
    return { code: 'unknown_amount', why: `\`${name}\` has a limit, and the amount is not known` };
  }
  const { currency, minor } = money.value;
  const limit = limits[currency];
  if (limit === undefined) return { code: 'other_currency', why: `\`${name}\` has no limit in ${currency}` };
  if (minor <= BigInt(limit)) return null;
  return { code: 'above_limit', why: `\`${name}\` may not approve ${shown.amount ?? ''}` };
}
