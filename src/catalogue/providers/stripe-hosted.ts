/**
 * Stripe's hosted server: generic tools in front of the whole API, told apart by the id of an operation, which is
 * compared letter by letter. Plain uses only: connected accounts, fees and transfers out of a charge leave the entry. An
 * approval token is not accepted either, because nothing here can tell a given one from an invented one.
 */
import type { AmountSpec, CatalogueEntry } from '../../core/entry.ts';
import type { Surface } from '../provider.ts';
import { named } from './named.ts';

interface StripeUse extends Omit<CatalogueEntry, 'when' | 'accepts' | 'brackets'> {
  readonly operation: string;
  /** Argument names under `parameters`, separated by spaces. */
  readonly takes: string;
}

const CURRENCY = { path: 'parameters.currency' } as const;

function minor(name: string, absent: AmountSpec['absent'] = 'unknown'): readonly AmountSpec[] {
  return [{ path: `parameters.${name}`, unit: 'minor', form: 'integer', absent }];
}

const LINES = 'line_items[*].quantity line_items[*].price_data.currency line_items[*].price_data.unit_amount';

const WRITES: readonly StripeUse[] = [
  {
    operation: 'PostRefunds',
    takes: 'payment_intent amount reason',
    kind: 'refund',
    amounts: minor('amount', 'full'),
    reason: 'parameters.reason',
    reference: 'parameters.payment_intent',
  },
  {
    operation: 'PostRefunds',
    takes: 'charge amount reason',
    kind: 'refund',
    amounts: minor('amount', 'full'),
    reason: 'parameters.reason',
    reference: 'parameters.charge',
  },
  // A credit note gives money back, gives credit, or only lowers the bill; the sums overlap.
  {
    operation: 'PostCreditNotes',
    takes: 'invoice amount credit_amount refund_amount out_of_band_amount reason memo',
    kind: 'refund',
    reason: 'parameters.reason',
    reference: 'parameters.invoice',
  },
  {
    operation: 'PostCharges',
    takes: 'amount currency customer source description capture receipt_email statement_descriptor',
    kind: 'charge',
    amounts: minor('amount'),
    currency: CURRENCY,
    reason: 'parameters.description',
    recipient: 'parameters.customer',
    reference: 'parameters.source',
  },
  {
    operation: 'PostPaymentIntents',
    takes:
      'amount currency customer description confirm capture_method off_session payment_method payment_method_types[*] receipt_email statement_descriptor automatic_payment_methods.enabled',
    kind: 'charge',
    amounts: minor('amount'),
    currency: CURRENCY,
    reason: 'parameters.description',
    recipient: 'parameters.customer',
    reference: 'parameters.payment_method',
  },
  {
    operation: 'PostPaymentIntentsIntentConfirm',
    takes: 'intent payment_method off_session return_url receipt_email',
    kind: 'capture',
    reference: 'parameters.intent',
  },
  {
    operation: 'PostPaymentIntentsIntentCapture',
    takes: 'intent amount_to_capture statement_descriptor final_capture',
    kind: 'capture',
    amounts: minor('amount_to_capture', 'full'),
    reference: 'parameters.intent',
  },
  {
    operation: 'PostPaymentIntentsIntentCancel',
    takes: 'intent cancellation_reason',
    kind: 'void',
    reason: 'parameters.cancellation_reason',
    reference: 'parameters.intent',
  },
  {
    operation: 'PostTransfers',
    takes: 'amount currency destination description source_transaction transfer_group',
    kind: 'payout',
    amounts: minor('amount'),
    currency: CURRENCY,
    reason: 'parameters.description',
    recipient: 'parameters.destination',
  },
  {
    operation: 'PostPayouts',
    takes: 'amount currency destination description method source_type statement_descriptor',
    kind: 'payout',
    amounts: minor('amount'),
    currency: CURRENCY,
    reason: 'parameters.description',
    recipient: 'parameters.destination',
  },
  {
    operation: 'PostInvoices',
    takes: 'customer description collection_method days_until_due due_date currency auto_advance',
    kind: 'invoice',
    reason: 'parameters.description',
    recipient: 'parameters.customer',
  },
  {
    operation: 'PostInvoiceitems',
    takes: 'customer invoice amount currency description',
    kind: 'invoice',
    amounts: minor('amount'),
    currency: CURRENCY,
    reason: 'parameters.description',
    recipient: 'parameters.customer',
    reference: 'parameters.invoice',
  },
  // The price stands behind its id, or has parts of a cent.
  {
    operation: 'PostInvoiceitems',
    takes: 'customer invoice price pricing.price quantity unit_amount_decimal currency description',
    kind: 'invoice',
    reason: 'parameters.description',
    recipient: 'parameters.customer',
    reference: 'parameters.invoice',
    quantity: 'parameters.quantity',
  },
  {
    operation: 'PostInvoicesInvoiceFinalize',
    takes: 'invoice auto_advance',
    kind: 'invoice_issue',
    reference: 'parameters.invoice',
  },
  {
    operation: 'PostInvoicesInvoiceSend',
    takes: 'invoice',
    kind: 'invoice_issue',
    reference: 'parameters.invoice',
  },
  {
    operation: 'PostInvoicesInvoicePay',
    takes: 'invoice payment_method source off_session',
    kind: 'charge',
    reference: 'parameters.invoice',
  },
  { operation: 'PostInvoicesInvoiceVoid', takes: 'invoice', kind: 'void', reference: 'parameters.invoice' },
  // A negative amount is what gives credit, so that the amount is not read.
  {
    operation: 'PostCustomersCustomerBalanceTransactions',
    takes: 'customer amount currency description',
    kind: 'credit',
    currency: CURRENCY,
    reason: 'parameters.description',
    recipient: 'parameters.customer',
  },
  {
    operation: 'PostCheckoutSessions',
    takes: `mode success_url cancel_url customer customer_email client_reference_id line_items[*].price_data.product_data.name line_items[*].price_data.product ${LINES}`,
    kind: 'payment_link',
    amounts: [
      {
        path: 'parameters.line_items[*].price_data.unit_amount',
        unit: 'minor',
        form: 'integer',
        absent: 'unknown',
        times: [{ path: 'parameters.line_items[*].quantity', form: 'integer', absent: 'unknown' }],
      },
    ],
    unknownUnless: { 'parameters.mode': ['payment'] },
    currency: { path: 'parameters.line_items[*].price_data.currency' },
    recipient: 'parameters.customer',
    reference: 'parameters.client_reference_id',
  },
  {
    operation: 'PostCheckoutSessions',
    takes:
      'mode success_url cancel_url customer customer_email client_reference_id line_items[*].price line_items[*].quantity',
    kind: 'payment_link',
    recipient: 'parameters.customer',
    reference: 'parameters.client_reference_id',
  },
  {
    operation: 'PostPaymentLinks',
    takes: 'line_items[*].price line_items[*].quantity after_completion.type after_completion.redirect.url',
    kind: 'payment_link',
    reference: 'parameters.line_items[*].price',
  },
  {
    operation: 'PostPrices',
    takes: 'product unit_amount currency nickname lookup_key active recurring.interval recurring.interval_count',
    kind: 'catalog_write',
    amounts: minor('unit_amount'),
    currency: CURRENCY,
    reference: 'parameters.product',
  },
  {
    operation: 'PostProducts',
    takes: 'name description active url images[*] statement_descriptor unit_label',
    kind: 'catalog_write',
  },
  {
    operation: 'PostCoupons',
    takes: 'id name amount_off percent_off currency duration duration_in_months max_redemptions redeem_by',
    kind: 'discount',
    amounts: minor('amount_off'),
    unknownIf: ['parameters.percent_off'],
    currency: CURRENCY,
  },
  {
    operation: 'PostCustomers',
    takes: 'name email phone description address.line1 address.line2 address.city address.postal_code address.country',
    kind: 'customer_write',
    recipient: 'parameters.email',
  },
  {
    operation: 'PostSubscriptions',
    takes:
      'customer items[*].price items[*].quantity default_payment_method collection_method days_until_due description trial_period_days payment_behavior',
    kind: 'subscription_charge',
    reason: 'parameters.description',
    recipient: 'parameters.customer',
  },
  {
    operation: 'PostSubscriptionsSubscriptionExposedId',
    takes:
      'subscription_exposed_id items[*].id items[*].price items[*].quantity items[*].deleted proration_behavior cancel_at_period_end description',
    kind: 'subscription_charge',
    reason: 'parameters.description',
    reference: 'parameters.subscription_exposed_id',
  },
  {
    operation: 'DeleteSubscriptionsSubscriptionExposedId',
    takes: 'subscription_exposed_id invoice_now prorate cancellation_details.comment cancellation_details.feedback',
    kind: 'subscription',
    reason: 'parameters.cancellation_details.comment',
    reference: 'parameters.subscription_exposed_id',
  },
  {
    operation: 'PostDisputesDispute',
    takes: 'dispute submit evidence.uncategorized_text evidence.product_description evidence.customer_name',
    kind: 'dispute',
    reference: 'parameters.dispute',
  },
  {
    operation: 'PostDisputesDisputeClose',
    takes: 'dispute',
    kind: 'dispute_concede',
    reference: 'parameters.dispute',
  },
];

