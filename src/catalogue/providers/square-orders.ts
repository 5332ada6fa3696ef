/**
 * Square's calls that write orders, bills, gift cards and hours. Taxes, discounts, service charges and modifiers leave
 * the entry; a price behind a catalogue id makes the amount unknown.
 */
import type { AmountSpec } from '../../core/entry.ts';
import type { SquareUse } from './square-writes.ts';

const IDEMPOTENCY = 'request.idempotency_key';

const ORDER = `order.location_id order.reference_id order.customer_id order.source.name order.ticket_name order.version
  order.line_items[*].uid order.line_items[*].name order.line_items[*].quantity order.line_items[*].note
  order.line_items[*].catalog_object_id order.line_items[*].catalog_version order.line_items[*].variation_name
  order.line_items[*].item_type order.line_items[*].base_price_money.amount
  order.line_items[*].base_price_money.currency`;

const ORDER_FACTS = {
  amounts: [
    {
      path: 'request.order.line_items[*].base_price_money.amount',
      unit: 'minor',
      form: 'integer',
      absent: 'unknown',
      times: [{ path: 'request.order.line_items[*].quantity', form: 'decimal-string', absent: 'unknown' }],
    },
  ],
  unknownIf: ['request.order.line_items[*].catalog_object_id'],
  currency: { path: 'request.order.line_items[*].base_price_money.currency' },
  recipient: 'request.order.customer_id',
  idempotency: IDEMPOTENCY,
} satisfies Partial<SquareUse>;

const INVOICE = `idempotency_key invoice.version invoice.location_id invoice.order_id invoice.title
  invoice.primary_recipient.customer_id invoice.delivery_method invoice.invoice_number invoice.description
  invoice.scheduled_at invoice.sale_or_service_date invoice.accepted_payment_methods.card
  invoice.accepted_payment_methods.square_gift_card invoice.accepted_payment_methods.bank_account
  invoice.accepted_payment_methods.buy_now_pay_later invoice.accepted_payment_methods.cash_app_pay
  invoice.payment_requests[*].uid invoice.payment_requests[*].request_type invoice.payment_requests[*].due_date
  invoice.payment_requests[*].tipping_enabled`;

const SHIFT = `shift.location_id shift.team_member_id shift.timezone shift.start_at shift.end_at shift.status
  shift.version shift.wage.title shift.wage.hourly_rate.amount shift.wage.hourly_rate.currency shift.wage.tip_eligible`;

/** The money of a gift card stands under the details that its type names. */
function giftCard(type: string, details: string, more: string, reason?: string): SquareUse {
  const path = `request.gift_card_activity.${details}`;
  const amounts: readonly AmountSpec[] = [
    { path: `${path}.amount_money.amount`, unit: 'minor', form: 'integer', absent: 'unknown' },
  ];
  return {
    service: 'giftCardActivities',
    method: 'createGiftCardActivity',
    also: { 'request.gift_card_activity.type': [type] },
    takes: `idempotency_key gift_card_activity.location_id ${more}
      gift_card_activity.${details}.amount_money.amount gift_card_activity.${details}.amount_money.currency`,
    kind: 'credit',
    amounts,
    currency: { path: `${path}.amount_money.currency` },
    ...(reason === undefined ? {} : { reason: `${path}.${reason}` }),
    recipient: 'request.gift_card_activity.gift_card_id',
    idempotency: IDEMPOTENCY,
  };
}

