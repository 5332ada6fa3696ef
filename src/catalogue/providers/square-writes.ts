/**
 * Square's other calls, by service and method. Only plain uses are accepted: an unlinked refund, an application fee or
 * an order written out in the call leaves the entry, so that the call is unclassified.
 */
import type { CatalogueEntry } from '../../core/entry.ts';

/** An entry whose `accepts` are argument names under `request`, separated by white space. */
export interface SquareUse extends Omit<CatalogueEntry, 'when' | 'accepts'> {
  readonly service: string;
  readonly method: string;
  readonly takes: string;
  /** Argument values that select it beside service and method. */
  readonly also?: Readonly<Record<string, readonly string[]>>;
}

const IDEMPOTENCY = 'request.idempotency_key';

export const squareWrites: readonly SquareUse[] = [
  {
    service: 'refunds',
    method: 'payment',
    takes:
      'idempotency_key payment_id amount_money.amount amount_money.currency reason payment_version_token team_member_id',
    kind: 'refund',
    amounts: [{ path: 'request.amount_money.amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
    currency: { path: 'request.amount_money.currency' },
    reason: 'request.reason',
    reference: 'request.payment_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'terminal',
    method: 'createRefund',
    takes:
      'idempotency_key refund.payment_id refund.amount_money.amount refund.amount_money.currency refund.reason refund.device_id',
    kind: 'refund',
    amounts: [{ path: 'request.refund.amount_money.amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
    currency: { path: 'request.refund.amount_money.currency' },
    reason: 'request.refund.reason',
    reference: 'request.refund.payment_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'payments',
    method: 'create',
    takes:
      'idempotency_key source_id amount_money.amount amount_money.currency tip_money.amount tip_money.currency autocomplete delay_duration delay_action order_id customer_id location_id team_member_id reference_id verification_token note statement_description_identifier buyer_email_address',
    kind: 'charge',
    amounts: [{ path: 'request.amount_money.amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
    // A tip has a currency of its own and comes on top.
    unknownIf: ['request.tip_money'],
    currency: { path: 'request.amount_money.currency' },
    reason: 'request.note',
    recipient: 'request.customer_id',
    reference: 'request.source_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'payments',
    method: 'update',
    takes:
      'idempotency_key payment_id payment.amount_money.amount payment.amount_money.currency payment.tip_money.amount payment.tip_money.currency payment.version_token',
    kind: 'charge',
    amounts: [{ path: 'request.payment.amount_money.amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
    unknownIf: ['request.payment.tip_money'],
    currency: { path: 'request.payment.amount_money.currency' },
    reference: 'request.payment_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'payments',
    method: 'complete',
    takes: 'payment_id version_token',
    kind: 'capture',
    reference: 'request.payment_id',
  },
  { service: 'payments', method: 'cancel', takes: 'payment_id', kind: 'void', reference: 'request.payment_id' },
  {
    service: 'payments',
    method: 'cancelByIdempotencyKey',
    takes: 'idempotency_key',
    kind: 'void',
    reference: IDEMPOTENCY,
  },
  {
    service: 'orders',
    method: 'pay',
    takes: 'order_id idempotency_key order_version payment_ids[*]',
    kind: 'charge',
    reference: 'request.order_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'checkout',
    method: 'createPaymentLink',
    takes:
      'idempotency_key description payment_note quick_pay.name quick_pay.location_id quick_pay.price_money.amount quick_pay.price_money.currency pre_populated_data.buyer_email',
    kind: 'payment_link',
    amounts: [{ path: 'request.quick_pay.price_money.amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
    currency: { path: 'request.quick_pay.price_money.currency' },
    reason: 'request.payment_note',
    recipient: 'request.pre_populated_data.buyer_email',
    idempotency: IDEMPOTENCY,
  },
  { service: 'checkout', method: 'deletePaymentLink', takes: 'id', kind: 'void', reference: 'request.id' },
  {
    service: 'terminal',
    method: 'createCheckout',
    takes:
      'idempotency_key checkout.amount_money.amount checkout.amount_money.currency checkout.reference_id checkout.note checkout.customer_id checkout.device_options.device_id',
    kind: 'charge',
    amounts: [{ path: 'request.checkout.amount_money.amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
    currency: { path: 'request.checkout.amount_money.currency' },
    reason: 'request.checkout.note',
    recipient: 'request.checkout.customer_id',
    reference: 'request.checkout.reference_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'terminal',
    method: 'cancelCheckout',
    takes: 'checkout_id',
    kind: 'void',
    reference: 'request.checkout_id',
  },
  {
    service: 'loyalty',
    method: 'adjustPoints',
    takes: 'account_id idempotency_key adjust_points.points adjust_points.reason allow_negative_balance',
    kind: 'credit',
    amounts: [{ path: 'request.adjust_points.points', unit: 'token', form: 'integer', absent: 'unknown' }],
    reason: 'request.adjust_points.reason',
    recipient: 'request.account_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'invoices',
    method: 'publish',
    takes: 'invoice_id version idempotency_key',
    kind: 'invoice_issue',
    reference: 'request.invoice_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'invoices',
    method: 'cancel',
    takes: 'invoice_id version',
    kind: 'void',
    reference: 'request.invoice_id',
  },
  {
    service: 'subscriptions',
    method: 'create',
    takes:
      'idempotency_key location_id plan_variation_id customer_id start_date canceled_date tax_percentage price_override_money.amount price_override_money.currency card_id timezone source.name monthly_billing_anchor_date',
    kind: 'subscription_charge',
    amounts: [{ path: 'request.price_override_money.amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
    unknownIf: ['request.tax_percentage'],
    currency: { path: 'request.price_override_money.currency' },
    recipient: 'request.customer_id',
    reference: 'request.plan_variation_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'subscriptions',
    method: 'swapPlan',
    takes: 'subscription_id new_plan_variation_id',
    kind: 'subscription_charge',
    reference: 'request.subscription_id',
  },
  {
    service: 'subscriptions',
    method: 'bulkSwapplan',
    takes: 'new_plan_variation_id old_plan_variation_id location_id',
    kind: 'subscription_charge',
    reference: 'request.old_plan_variation_id',
  },
  // A new billing day can bill at once for the days between.
  {
    service: 'subscriptions',
    method: 'changeBillingAnchorDate',
    takes: 'subscription_id monthly_billing_anchor_date effective_date',
    kind: 'subscription_charge',
    reference: 'request.subscription_id',
  },
  {
    service: 'subscriptions',
    method: 'cancel',
    takes: 'subscription_id',
    kind: 'subscription',
    reference: 'request.subscription_id',
  },
  {
    service: 'subscriptions',
    method: 'pause',
    takes:
      'subscription_id pause_effective_date pause_cycle_duration resume_effective_date resume_change_timing pause_reason',
    kind: 'subscription',
    reason: 'request.pause_reason',
    reference: 'request.subscription_id',
  },
  {
    service: 'subscriptions',
    method: 'resume',
    takes: 'subscription_id resume_effective_date resume_change_timing',
    kind: 'subscription',
    reference: 'request.subscription_id',
  },
  {
    service: 'disputes',
    method: 'accept',
    takes: 'dispute_id',
    kind: 'dispute_concede',
    reference: 'request.dispute_id',
  },
  {
    service: 'customers',
    method: 'create',
    takes:
      'idempotency_key given_name family_name company_name nickname email_address phone_number reference_id note birthday',
    kind: 'customer_write',
    recipient: 'request.email_address',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'customers',
    method: 'update',
    takes:
      'customer_id given_name family_name company_name nickname email_address phone_number reference_id note birthday version',
    kind: 'customer_write',
    recipient: 'request.customer_id',
  },
  // These answer with a credential: a signing key, or a code that signs a terminal in.
  {
    service: 'webhookSubscriptions',
    method: 'list',
    takes: 'cursor include_disabled sort_order limit',
    kind: 'secret_read',
  },
  { service: 'webhookSubscriptions', method: 'get', takes: 'subscription_id', kind: 'secret_read' },
  { service: 'devices', method: 'listCodes', takes: 'cursor location_id product_type status', kind: 'secret_read' },
  { service: 'devices', method: 'getCode', takes: 'id', kind: 'secret_read' },
];
