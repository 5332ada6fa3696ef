/**
 * Paddle's server. Amounts are integers of the smallest unit, as strings. Paddle adds tax by the payer's country, so
 * that what a payer is asked for is never known from prices and quantities.
 */
import type { CatalogueEntry } from '../../core/entry.ts';
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

const ADJUSTMENT = {
  reason: 'reason',
  reference: 'transactionId',
  accepts: ['taxMode', 'items[*].itemId', 'items[*].type', 'items[*].amount'],
} satisfies Partial<CatalogueEntry>;

/** The whole transaction, whatever the items beside it say. */
const FULL = ADJUSTMENT;

/** An item without an amount takes all that is left of it. The currency is the transaction's. */
const PARTIAL = {
  ...ADJUSTMENT,
  // Any other type of item has a sum of its own, and with `external` the tax comes on top.
  unknownUnless: { 'items[*].type': ['partial'], taxMode: ['internal', null] },
  amounts: [{ path: 'items[*].amount', unit: 'minor', form: 'integer-string', absent: 'full' }],
} satisfies Partial<CatalogueEntry>;

const DISCOUNT = {
  accepts: [
    ...['discountId', 'status', 'description', 'enabledForCheckout', 'code', 'mode', 'currencyCode', 'recur', 'amount'],
    ...['maximumRecurringIntervals', 'usageLimit', 'restrictTo[*]', 'expiresAt'],
  ],
} satisfies Partial<CatalogueEntry>;

/** One field, two units: `type` says whether it is a sum or a share. */
function discount(accepts: readonly string[]): readonly CatalogueEntry[] {
  return [
    {
      kind: 'discount',
      when: { type: ['flat', 'flat_per_seat'] },
      amounts: [{ path: 'amount', unit: 'minor', form: 'integer-string', absent: 'unknown' }],
      currency: { path: 'currencyCode' },
      accepts,
    },
    {
      kind: 'discount',
      when: { type: ['percentage'] },
      amounts: [{ path: 'amount', unit: 'percent', form: 'decimal-string', absent: 'unknown' }],
      accepts,
    },
  ];
}

const NEW_DISCOUNT = DISCOUNT.accepts.filter((path) => path !== 'discountId' && path !== 'status');

export const paddle = {
  provider: 'paddle',
  surfaces: [
    {
      version: '0.1.6',
      tools: {
        ...named(
          'read',
          `list_products get_product list_prices get_price list_discounts get_discount list_discount_groups
           get_discount_group list_customers get_customer list_addresses get_address list_businesses get_business
           list_transactions get_transaction preview_prices preview_transaction_create get_transaction_invoice
           list_adjustments get_adjustment_credit_note list_credit_balances get_subscription list_subscriptions
           preview_subscription_update preview_subscription_charge list_saved_payment_methods get_saved_payment_method
           list_events list_notifications get_notification list_notification_logs list_simulations get_simulation
           list_simulation_runs get_simulation_run list_simulation_run_events get_simulation_run_event list_reports
           get_report get_report_csv list_client_side_tokens get_client_side_token`,
        ),
        // A notification setting carries the key that signs its notifications.
        ...named('secret_read', 'list_notification_settings get_notification_setting'),
        ...named('customer_write', 'create_customer update_customer create_address update_address create_business'),
        ...named('customer_write', 'update_business delete_saved_payment_method create_customer_portal_session'),
        ...named('catalog_write', 'create_discount_group update_discount_group archive_discount_group'),
        ...named('catalog_write', 'create_product update_product'),
        ...named(
          'config',
          `create_notification_setting update_notification_setting delete_notification_setting replay_notification
           create_simulation update_simulation create_simulation_run replay_simulation_run_event create_report
           create_client_side_token revoke_client_side_token`,
        ),
        create_adjustment: [
          { kind: 'refund', when: { action: ['refund'], type: ['full'] }, ...FULL },
          { kind: 'refund', when: { action: ['refund'], type: ['partial', null] }, ...PARTIAL },
          { kind: 'credit', when: { action: ['credit'], type: ['full'] }, ...FULL },
          { kind: 'credit', when: { action: ['credit'], type: ['partial', null] }, ...PARTIAL },
        ],
        create_price: {
          kind: 'catalog_write',
          amounts: [{ path: 'unitPrice.amount', unit: 'minor', form: 'integer-string', absent: 'unknown' }],
          unknownIf: ['unitPriceOverrides'],
          currency: { path: 'unitPrice.currencyCode' },
          reference: 'productId',
        },
        update_price: {
          kind: 'catalog_write',
          amounts: [{ path: 'unitPrice.amount', unit: 'minor', form: 'integer-string', absent: 'unknown' }],
          unknownIf: ['unitPriceOverrides'],
          currency: { path: 'unitPrice.currencyCode' },
          reference: 'priceId',
        },
        create_discount: discount(NEW_DISCOUNT),
        update_discount: discount(DISCOUNT.accepts),
        // Prices stand behind ids, or are written out with their tax inside.
        create_transaction: {
          kind: 'charge',
          amounts: [
            {
              path: 'items[*].price.unitPrice.amount',
              unit: 'minor',
              form: 'integer-string',
              absent: 'unknown',
              times: [{ path: 'items[*].quantity', form: 'number', absent: 'unknown' }],
            },
          ],
          unknownIf: ['items[*].priceId', 'discountId', 'items[*].price.unitPriceOverrides'],
          unknownUnless: { 'items[*].price.taxMode': ['internal'] },
          currency: { path: 'items[*].price.unitPrice.currencyCode' },
          recipient: 'customerId',
        },
        // `status` decides whether it issues the bill; every update is taken for one that does.
        update_transaction: {
          kind: 'invoice_issue',
          currency: { path: 'currencyCode' },
          recipient: 'customerId',
          reference: 'transactionId',
        },
        revise_transaction: { kind: 'invoice', reference: 'transactionId' },
        create_subscription_charge: { kind: 'subscription_charge', reference: 'subscriptionId' },
        update_subscription: {
          kind: 'subscription_charge',
          currency: { path: 'currencyCode' },
          recipient: 'customerId',
          reference: 'subscriptionId',
        },
        activate_subscription: { kind: 'subscription_charge', reference: 'subscriptionId' },
        // Resuming bills at once unless it is told otherwise.
        resume_subscription: { kind: 'subscription_charge', reference: 'subscriptionId' },
        cancel_subscription: { kind: 'subscription', reference: 'subscriptionId' },
        pause_subscription: { kind: 'subscription', reference: 'subscriptionId' },
      },
    },
  ],
} satisfies ProviderCatalogue;