export const squareOrders: readonly SquareUse[] = [
  { service: 'orders', method: 'create', takes: `idempotency_key ${ORDER}`, kind: 'invoice', ...ORDER_FACTS },
  {
    service: 'checkout',
    method: 'createPaymentLink',
    takes: `idempotency_key description payment_note pre_populated_data.buyer_email ${ORDER}`,
    kind: 'payment_link',
    ...ORDER_FACTS,
    reason: 'request.payment_note',
  },
  { service: 'orders', method: 'calculate', takes: ORDER, kind: 'read' },
  // What the order comes to after the change is not known from the change.
  {
    service: 'orders',
    method: 'update',
    takes: `order_id idempotency_key fields_to_clear[*] order.state ${ORDER}`,
    kind: 'invoice',
    recipient: 'request.order.customer_id',
    reference: 'request.order_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'orders',
    method: 'clone',
    takes: 'order_id version idempotency_key',
    kind: 'invoice',
    reference: 'request.order_id',
    idempotency: IDEMPOTENCY,
  },
  // The sum stands in the order. A card that is charged by itself leaves the entry.
  {
    service: 'invoices',
    method: 'create',
    takes: INVOICE,
    kind: 'invoice',
    recipient: 'request.invoice.primary_recipient.customer_id',
    reference: 'request.invoice.order_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'invoices',
    method: 'update',
    takes: `invoice_id fields_to_clear[*] ${INVOICE}`,
    kind: 'invoice',
    recipient: 'request.invoice.primary_recipient.customer_id',
    reference: 'request.invoice_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'invoices',
    method: 'delete',
    takes: 'invoice_id version',
    kind: 'void',
    reference: 'request.invoice_id',
  },
  giftCard('LOAD', 'load_activity_details', 'gift_card_activity.load_activity_details.reference_id'),
  giftCard('ACTIVATE', 'activate_activity_details', 'gift_card_activity.activate_activity_details.reference_id'),
  giftCard('ADJUST_INCREMENT', 'adjust_increment_activity_details', '', 'reason'),
  giftCard(
    'REFUND',
    'refund_activity_details',
    'gift_card_activity.refund_activity_details.redeem_activity_id gift_card_activity.refund_activity_details.reference_id',
  ),
  giftCard(
    'UNLINKED_ACTIVITY_REFUND',
    'unlinked_activity_refund_activity_details',
    'gift_card_activity.unlinked_activity_refund_activity_details.reference_id',
  ),
  {
    service: 'cards',
    method: 'create',
    takes:
      'idempotency_key source_id verification_token card.customer_id card.cardholder_name card.reference_id card.exp_month card.exp_year card.billing_address.postal_code',
    kind: 'card_store',
    recipient: 'request.card.customer_id',
    reference: 'request.source_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'loyalty',
    method: 'accumulatePoints',
    takes: 'account_id idempotency_key location_id accumulate_points.points accumulate_points.order_id',
    kind: 'credit',
    amounts: [{ path: 'request.accumulate_points.points', unit: 'token', form: 'integer', absent: 'unknown' }],
    recipient: 'request.account_id',
    reference: 'request.accumulate_points.order_id',
    idempotency: IDEMPOTENCY,
  },
  // A reward takes money off an order; taking the reward back gives its points back.
  {
    service: 'loyalty',
    method: 'createReward',
    takes: 'idempotency_key reward.loyalty_account_id reward.reward_tier_id reward.order_id',
    kind: 'discount',
    recipient: 'request.reward.loyalty_account_id',
    reference: 'request.reward.order_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'loyalty',
    method: 'redeemReward',
    takes: 'reward_id idempotency_key location_id',
    kind: 'discount',
    reference: 'request.reward_id',
    idempotency: IDEMPOTENCY,
  },
  { service: 'loyalty', method: 'deleteReward', takes: 'reward_id', kind: 'credit', reference: 'request.reward_id' },
  {
    service: 'subscriptions',
    method: 'update',
    takes:
      'subscription_id subscription.canceled_date subscription.price_override_money.amount subscription.price_override_money.currency subscription.version subscription.card_id',
    kind: 'subscription_charge',
    amounts: [
      {
        path: 'request.subscription.price_override_money.amount',
        unit: 'minor',
        form: 'integer',
        absent: 'unknown',
      },
    ],
    currency: { path: 'request.subscription.price_override_money.currency' },
    reference: 'request.subscription_id',
  },
  {
    service: 'labor',
    method: 'createShift',
    takes: `idempotency_key ${SHIFT}`,
    kind: 'payroll',
    recipient: 'request.shift.team_member_id',
    idempotency: IDEMPOTENCY,
  },
  {
    service: 'labor',
    method: 'updateShift',
    takes: `id ${SHIFT}`,
    kind: 'payroll',
    recipient: 'request.shift.team_member_id',
    reference: 'request.id',
  },
  { service: 'labor', method: 'deleteShift', takes: 'id', kind: 'payroll', reference: 'request.id' },
];
