/** Why a text is not money, as a closed list. The words never repeat the text: an agent may have written it. */

export type MoneyFaultCode =
  | 'empty'
  | 'sign'
  | 'exponent'
  | 'separator'
  | 'space'
  | 'non_ascii_digit'
  | 'leading_zero'
  | 'too_many_decimals'
  | 'too_large'
  | 'not_a_number'
  | 'malformed_currency'
  | 'unknown_currency'
  | 'duplicate_currency'
  | 'malformed_bound';

export interface MoneyFault {
  readonly code: MoneyFaultCode;
  /** Lower case, no final period; made to stand after `because`. */
  readonly message: string;
}

/** A value, or the reason why there is none. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: MoneyFault };

/** A parsed value. */
export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** A refusal. */
export function refused(code: MoneyFaultCode, message: string): { readonly ok: false; readonly fault: MoneyFault } {
  return { ok: false, fault: { code, message } };
}
