/** Alby's server: a Lightning wallet. Amounts are satoshis, which no money rule compares. */
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

export const alby = {
  provider: 'alby',
  surfaces: [
    {
      version: '1.1.1',
      tools: {
        ...named('read', 'get_wallet_service_info get_info get_balance lookup_invoice list_transactions'),
        ...named('read', 'fiat_to_sats parse_invoice request_invoice'),
        make_invoice: {
          kind: 'payment_link',
          amounts: [{ path: 'amount_in_sats', unit: 'sat', form: 'number', absent: 'unknown' }],
          reason: 'description',
        },
        // The sum stands inside the invoice; the argument is only for invoices that name none.
        pay_invoice: {
          kind: 'wallet_pay',
          amounts: [{ path: 'amount_in_sats', unit: 'sat', form: 'number', absent: 'unknown' }],
          reference: 'invoice',
        },
        fetch_l402: { kind: 'wallet_pay', recipient: 'url' },
      },
    },
  ],
} satisfies ProviderCatalogue;
