/** The providers the product knows. Each is read only when the configuration names it. */
import { CatalogueError } from './errors.ts';
import type { ProviderCatalogue } from './provider.ts';

type Load = () => Promise<ProviderCatalogue>;

const PROVIDERS: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['creem', async () => (await import('./providers/creem.ts')).creem],
  ['paypal', async () => (await import('./providers/paypal.ts')).paypal],
  ['sandbox', async () => (await import('./providers/sandbox.ts')).sandbox],
  ['square', async () => (await import('./providers/square.ts')).square],
  ['stripe', async () => (await import('./providers/stripe.ts')).stripe],
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
