/** Conway Terminal: a wallet of dollar coins that buys machines, names and answers. */
import type { CatalogueEntry } from '../../core/entry.ts';
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

const TOP_UP = {
  kind: 'wallet_pay',
  amounts: [{ path: 'amount_usd', unit: 'major', form: 'number', absent: 'unknown' }],
  currency: { constant: 'USD' },
  recipient: 'address',
} satisfies CatalogueEntry;

export const conwayTerminal = {
  provider: 'conway-terminal',
  surfaces: [
    {
      version: '2.0.9',
      tools: {
        ...named(
          'read',
          `sandbox_list sandbox_read_file sandbox_get sandbox_list_ports sandbox_list_domains sandbox_get_url
           sandbox_metrics sandbox_activity sandbox_commands sandbox_pty_read sandbox_pty_list wallet_info
           wallet_networks x402_discover credits_balance credits_history credits_pricing domain_search domain_list
           domain_info domain_dns_list domain_pricing domain_check`,
        ),
        x402_fetch: { kind: 'wallet_pay', recipient: 'url' },
        credits_topup: TOP_UP,
        credits_purchase: TOP_UP,
        // The price stands in another tool's answer.
        domain_register: { kind: 'wallet_pay', reference: 'domain', quantity: 'years' },
        domain_renew: { kind: 'wallet_pay', reference: 'domain', quantity: 'years' },
        sandbox_create: { kind: 'metered_usage' },
        sandbox_exec: { kind: 'metered_usage', reference: 'sandbox_id' },
        chat_completions: { kind: 'metered_usage', reference: 'model' },
      },
    },
  ],
} satisfies ProviderCatalogue;
