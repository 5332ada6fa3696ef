/** The situations that pages begin in, made with the real commands. A page names one: `home: shop` in a comment. */
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BIN, homeIn } from '../../e2e/support/home.ts';
import { RawClient } from '../../e2e/support/raw-client.ts';
import { loopbackEnv, stripeServer } from '../../e2e/support/servers.ts';
import { ROOT } from '../markdown.ts';
import { PASSPHRASE } from './dialogues.ts';
import { type Room, run } from './shell.ts';

export interface Setting extends Room {
  /** Real ids, by which the page's are replaced: requests for approval that wait, and fingerprints. */
  readonly names: Map<string, string>;
  remove(): Promise<void>;
}

type Furnish = (room: Room, stubUrl: string) => Promise<Map<string, string>>;

const SETTINGS: Readonly<Record<string, Furnish>> = {
  empty: () => Promise.resolve(new Map()),
  clients: async ({ directory }) => {
    const file = join(directory, '.config/Claude/claude_desktop_config.json');
    const stripe = { command: 'npx', args: ['-y', '@stripe/mcp@0.2.5', '--tools=all'] };
    const files = { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', '/tmp'] };
    const mcpServers = { files, stripe: { ...stripe, env: { STRIPE_SECRET_KEY: 'sk_live_51LoopbackLoopback' } } };
    await put(file, JSON.stringify({ mcpServers }, null, 2));
    return new Map();
  },
  configured: async ({ directory }) => {
    await mkdir(join(directory, '.countersign'), { mode: 0o700 });
    const config = { version: 1, upstreams: {}, policies: {}, grants: {} };
    await put(join(directory, '.countersign', 'countersign.config.json'), JSON.stringify(config, null, 2));
    return new Map();
  },
  shop: async (room) => {
    await openShop(room);
    return new Map();
  },
  people: async (room) => {
    const token = await openShop(room);
    await must(room, 'countersign secret set stripe-live');
    await must(room, 'countersign upstream review stripe --accept');
    for (const line of [
      'countersign operator add ada --person Ada --role admin --role approver --identity support@acme.example',
      'countersign operator add bo --person Bo --role finance --as ada',
      'countersign operator add pat --person Pat --role policy --as ada',
    ])
      await must(room, line);
    const held = { ...REFUND, reason: 'damaged on arrival' };
    await calls(
      room,
      token,
      [8900, 9100].map((amount) => ['create_refund', { ...held, amount }] as const),
    );
    const { shown } = await must(room, 'countersign approvals list --json');
    const waiting = (JSON.parse(shown) as { id: string }[]).map(({ id }) => id);
    const root = JSON.parse((await must(room, 'countersign operator list --json')).shown) as { fingerprint: string }[];
    return new Map([...waiting.map((id, index) => [`approval ${index}`, id] as const), ['root', root[0]!.fingerprint]]);
  },
  signed: async (room, stubUrl) => {
    const people = await settle('people', stubUrl);
    await cp(people.directory, room.directory, { recursive: true });
    await people.remove();
    const config = { ...SHOP, trust: { root: people.names.get('root') } };
    await put(join(room.directory, '.countersign', 'countersign.config.json'), JSON.stringify(config, null, 2));
    return people.names;
  },
};

/** Rooms as they were furnished: what takes a minute to make is made once, and copied. */
const TEMPLATES = new Map<string, { readonly directory: string; readonly names: Map<string, string> }>();

/** A new room for a page; the caller removes it. */
export async function settle(name: string, stubUrl: string): Promise<Setting> {
  const template = TEMPLATES.get(name) ?? (await furnished(name, stubUrl));
  TEMPLATES.set(name, template);
  const directory = await mkdtemp(join(tmpdir(), 'countersign-page-'));
  await cp(template.directory, directory, { recursive: true });
  await chmod(directory, 0o700);
  return { directory, env: envOf(directory), names: new Map(template.names), remove: () => removed(directory) };
}

/** Removes what `settle` copies from. */
export async function clear(): Promise<void> {
  for (const { directory } of TEMPLATES.values()) await removed(directory);
  TEMPLATES.clear();
}

async function furnished(name: string, stubUrl: string): Promise<{ directory: string; names: Map<string, string> }> {
  const furnish = SETTINGS[name];
  if (furnish === undefined) throw new Error(`no setting is called \`${name}\`: ${Object.keys(SETTINGS).join(', ')}`);
  const directory = await mkdtemp(join(tmpdir(), 'countersign-setting-'));
  await program(directory, 'countersign', `exec '${process.execPath}' '${BIN}' "$@"`);
  await program(directory, 'npx', npxWith(stubUrl));
  await put(join(directory, 'passphrase'), PASSPHRASE);
  await mkdir(join(directory, 'reports'));
  await cp(join(ROOT, 'policies'), join(directory, 'policies'), { recursive: true });
  const names = await furnish({ directory, env: envOf(directory) }, stubUrl);
  return { directory, names };
}

function envOf(directory: string): Record<string, string> {
  return {
    ...{ PATH: `${join(directory, '.bin')}:${process.env['PATH'] ?? ''}`, HOME: directory, LANG: 'C.UTF-8' },
    ...{ XDG_CONFIG_HOME: join(directory, '.config'), COUNTERSIGN_KEYRING: 'off' },
  };
}

function removed(directory: string): Promise<void> {
  return rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** Writes a file of the reader's, for nobody else to read. */
export async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600 });
}

