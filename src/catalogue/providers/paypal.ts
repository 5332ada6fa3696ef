/** PayPal's toolkit server. Amounts are major units, as decimal strings or as numbers. */
import type { ProviderCatalogue } from '../provider.ts';

export const paypal = {
  provider: 'paypal',
  exponents: { HUF: 0, TWD: 0 },
  surfaces: [
    {
      version: '1.8.0',
      tools: {
        list_invoices: { kind: 'read' },
        get_invoice: { kind: 'read' },
        generate_invoice_qr_code: { kind: 'read' },
        list_products: { kind: 'read' },
        show_product_details: { kind: 'read' },
        list_subscription_plans: { kind: 'read' },
        show_subscription_plan_details: { kind: 'read' },
        show_subscription_details: { kind: 'read' },
        get_shipment_tracking: { kind: 'read' },
        get_order: { kind: 'read' },
        list_disputes: { kind: 'read' },
        get_dispute: { kind: 'read' },
        list_transactions: { kind: 'read' },
        get_refund: { kind: 'read' },
        create_refund: {
          kind: 'refund',
          amounts: [{ path: 'amount.value', unit: 'major', form: 'decimal-string', absent: 'full' }],
          currency: { path: 'amount.currency_code' },
          reason: 'note_to_payer',
          reference: 'capture_id',
        },
        // `itemTotal` is required and ignored by the server: cost times quantity is what the payer is asked for.
        create_order: {
          kind: 'charge',
          amounts: [
            {
              path: 'items[*].itemCost',
              unit: 'major',
              form: 'number',
              absent: 'unknown',
              times: [{ path: 'items[*].quantity', form: 'number', absent: 'one' }],
            },
            { path: 'shippingCost', unit: 'major', form: 'number', absent: 'zero' },
          ],
          unknownIf: ['items[*].taxPercent', 'discount'],
          currency: { path: 'currencyCode' },
          reason: 'notes',
        },
        pay_order: { kind: 'capture', reference: 'id' },
        // The document and each of its items name a currency, and the two may disagree: the amount stays unknown.
        create_invoice: { kind: 'invoice', recipient: 'primary_recipients[*].billing_info.email_address' },
        send_invoice: {
          kind: 'invoice_issue',
          reason: 'note',
          recipient: 'additional_recipients[*]',
          reference: 'invoice_id',
        },
        send_invoice_reminder: {
          kind: 'message',
          reason: 'note',
          recipient: 'additional_recipients[*]',
          reference: 'invoice_id',
        },
        cancel_sent_invoice: { kind: 'void', reason: 'note', reference: 'invoice_id' },
        create_product: { kind: 'catalog_write' },
        update_product: { kind: 'catalog_write', reference: 'product_id' },
        create_subscription_plan: { kind: 'catalog_write', reference: 'product_id' },
        create_subscription: {
          kind: 'subscription_charge',
          recipient: 'subscriber.email_address',
          reference: 'plan_id',
          quantity: 'quantity',
        },
        cancel_subscription: { kind: 'subscription', reason: 'payload.reason', reference: 'subscription_id' },
        accept_dispute_claim: { kind: 'dispute_concede', reason: 'note', reference: 'dispute_id' },
      },
    },
  ],
} satisfies ProviderCatalogue;