/** Look-ups: what is listed, and the argument that names one. Nothing that answers with a card number or a key. */
const LISTS: readonly (readonly [list: string, one: string, id: string])[] = [
  ['GetCharges', 'GetChargesCharge', 'charge'],
  ['GetCheckoutSessions', 'GetCheckoutSessionsSession', 'session'],
  ['GetCoupons', 'GetCouponsCoupon', 'coupon'],
  ['GetCreditNotes', 'GetCreditNotesId', 'id'],
  ['GetCustomers', 'GetCustomersCustomer', 'customer'],
  ['GetDisputes', 'GetDisputesDispute', 'dispute'],
  ['GetEvents', 'GetEventsId', 'id'],
  ['GetInvoiceitems', 'GetInvoiceitemsInvoiceitem', 'invoiceitem'],
  ['GetInvoices', 'GetInvoicesInvoice', 'invoice'],
  ['GetPaymentIntents', 'GetPaymentIntentsIntent', 'intent'],
  ['GetPaymentLinks', 'GetPaymentLinksPaymentLink', 'payment_link'],
  ['GetPayouts', 'GetPayoutsPayout', 'payout'],
  ['GetPrices', 'GetPricesPrice', 'price'],
  ['GetProducts', 'GetProductsId', 'id'],
  ['GetPromotionCodes', 'GetPromotionCodesPromotionCode', 'promotion_code'],
  ['GetRefunds', 'GetRefundsRefund', 'refund'],
  ['GetSubscriptions', 'GetSubscriptionsSubscriptionExposedId', 'subscription_exposed_id'],
  ['GetTransfers', 'GetTransfersTransfer', 'transfer'],
  ['GetBalanceTransactions', 'GetBalanceTransactionsId', 'id'],
];