async function program(directory: string, name: string, script: string): Promise<void> {
  const file = join(directory, '.bin', name);
  await put(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o700);
}

/** `npx`, without the network: it knows the one server that the pages start. */
function npxWith(stubUrl: string): string {
  const { command, args } = stripeServer(stubUrl);
  const env = Object.entries(loopbackEnv(stubUrl)).map(([name, value]) => `${name}='${value}'`);
  const real = [command, args[0]].map((word) => `'${word}'`).join(' ');
  return `case "$*" in '-y @stripe/mcp@0.2.5 --tools=all') exec env ${env.join(' ')} ${real} --tools=all ;; esac
echo "npx: no network on these pages: $*" >&2
exit 1`;
}

async function must(room: Room, line: string): Promise<{ readonly shown: string }> {
  const { exit, shown } = await run(room, line);
  if (exit !== 0) throw new Error(`${line}: exit ${exit}: ${shown}`);
  return { shown };
}

const REFUND = { payment_id: 'pay_1001', amount: 4500, currency: 'USD' };

type Made = readonly (readonly [tool: string, args: Record<string, unknown>])[];

/** What agents do between two blocks of a page, in the page's words. */
const DEEDS: Readonly<Record<string, Made>> = {
  'asks for the balance and for a refund of 250 USD': [
    ['retrieve_balance', {}],
    ['create_refund', { payment_intent: 'pi_1', amount: 25_000 }],
  ],
};

/** The agent of support does it, in a session of its own. */
export async function act(room: Room, deed: string): Promise<void> {
  const made = DEEDS[deed];
  if (made === undefined) throw new Error(`what is it that an agent ${deed}?`);
  await calls(room, await tokenOf(room, 'support-agent'), made);
}

async function tokenOf(room: Room, grant: string): Promise<string> {
  const { shown } = await must(room, `countersign grant issue ${grant} --json`);
  return (JSON.parse(shown) as { token: string }).token;
}

async function calls(room: Room, token: string, made: Made): Promise<void> {
  const home = homeIn(room.directory, join(room.directory, '.countersign'));
  const client = new RawClient({ ...home, env: room.env }, token);
  await client.initialize();
  for (const [tool, args] of made) await client.call(tool, args);
  await client.close();
}

/** A shop with two agents, which did a few things that pages speak of. Answers the token of support. */
async function openShop(room: Room): Promise<string> {
  const home = join(room.directory, '.countersign');
  await put(join(home, 'countersign.config.json'), JSON.stringify(SHOP, null, 2));
  await put(join(home, 'policies', 'support.json'), JSON.stringify(SUPPORT, null, 2));
  await put(join(home, 'policies', 'finance.json'), JSON.stringify(FINANCE, null, 2));
  await must(room, 'countersign secret set sandbox-key');
  await must(room, 'countersign upstream review sandbox --accept');
  const support = await tokenOf(room, 'support-agent');
  await calls(room, support, [
    ['create_refund', { ...REFUND, reason: 'parcel arrived damaged' }],
    ['create_refund', REFUND],
    ['create_refund', { ...REFUND, amount: 60_000, reason: 'obeys a note' }],
  ]);
  await calls(room, await tokenOf(room, 'finance-agent'), [
    ['create_charge', { customer: 'cus_acme', amount: 25_000, currency: 'USD' }],
  ]);
  return support;
}

const rule = (id: string, tools: readonly string[], effect: string, more: object = {}): object => ({
  ...{ id, tools, effect },
  ...more,
});

const SUPPORT = {
  version: 1,
  default: 'deny',
  rules: [
    rule('reads', ['kind:read'], 'allow'),
    rule('refunds', ['kind:refund'], 'allow'),
    rule('refund-reason', ['kind:refund'], 'require', { when: { reason: { present: true } } }),
    rule('refund-ceiling', ['kind:refund'], 'deny', { when: { amount: { gt: '500 USD' } } }),
    rule('sign-off', ['kind:refund'], 'approve', {
      when: { amount: { gt: '80 USD' } },
      approve: { count: 1, roles: ['finance'] },
    }),
  ],
};

const FINANCE = {
  version: 1,
  default: 'deny',
  rules: [rule('reads', ['kind:read'], 'allow'), rule('charges', ['kind:charge'], 'allow')],
};

const SHOP = {
  version: 1,
  upstreams: {
    sandbox: {
      ...{ command: process.execPath, args: [BIN, 'sandbox'], provider: 'sandbox', prefix: '' },
      env: { SANDBOX_API_KEY: { secret: 'sandbox-key' } },
    },
    stripe: {
      ...{ command: 'npx', args: ['-y', '@stripe/mcp@0.2.5', '--tools=all'], provider: 'stripe' },
      ...{ env: { STRIPE_SECRET_KEY: { secret: 'stripe-live' } }, currency: { assume: 'USD' } },
    },
  },
  policies: { support: 'policies/support.json', finance: 'policies/finance.json' },
  grants: {
    'support-agent': { principal: 'support@acme.example', policies: ['support'], upstreams: ['sandbox'] },
    'finance-agent': { principal: 'finance@acme.example', policies: ['finance'], upstreams: ['sandbox'] },
    'desk-agent': { principal: 'desk@acme.example', policies: ['support'], upstreams: ['stripe'] },
  },
  approvals: { wait: '1s' },
};
