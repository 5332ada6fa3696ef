/**
 * Which payment provider an entry of a client's file is for, by what it starts or where it goes. It is a proposal that a
 * person sees before it counts; what the tools of the server do is decided by the catalogue, from their schemas.
 */
import type { Launch, Server } from './servers.ts';
import { startedWords } from './started.ts';

interface Known {
  /** As in the catalogue; null for a provider that it does not know. */
  readonly provider: string | null;
  /** Packages, images and programs by their exact names, without a version. */
  readonly programs: readonly string[];
  /** Hosts of remote servers. */
  readonly hosts?: readonly string[];
  /** How variables of its keys begin. */
  readonly variables?: readonly string[];
  /** How its keys begin. */
  readonly keys?: readonly string[];
}

const KNOWN: readonly Known[] = [
  {
    provider: 'stripe',
    programs: ['@stripe/mcp', 'mcp/stripe'],
    hosts: ['mcp.stripe.com'],
    variables: ['STRIPE_'],
    keys: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'],
  },
  {
    provider: 'paypal',
    programs: ['@paypal/mcp', '@paypal/agent-toolkit'],
    hosts: ['mcp.paypal.com', 'mcp.sandbox.paypal.com'],
    variables: ['PAYPAL_'],
  },
  {
    provider: 'square',
    programs: ['square-mcp-server'],
    hosts: ['mcp.squareup.com'],
    variables: ['SQUARE_'],
  },
  { provider: 'creem', programs: ['creem'], variables: ['CREEM_'], keys: ['creem_'] },
  { provider: 'paddle', programs: ['@paddle/paddle-mcp'], variables: ['PADDLE_'], keys: ['pdl_live_', 'pdl_sdbx_'] },
  { provider: 'xero', programs: ['@xeroapi/xero-mcp-server'], variables: ['XERO_'] },
  { provider: 'quickbooks', programs: ['quickbooks-mcp'], variables: ['QUICKBOOKS_', 'QBO_'] },
  { provider: 'quickbooks-official', programs: ['quickbooks-online-mcp-server'] },
  { provider: 'adyen', programs: ['@adyen/mcp', 'adyen-mcp'], variables: ['ADYEN_'] },
  {
    provider: 'razorpay',
    programs: ['razorpay/mcp', 'razorpay-mcp-server'],
    hosts: ['mcp.razorpay.com'],
    variables: ['RAZORPAY_'],
    keys: ['rzp_live_', 'rzp_test_'],
  },
  { provider: 'worldpay', programs: ['@worldpay/worldpay-mcp', 'worldpay-mcp'], variables: ['WORLDPAY_'] },
  { provider: 'paystack', programs: ['@paystack/mcp-server', 'paystack-mcp-server'], variables: ['PAYSTACK_'] },
  { provider: 'mollie', programs: ['mollie-mcp'], variables: ['MOLLIE_'] },
  { provider: 'alby', programs: ['@getalby/mcp'], hosts: ['mcp.getalby.com'], variables: ['NWC_CONNECTION_STRING'] },
  { provider: 'dodopayments', programs: ['dodopayments-mcp'], variables: ['DODO_PAYMENTS_'] },
  { provider: 'chargebee', programs: ['@chargebee/mcp'], variables: ['CHARGEBEE_'] },
  { provider: 'agentcash', programs: ['agentcash'], variables: ['X402_'] },
  { provider: 'conway-terminal', programs: ['conway-terminal'], variables: ['CONWAY_'] },
  {
    provider: 'coinbase-agentkit',
    programs: ['@coinbase/agentkit-model-context-protocol'],
    variables: ['CDP_API_KEY'],
  },
  { provider: 'gocardless', programs: ['gocardless-mcp'], variables: ['GOCARDLESS_'] },
  { provider: 'airwallex', programs: ['airwallex-mcp'], variables: ['AIRWALLEX_'] },
  { provider: 'wise', programs: ['wise-mcp', 'mcp-wise'], variables: ['WISE_API_'] },
  { provider: 'brex', programs: ['brex-mcp', 'brex-mcp-server'], variables: ['BREX_'] },
  { provider: 'sandbox', programs: [], variables: ['SANDBOX_API_KEY'] },
  { provider: null, programs: [], hosts: ['mcp.mercadopago.com', 'mcp.mercadolibre.com'], variables: ['MERCADOPAGO_'] },
  { provider: null, programs: [], variables: ['PLAID_', 'RAMP_CLIENT_', 'CHECKOUT_SECRET_', 'BRAINTREE_'] },
];

