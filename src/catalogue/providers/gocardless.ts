/** The community's GoCardless server. */
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

export const gocardless = {
  provider: 'gocardless',
  surfaces: [
    {
      version: 'community',
      tools: {
        ...named('read', 'list_customers get_customer list_customer_bank_accounts list_payments'),
        ...named('read', 'get_billing_request list_billing_requests'),
        create_customer: { kind: 'customer_write', recipient: 'email' },
        create_redirect_flow: { kind: 'mandate' },
        create_billing_request_flow: { kind: 'mandate', reference: 'billing_request_id' },
        create_billing_request: {
          kind: 'charge',
          amounts: [{ path: 'amount_cents', unit: 'minor', form: 'number', absent: 'unknown' }],
          currency: { path: 'currency' },
          reason: 'description',
          recipient: 'customer_email',
          reference: 'payment_reference',
        },
        // Makes the payment of a request that was made before.
        fulfil_billing_request: { kind: 'capture', reference: 'billing_request_id' },
      },
    },
  ],
} satisfies ProviderCatalogue;
