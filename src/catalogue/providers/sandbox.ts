/** The server of `countersign sandbox`. Amounts are integers of the currency's smallest unit. */
import type { ProviderCatalogue } from '../provider.ts';

export const sandbox = {
  provider: 'sandbox',
  surfaces: [
    {
      version: '1',
      tools: {
        list_payments: { kind: 'read' },
        get_payment: { kind: 'read', reference: 'payment_id' },
        get_ledger: { kind: 'read' },
        create_charge: {
          kind: 'charge',
          amounts: [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
          currency: { path: 'currency' },
          reason: 'description',
          recipient: 'customer',
          reference: 'order',
        },
        create_refund: {
          kind: 'refund',
          amounts: [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'full' }],
          currency: { path: 'currency' },
          reason: 'reason',
          reference: 'payment_id',
        },
        create_payout: {
          kind: 'payout',
          amounts: [{ path: 'amount', unit: 'minor', form: 'integer', absent: 'unknown' }],
          currency: { path: 'currency' },
          reason: 'description',
          recipient: 'recipient',
        },
      },
    },
  ],
} satisfies ProviderCatalogue;