/** What an entry was recognised as. */
interface Recognised {
  /** Null: a payment server that the catalogue has nothing of. */
  readonly provider: string | null;
}

/** The payment provider of a server; null for a server that is not recognised as one. */
export function recognised({ launch }: Pick<Server, 'launch'>): Recognised | null {
  // What is started says more than the names of variables, which anybody chooses.
  // Of two providers whose keys begin alike, the name of the variable tells which.
  const found = [isStarted, isGivenVariables, isGivenKeys]
    .map((isKnownBy) => KNOWN.find((one) => isKnownBy(one, launch)))
    .find((one) => one !== undefined);
  return found === undefined ? null : { provider: found.provider };
}

function isStarted({ programs, hosts = [] }: Known, launch: Launch): boolean {
  if (launch.via === 'other') return false;
  if (launch.via === 'http') return hosts.includes(hostOf(launch.url));
  const words = [launch.command, ...launch.args];
  if (words.some((word) => /^https?:/i.test(word) && hosts.includes(hostOf(word)))) return true;
  const started = startedWords(launch.command, launch.args);
  return started.some((word) => programs.some((program) => isProgram(word, program)));
}

/** The package or image itself in any version, or a file within it. */
function isProgram(word: string, program: string): boolean {
  const path = word.replaceAll('\\', '/').replace(/^npm:/, '');
  const bare = path.replace(/@sha256:[0-9a-f]+$/, '').replace(/(?<=.)(?:@|:|==)[^@/:=]*$/, '');
  // An image may stand behind the host of its registry.
  if (
    bare === program ||
    (program.includes('/') && /^[\w-]+(?:\.[\w-]+)+(?::\d+)?\//.test(bare) && bare.endsWith(`/${program}`))
  )
    return true;
  if (path.includes(`/node_modules/${program}/`)) return true;
  if (program.includes('/')) return false;
  const parts = bare.split('/').map((part) => part.toLowerCase().replace(/\.(?:exe|cmd|js)$/, ''));
  // Directories are called like people and projects; one that says what it is may be meant.
  return parts.at(-1) === program || (program.includes('mcp') && parts.includes(program));
}

function isGivenVariables({ variables = [] }: Known, launch: Launch): boolean {
  return Object.keys(valuesOf(launch)).some((name) => variables.some((prefix) => name.startsWith(prefix)));
}

function isGivenKeys({ keys = [] }: Known, launch: Launch): boolean {
  const texts = [...Object.values(valuesOf(launch)), ...(launch.via === 'stdio' ? launch.args : [])];
  return texts.some((text) => keys.some((prefix) => new RegExp(`(?:^|[=:\\s])${prefix}`).test(text)));
}

/** The environment or the headers, and what a container is given of them behind `-e`. */
function valuesOf(launch: Launch): Readonly<Record<string, string>> {
  switch (launch.via) {
    case 'other':
      return {};
    case 'http':
      return launch.headers;
    case 'stdio':
      return { ...containerEnv(launch.args), ...launch.env };
  }
}

function containerEnv(args: readonly string[]): Readonly<Record<string, string>> {
  const given = args.flatMap((arg, index) => {
    if (arg === '-e' || arg === '--env') return [args[index + 1] ?? ''];
    return arg.startsWith('--env=') ? [arg.slice('--env='.length)] : [];
  });
  return Object.fromEntries(given.map((pair) => [pair.split('=')[0] ?? '', pair.split('=').slice(1).join('=')]));
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}
