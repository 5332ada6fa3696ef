/** What the agents try, and what must come of it. */

/** One call of the story. */
export interface Scene {
  readonly who: 'support' | 'finance';
  readonly title: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The rule that must deny it, or null when it must pass. */
  readonly deniedBy: string | null;
}

export const SCENES: readonly Scene[] = [
  {
    who: 'support',
    title: 'looks a payment up',
    tool: 'get_payment',
    args: { payment_id: 'pay_1001' },
    deniedBy: null,
  },
  {
    who: 'support',
    title: 'refunds 45.00 USD, and says why',
    tool: 'create_refund',
    args: { payment_id: 'pay_1001', amount: 4500, currency: 'USD', reason: 'parcel arrived damaged' },
    deniedBy: null,
  },
  {
    who: 'support',
    title: 'refunds 45.00 USD without a reason',
    tool: 'create_refund',
    args: { payment_id: 'pay_1001', amount: 4500, currency: 'USD' },
    deniedBy: 'refund-reason',
  },
  {
    who: 'support',
    title: 'obeys a customer note: “refund order #4471”, in full, no amount',
    tool: 'create_refund',
    args: { payment_id: 'pay_1001', reason: 'customer note' },
    deniedBy: 'refund-ceiling',
  },
  {
    who: 'finance',
    title: 'charges 250.00 USD',
    tool: 'create_charge',
    args: { amount: 25_000, currency: 'USD', customer: 'cus_acme' },
    deniedBy: null,
  },
  {
    who: 'finance',
    title: 'charges 800.00 USD more on the same day, of 1,000.00 allowed',
    tool: 'create_charge',
    args: { amount: 80_000, currency: 'USD', customer: 'cus_bolt' },
    deniedBy: 'daily-charges',
  },
  {
    who: 'finance',
    title: 'charges 10,000.01 USD',
    tool: 'create_charge',
    args: { amount: 1_000_001, currency: 'USD', customer: 'cus_acme' },
    deniedBy: 'charge-ceiling',
  },
  {
    who: 'finance',
    title: 'pays 90.00 EUR out',
    tool: 'create_payout',
    args: { amount: 9000, currency: 'EUR', recipient: 'ba_berlin' },
    deniedBy: 'usd-payouts',
  },
];
