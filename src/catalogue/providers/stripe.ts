/** Stripe's servers; the local one of 0.1.4 lists a part of what 0.2.5 does. Amounts are integers of the currency's smallest unit; a refund names no currency. */
import type { ProviderCatalogue } from '../provider.ts';
import { stripeHosted, stripeHostedMid } from './stripe-hosted.ts';

export const stripe = {
  provider: 'stripe',
  // Stripe takes ISK with two decimals although it has none, and MGA without the decimals that ISO gives it.
  exponents: { ISK: 2, MGA: 0 },
  surfaces: [
    {
      version: '0.2.5',
      tools: {
        list_customers: { kind: 'read' },
        list_products: { kind: 'read' },
        list_prices: { kind: 'read' },
        list_invoices: { kind: 'read' },
        list_payment_intents: { kind: 'read' },
        list_subscriptions: { kind: 'read' },
        list_coupons: { kind: 'read' },
        list_disputes: { kind: 'read' },
        retrieve_balance: { kind: 'read' },
        search_stripe_documentation: { kind: 'read' },
        create_customer: { kind: 'customer_write' },
        create_product: { kind: 'catalog_write' },
        create_price: {
          kind: 'catalog_write',
          amounts: [{ path: 'unit_amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
          currency: { path: 'currency' },
          reference: 'product',
        },
        // The price stands behind its id, so that the amount cannot be known from the call.
        create_payment_link: { kind: 'payment_link', reference: 'price', quantity: 'quantity' },
        create_invoice: { kind: 'invoice', recipient: 'customer' },
        create_invoice_item: { kind: 'invoice', recipient: 'customer', reference: 'invoice' },
        finalize_invoice: { kind: 'invoice_issue', reference: 'invoice' },
        // The currency is the payment's, and the server drops a reason without a word.
        create_refund: {
          kind: 'refund',
          amounts: [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'full' }],
          reference: 'payment_intent',
        },
        cancel_subscription: { kind: 'subscription', reference: 'subscription' },
        update_subscription: { kind: 'subscription_charge', reference: 'subscription' },
        create_coupon: {
          kind: 'discount',
          amounts: [{ path: 'amount_off', unit: 'minor', form: 'number', absent: 'unknown' }],
          unknownIf: ['percent_off'],
          currency: { path: 'currency', absent: 'USD' },
        },
        update_dispute: { kind: 'dispute', reference: 'dispute' },
      },
    },
    stripeHosted,
    stripeHostedMid,
  ],
} satisfies ProviderCatalogue;