const FILTERS =
  'limit starting_after ending_before created.gt created.gte created.lt created.lte expand[*] customer status charge payment_intent invoice subscription price product active currency type email';

const SEARCHES = ['Charges', 'Customers', 'Invoices', 'PaymentIntents', 'Prices', 'Products', 'Subscriptions'];

const READS: readonly StripeUse[] = [
  { operation: 'GetBalance', takes: '', kind: 'read' },
  ...LISTS.flatMap(([list, one, id]): StripeUse[] => [
    { operation: list, takes: FILTERS, kind: 'read' },
    { operation: one, takes: `${id} expand[*]`, kind: 'read' },
  ]),
  ...SEARCHES.map((name): StripeUse => ({ operation: `Get${name}Search`, takes: 'query limit page', kind: 'read' })),
];

/** `context` are the arguments beside the operation and its parameters. */
function entriesOf(uses: readonly StripeUse[], context: readonly string[]): readonly CatalogueEntry[] {
  return uses.map(({ operation, takes, ...facts }) => ({
    ...facts,
    when: { stripe_api_operation_id: [operation] },
    brackets: 'parameters',
    accepts: [...context, ...(takes === '' ? [] : takes.split(' ').map((name) => `parameters.${name}`))],
  }));
}

const CONTEXT = ['stripe_context', 'livemode'];

export const stripeHosted: Surface = {
  version: 'hosted-2026-09',
  tools: {
    ...named('read', 'stripe_api_search stripe_api_details list_available_accounts_or_orgs'),
    ...named('read', 'search_stripe_documentation stripe_implementation_planner'),
    stripe_analytics: { kind: 'read' },
    send_stripe_mcp_feedback: { kind: 'message' },
    stripe_api_read: entriesOf(READS, CONTEXT),
    stripe_api_write: entriesOf(WRITES, CONTEXT),
  },
};

/** Before the account was an argument. Its schemas were never published: an entry applies where the list has its paths. */
export const stripeHostedMid: Surface = {
  version: 'hosted-2026-mid',
  tools: {
    ...named('read', 'get_stripe_account_info search_stripe_resources fetch_stripe_resources'),
    stripe_api_read: entriesOf(READS, []),
    stripe_api_write: entriesOf(WRITES, []),
    stripe_api_execute: entriesOf([...WRITES, ...READS], []),
  },
};
