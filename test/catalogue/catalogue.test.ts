import { describe, expect, it } from 'vitest';
import { classifierFor, PROVIDER_NAMES } from '../../src/catalogue/index.ts';
import type { ToolClassifier } from '../../src/catalogue/index.ts';
import { loadProvider } from '../../src/catalogue/providers.ts';
import { fromPlain } from '../../src/core/json.ts';
import { definitionOf, LISTS } from './surfaces.ts';

/** The provider of each list. */
const PROVIDERS: Readonly<Record<string, string>> = {
  'adyen@0.5.0': 'adyen',
  'agentcash@0.14.4': 'agentcash',
  'airwallex-community': 'airwallex',
  'alby@1.1.1': 'alby',
  'brex-community': 'brex',
  'chargebee@0.0.8': 'chargebee',
  'coinbase-agentkit@0.10.4': 'coinbase-agentkit',
  'conway-terminal@2.0.9': 'conway-terminal',
  'creem@1.13.0': 'creem',
  'dodopayments@2.47.0': 'dodopayments',
  'gocardless-community': 'gocardless',
  'mollie@0.1.0': 'mollie',
  'paddle@0.1.6': 'paddle',
  'paypal@1.8.0': 'paypal',
  'paystack@0.0.2': 'paystack',
  'quickbooks-official': 'quickbooks-official',
  'quickbooks@0.11.0': 'quickbooks',
  'razorpay@ad68cf0': 'razorpay',
  'square@0.1.2': 'square',
  'stripe-hosted-2026-09': 'stripe',
  'stripe-hosted-2026-mid': 'stripe',
  'stripe@0.1.4': 'stripe',
  'stripe@0.2.5': 'stripe',
  'wise-community': 'wise',
  'worldpay@1.1.0': 'worldpay',
  'xero@0.0.17': 'xero',
};

/** What is listed and stays unclassified, because it may move money unseen or hands out the power to. */
const UNCLASSIFIED: Readonly<Record<string, readonly string[]>> = {
  'adyen@0.5.0': [
    'create_terminal_action',
    'reassign_terminal',
    'update_terminal_settings',
    'create_hosted_onboarding_link',
  ],
  'agentcash@0.14.4': ['redeem_invite'],
  'brex-community': ['user_invite', 'user_update', 'card_expense_update', 'vendor_create', 'vendor_update'],
  'coinbase-agentkit@0.10.4': ['X402ActionProvider_make_http_request'],
  'conway-terminal@2.0.9': [
    ...['sandbox_write_file', 'sandbox_expose_port', 'sandbox_remove_port', 'sandbox_add_domain'],
    ...['sandbox_remove_domain', 'sandbox_delete', 'sandbox_terminal_session', 'sandbox_pty_create'],
    ...['sandbox_pty_write', 'sandbox_pty_close', 'sandbox_pty_resize', 'x402_check', 'domain_dns_add'],
    ...['domain_dns_update', 'domain_dns_delete', 'domain_privacy', 'domain_nameservers'],
  ],
  'dodopayments@2.47.0': ['execute'],
  'paypal@1.8.0': ['create_shipment_tracking'],
  'quickbooks-official': ['execute_action'],
  'quickbooks@0.11.0': ['qbo_authenticate'],
  'stripe-hosted-2026-09': ['manage_stripe_accounts'],
  'worldpay@1.1.0': ['manage_payment'],
};

async function toolsOf(list: string): Promise<Map<string, ToolClassifier>> {
  const classifier = await classifierFor(PROVIDERS[list] ?? null, new Map(), null);
  const tools = Object.entries(LISTS[list] ?? {});
  return new Map(
    tools.flatMap(([name, paths]) =>
      paths === null ? [] : [[name, classifier.tool(fromPlain(definitionOf(name, paths)))]],
    ),
  );
}

describe('when a real server lists its tools', () => {
  it('knows every server that was looked at', () => {
    expect(Object.keys(PROVIDERS)).toEqual(Object.keys(LISTS));
    expect([...new Set([...Object.values(PROVIDERS), 'sandbox'])].sort()).toEqual([...PROVIDER_NAMES]);
  });

  it.each(Object.keys(LISTS))('finds every path of its entries in the list of %s', async (list) => {
    const tools = await toolsOf(list);
    const faults = [...tools].flatMap(([name, { why }]) => (why === null ? [] : [[name, why]]));
    const words = `the catalogue of \`${PROVIDERS[list] ?? ''}\` does not know it`;
    expect(faults).toEqual([...(UNCLASSIFIED[list] ?? [])].sort(byPlace(tools)).map((name) => [name, words]));
  });

  it.each(PROVIDER_NAMES.filter((name) => name !== 'sandbox'))('knows no tool that %s does not list', async (name) => {
    const { surfaces } = await loadProvider(name);
    const lists = Object.entries(LISTS).filter(([list]) => PROVIDERS[list] === name);
    const listed = new Set(lists.flatMap(([, tools]) => Object.keys(tools)));
    const strangers = surfaces.flatMap(({ tools }) => Object.keys(tools)).filter((tool) => !listed.has(tool));
    // Named in public transcripts of the hosted server between the two lists.
    expect(strangers).toEqual(name === 'stripe' ? ['stripe_api_execute'] : []);
  });

  it('selects by values that the list allows', async () => {
    for (const [list, tools] of Object.entries(LISTS)) {
      const { surfaces } = await loadProvider(PROVIDERS[list] ?? '');
      for (const [tool, paths] of Object.entries(tools)) {
        const known = surfaces.flatMap((surface) => new Map(Object.entries(surface.tools)).get(tool) ?? []);
        for (const { when, unknownUnless } of known.flat()) {
          for (const [path, values] of Object.entries({ ...when, ...unknownUnless })) {
            const row = paths?.split(' ').find((one) => one.startsWith(`${path}:`) && one.includes('='));
            const allowed = row?.split('=')[1]?.split(',');
            if (allowed === undefined) continue;
            expect([list, tool, path, values.filter((one) => one !== null && !allowed.includes(one))]).toEqual([
              ...[list, tool, path, []],
            ]);
          }
        }
      }
    }
  });
});

function byPlace(tools: ReadonlyMap<string, unknown>): (one: string, other: string) => number {
  const names = [...tools.keys()];
  return (one, other) => names.indexOf(one) - names.indexOf(other);
}
