/**
 * Worldpay's server. Amounts are numbers of the smallest unit. `manage_payment` posts to whatever address it is given,
 * with the merchant's credentials, and its command name is not looked at: it stays unclassified.
 */
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

export const worldpay = {
  provider: 'worldpay',
  surfaces: [
    {
      version: '1.1.0',
      tools: {
        ...named('read', 'query_payments_by_date query_payment_by_id query_payments_by_transaction_reference'),
        ...named('read', 'query_account_payouts'),
        take_guest_payment: {
          kind: 'charge',
          amounts: [{ path: 'amount', unit: 'minor', form: 'number', absent: 'unknown' }],
          currency: { path: 'currency', absent: 'GBP' },
          recipient: 'cardHolderName',
        },
        create_hosted_payment: {
          kind: 'payment_link',
          amounts: [{ path: 'amount', unit: 'minor', form: 'number', absent: 'unknown' }],
          currency: { path: 'currency', absent: 'GBP' },
        },
        // An amount is required, and a card is kept that can be charged with any other.
        create_worldpay_token: { kind: 'card_store', recipient: 'cardHolderName' },
        // The cap that the token carries is what can be spent at most.
        create_delegate_token: {
          kind: 'allowance',
          amounts: [{ path: 'allowance.max_amount', unit: 'minor', form: 'number', absent: 'unknown' }],
          currency: { path: 'allowance.currency' },
          reason: 'allowance.reason',
          recipient: 'allowance.merchant_id',
          reference: 'allowance.checkout_session_id',
        },
      },
    },
  ],
} satisfies ProviderCatalogue;
