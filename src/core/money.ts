/**
 * Exact money: an integer of minor units with a currency. No float ever holds an amount, and nothing is compared or
 * added across currencies.
 */

/** An amount in the smallest unit of its currency (cents for USD, yen for JPY). */
export interface Money {
  /** Three upper-case letters, ISO 4217. */
  readonly currency: string;
  readonly minor: bigint;
}

/** A ceiling or a floor per currency: `"500 USD"` or `{ "USD": "10000", "EUR": "9000" }`. */
export type MoneyBound = ReadonlyMap<string, bigint>;
