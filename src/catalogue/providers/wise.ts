/** The community's Wise server: quote, transfer, fund. Only the quote names a sum. */
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

export const wise = {
  provider: 'wise',
  surfaces: [
    {
      version: 'community',
      tools: {
        ...named('read', 'get_quote get_temporary_quote list_transfers get_transfer get_delivery_estimate'),
        create_quote: {
          kind: 'quote',
          amounts: [{ path: 'sourceAmount', unit: 'major', form: 'number', absent: 'unknown' }],
          // Then the source side follows from a rate.
          unknownIf: ['targetAmount'],
          currency: { path: 'sourceCurrency' },
        },
        create_transfer: {
          kind: 'payout',
          reason: 'reference',
          recipient: 'targetAccount',
          reference: 'quoteId',
        },
        fund_transfer: { kind: 'payout', reference: 'transferId' },
        cancel_transfer: { kind: 'void', reference: 'transferId' },
      },
    },
  ],
} satisfies ProviderCatalogue;
