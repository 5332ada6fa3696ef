/** Servers of which only the look-ups are known. What they could do beside that cannot be seen from a call. */
import type { ProviderCatalogue } from '../provider.ts';
import { named } from './named.ts';

/** `execute` runs a program that the agent wrote, and stays unclassified. */
export const dodopayments = {
  provider: 'dodopayments',
  surfaces: [{ version: '2.47.0', tools: named('read', 'search_docs') }],
} satisfies ProviderCatalogue;

export const chargebee = {
  provider: 'chargebee',
  surfaces: [{ version: '0.0.8', tools: named('read', 'chargebee_code_planner chargebee_documentation_search') }],
} satisfies ProviderCatalogue;
