/** AgentCash: a wallet of dollar coins that pays for what it fetches. */
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

export const agentcash = {
  provider: 'agentcash',
  surfaces: [
    {
      version: '0.14.4',
      tools: {
        ...named('read', 'get_balance list_accounts check_endpoint_schema discover_api_endpoints get_settings search'),
        // The price comes with the answer; the cap, in dollars, is what can be spent at most.
        fetch: {
          kind: 'wallet_pay',
          amounts: [{ path: 'maxAmount', unit: 'major', form: 'number', absent: 'unknown' }],
          currency: { constant: 'USD' },
          recipient: 'url',
        },
        bridge: {
          kind: 'transfer',
          amounts: [{ path: 'amount', unit: 'token', form: 'number', absent: 'unknown' }],
          recipient: 'to',
        },
        // The cap that `fetch` has when a call names none.
        update_settings: {
          kind: 'limit_change',
          amounts: [{ path: 'maxAmount', unit: 'major', form: 'number', absent: 'unknown' }],
          currency: { constant: 'USD' },
        },
        report_error: { kind: 'message' },
      },
    },
  ],
} satisfies ProviderCatalogue;
