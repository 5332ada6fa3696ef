/** Razorpay's server. Amounts are numbers of the smallest unit; a refund names no currency. */
import type { CatalogueEntry } from '../../core/entry.ts';
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

const LINK = {
  kind: 'payment_link',
  amounts: [{ path: 'amount', unit: 'minor', form: 'number', absent: 'unknown' }],
  currency: { path: 'currency' },
  reason: 'description',
  recipient: 'customer_email',
  idempotency: 'reference_id',
} satisfies CatalogueEntry;

export const razorpay = {
  provider: 'razorpay',
  surfaces: [
    {
      version: 'ad68cf0',
      tools: {
        ...named(
          'read',
          `fetch_order fetch_all_orders fetch_order_payments fetch_payment_link fetch_all_payment_links fetch_payment
           fetch_payment_card_details fetch_all_payments fetch_payout_with_id fetch_all_payouts fetch_qr_code
           fetch_all_qr_codes fetch_qr_codes_by_customer_id fetch_qr_codes_by_payment_id fetch_payments_for_qr_code
           fetch_refund fetch_multiple_refunds_for_payment fetch_specific_refund_for_payment fetch_all_refunds
           fetch_settlement_with_id fetch_settlement_recon_details fetch_all_settlements
           fetch_all_instant_settlements fetch_instant_settlement_with_id fetch_tokens`,
        ),
        ...named('config', 'update_order update_payment update_refund update_payment_link'),
        create_refund: {
          kind: 'refund',
          amounts: [{ path: 'amount', unit: 'minor', form: 'number', absent: 'unknown' }],
          reference: 'payment_id',
        },
        capture_payment: {
          kind: 'capture',
          amounts: [{ path: 'amount', unit: 'minor', form: 'number', absent: 'unknown' }],
          currency: { path: 'currency' },
          reference: 'payment_id',
        },
        initiate_payment: {
          kind: 'charge',
          amounts: [{ path: 'amount', unit: 'minor', form: 'number', absent: 'unknown' }],
          currency: { path: 'currency', absent: 'INR' },
          recipient: 'customer_id',
          reference: 'order_id',
        },
        submit_otp: { kind: 'capture', reference: 'payment_id' },
        resend_otp: { kind: 'message', reference: 'payment_id' },
        // Transfers hand parts of it to other accounts, and a token authorises debits to come.
        create_order: {
          kind: 'charge',
          amounts: [{ path: 'amount', unit: 'minor', form: 'number', absent: 'unknown' }],
          unknownIf: ['transfers', 'token'],
          currency: { path: 'currency' },
          recipient: 'transfers[*].account',
          idempotency: 'receipt',
        },
        create_payment_link: LINK,
        payment_link_upi_create: LINK,
        payment_link_notify: { kind: 'message', reference: 'payment_link_id' },
        // Without a fixed amount the payer chooses it, and a code for many uses takes it many times.
        create_qr_code: {
          kind: 'payment_link',
          amounts: [{ path: 'payment_amount', unit: 'minor', form: 'number', absent: 'unknown' }],
          unknownUnless: { usage: ['single_use'] },
          currency: { constant: 'INR' },
          reason: 'description',
          recipient: 'customer_id',
        },
        close_qr_code: { kind: 'void', reference: 'qr_code_id' },
        create_instant_settlement: {
          kind: 'payout',
          amounts: [{ path: 'amount', unit: 'minor', form: 'number', absent: 'unknown' }],
          // Then the whole balance is paid out, whatever the amount says.
          unknownIf: ['settle_full_balance'],
          currency: { constant: 'INR' },
          reason: 'description',
        },
        revoke_token: { kind: 'customer_write', recipient: 'customer_id', reference: 'token_id' },
      },
    },
  ],
} satisfies ProviderCatalogue;
