/** The community's Mollie server. The currency is fixed in its code. */
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

export const mollie = {
  provider: 'mollie',
  surfaces: [
    {
      version: '0.1.0',
      tools: {
        ...named('read', 'fetch-transactions transaction-info fetch-methods profile-info'),
        'create-payment-link': {
          kind: 'payment_link',
          amounts: [{ path: 'amount', unit: 'major', form: 'decimal-string', absent: 'unknown' }],
          currency: { constant: 'EUR' },
        },
      },
    },
  ],
} satisfies ProviderCatalogue;
