/**
 * What a payment tool does, as a closed list. Each kind has one direction, and the direction is what `money`,
 * `money:out`, `money:in` and `money:commit` select by.
 */

/** Where money goes: out of the account, into it, later by an obligation made now, or nowhere. */
export type Direction = 'out' | 'in' | 'commit' | 'none';

const TABLE = {
  // money leaves
  refund: 'out', // gives a payment back, in full or in part
  payout: 'out', // pays the balance out to a bank or a person
  transfer: 'out', // moves money between accounts or wallets
  payroll: 'out', // pays employees
  credit: 'out', // gives a customer stored value: gift card, credit balance, points
  dispute_concede: 'out', // accepts a dispute, so that the payer gets the money back
  wallet_pay: 'out', // pays for a resource from a wallet (x402, L402, Lightning)
  // money comes in
  charge: 'in', // takes a payment
  capture: 'in', // takes a payment that was authorised before
  payment_link: 'in', // creates a page where a payer pays
  invoice: 'in', // drafts a bill
  invoice_issue: 'in', // sends or finalises a bill, which may charge at once
  // an obligation, a standing permission or a higher limit
  subscription_charge: 'commit', // starts or changes a recurring charge
  mandate: 'commit', // authorises debits to come
  allowance: 'commit', // lets somebody else spend
  payout_rule: 'commit', // sends a share of money to come elsewhere
  limit_change: 'commit', // raises a cap that the upstream keeps itself
  card_issue: 'commit', // issues a card that can spend
  card_store: 'commit', // keeps a card for charges to come
  metered_usage: 'commit', // reports usage that becomes an invoice
  discount: 'commit', // makes a coupon or a price cut
  // no money moves
  read: 'none', // looks something up
  secret_read: 'none', // looks up a credential; not a read, so that `kind:read` never permits it
  config: 'none', // changes settings
  customer_write: 'none', // creates or edits a customer
  catalog_write: 'none', // creates or edits a product or a price
  subscription: 'none', // cancels, pauses or resumes a recurring charge
  dispute: 'none', // answers a dispute with evidence
  void: 'none', // cancels what has not been paid
  quote: 'none', // asks for a price
  ledger: 'none', // writes a bookkeeping entry
  message: 'none', // sends a notice to a person
} as const satisfies Record<string, Direction>;

/** What a classified tool call does. */
export type Kind = keyof typeof TABLE;

/** Every kind, in the order of the table. */
export const KINDS = Object.keys(TABLE) as readonly Kind[];

/** Where money goes in a call of this kind. */
export function directionOf(kind: Kind): Direction {
  return TABLE[kind];
}

/** True if `text` names a kind. */
export function isKind(text: string): text is Kind {
  return Object.hasOwn(TABLE, text);
}
