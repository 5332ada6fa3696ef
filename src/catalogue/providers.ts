/** The providers the product knows. Each is read only when the configuration names it. */
import { CatalogueError } from './errors.ts';
import type { ProviderCatalogue } from './provider.ts';

type Load = () => Promise<ProviderCatalogue>;

const PROVIDERS: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['adyen', async () => (await import('./providers/adyen.ts')).adyen],
  ['agentcash', async () => (await import('./providers/agentcash.ts')).agentcash],
  ['airwallex', async () => (await import('./providers/airwallex.ts')).airwallex],
  ['alby', async () => (await import('./providers/alby.ts')).alby],
  ['brex', async () => (await import('./providers/brex.ts')).brex],
  ['chargebee', async () => (await import('./providers/docs-only.ts')).chargebee],
  ['coinbase-agentkit', async () => (await import('./providers/coinbase-agentkit.ts')).coinbaseAgentkit],
  ['conway-terminal', async () => (await import('./providers/conway-terminal.ts')).conwayTerminal],
  ['creem', async () => (await import('./providers/creem.ts')).creem],
  ['dodopayments', async () => (await import('./providers/docs-only.ts')).dodopayments],
  ['gocardless', async () => (await import('./providers/gocardless.ts')).gocardless],
  ['mollie', async () => (await import('./providers/mollie.ts')).mollie],
  ['paddle', async () => (await import('./providers/paddle.ts')).paddle],
  ['paypal', async () => (await import('./providers/paypal.ts')).paypal],
  ['paystack', async () => (await import('./providers/paystack.ts')).paystack],
  ['quickbooks', async () => (await import('./providers/quickbooks.ts')).quickbooks],
  ['quickbooks-official', async () => (await import('./providers/quickbooks.ts')).quickbooksOfficial],
  ['razorpay', async () => (await import('./providers/razorpay.ts')).razorpay],
  ['sandbox', async () => (await import('./providers/sandbox.ts')).sandbox],
  ['square', async () => (await import('./providers/square.ts')).square],
  ['stripe', async () => (await import('./providers/stripe.ts')).stripe],
  ['wise', async () => (await import('./providers/wise.ts')).wise],
  ['worldpay', async () => (await import('./providers/worldpay.ts')).worldpay],
  ['xero', async () => (await import('./providers/xero.ts')).xero],
]);

/** The names a configuration may give as `provider`, in alphabetical order. */
export const PROVIDER_NAMES: readonly string[] = [...PROVIDERS.keys()];

/** What is known of a provider. Throws `CatalogueError` for a name that is not in the catalogue. */
export async function loadProvider(name: string): Promise<ProviderCatalogue> {
  const load = PROVIDERS.get(name);
  if (load === undefined) {
    const known = PROVIDER_NAMES.map((one) => `\`${one}\``).join(', ');
    throw new CatalogueError(
      'unknown_provider',
      `there is no provider \`${name}\` in the catalogue; it knows ${known}`,
    );
  }
  return load();
}
