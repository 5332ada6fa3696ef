/** The OCSF activity of a call: what it does to the provider's data. */
import type { Kind } from '../core/kinds.ts';

const CREATE = 1;
const READ = 2;
const UPDATE = 3;
const DELETE = 4;
const OTHER = 99;

const BY_KIND: Readonly<Record<Kind, number>> = {
  refund: CREATE,
  payout: CREATE,
  transfer: CREATE,
  payroll: CREATE,
  credit: CREATE,
  dispute_concede: UPDATE,
  wallet_pay: CREATE,
  charge: CREATE,
  capture: CREATE,
  payment_link: CREATE,
  invoice: CREATE,
  invoice_issue: UPDATE,
  subscription_charge: CREATE,
  mandate: CREATE,
  allowance: CREATE,
  payout_rule: CREATE,
  limit_change: UPDATE,
  card_issue: CREATE,
  card_store: CREATE,
  metered_usage: CREATE,
  discount: CREATE,
  read: READ,
  secret_read: READ,
  config: UPDATE,
  customer_write: UPDATE,
  catalog_write: UPDATE,
  subscription: UPDATE,
  dispute: UPDATE,
  void: DELETE,
  quote: READ,
  ledger: CREATE,
  message: CREATE,
};

/** `activity_id` of API Activity for a call of this kind. */
export function activityOf(kind: Kind | 'unclassified' | null): number {
  return kind === null || kind === 'unclassified' ? OTHER : BY_KIND[kind];
}
