/** The community's Airwallex server. Amounts are major units, as numbers; arguments go to the API as they are. */
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

export const airwallex = {
  provider: 'airwallex',
  surfaces: [
    {
      version: 'community',
      tools: {
        ...named(
          'read',
          'airwallex_get_payment airwallex_list_payments airwallex_get_transfer airwallex_list_transfers',
        ),
        airwallex_create_payment: {
          kind: 'payout',
          amounts: [{ path: 'amount', unit: 'major', form: 'number', absent: 'unknown' }],
          currency: { path: 'currency' },
          reason: 'reason',
          recipient: 'beneficiary_id',
          reference: 'reference',
        },
        airwallex_confirm_payment: { kind: 'payout', reference: 'payment_id' },
        airwallex_cancel_payment: { kind: 'void', reason: 'reason', reference: 'payment_id' },
        airwallex_create_transfer: {
          kind: 'payout',
          amounts: [{ path: 'amount', unit: 'major', form: 'number', absent: 'unknown' }],
          currency: { path: 'currency' },
          reason: 'reason',
          recipient: 'destination_account_id',
          reference: 'reference',
        },
        airwallex_cancel_transfer: { kind: 'void', reason: 'reason', reference: 'transfer_id' },
      },
    },
  ],
} satisfies ProviderCatalogue;
