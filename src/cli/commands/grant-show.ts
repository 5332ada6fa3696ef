/** `countersign grant show`: one grant, its tokens, and what stands in its way. */
import type { GrantConfig, LoadedConfig } from '../../config/types.ts';
import type { Freeze, TokenRecord } from '../../state/index.ts';
import { Installation } from '../compose.ts';
import { freezeWords, frozenState } from '../freeze-words.ts';
import { declared, isoOf } from '../grant-parts.ts';
import { type GrantState, grantStateOf } from '../grant-state.ts';
import { Exit, type ExitCode, print, printJson, printTable } from '../report.ts';
import { printable } from '../printable.ts';

interface Options {
  readonly config: string | undefined;
  readonly json?: boolean;
}

/** Enough of a hash to tell tokens apart; nobody can present it. */
const HASH_SHOWN = 12;

/** Shows what is declared of a grant and what the store knows of it. No token is shown. */
export async function show(name: string, options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const config = await installation.config();
    const grant = declared(config, name);
    const store = await installation.store();
    const records = (await store.tokens.list()).filter((one) => one.grant === grant.name);
    const freezes = (await store.freezes.list()).filter((one) => one.grant === null || one.grant === grant.name);
    const shown = viewOf(config, grant, records, freezes);
    if (options.json === true) printJson(shown);
    else showView(shown, freezes);
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

function viewOf(config: LoadedConfig, grant: GrantConfig, records: readonly TokenRecord[], freezes: readonly Freeze[]) {
  const { name, principal, upstreams, capabilities, labels, expiresMs } = grant;
  const nowMs = Date.now();
  const policy = (one: GrantConfig['policies'][number]) => ({
    policy: one,
    state: config.policies.get(one)?.state ?? 'broken',
  });
  const newestFirst = [...records].sort((a, b) => b.issuedMs - a.issuedMs);
  return {
    ...{ grant: name, principal, upstreams },
    policies: grant.policies.map(policy),
    shadow: grant.shadow.map(policy),
    capabilities: [...capabilities],
    labels: Object.fromEntries(labels),
    expires: isoOf(expiresMs),
    state: grantStateOf(records, expiresMs, nowMs),
    frozen: frozenState(freezes, name),
    tokens: newestFirst.map((record) => tokenView(record, expiresMs, nowMs)),
  };
}

type View = ReturnType<typeof viewOf>;

function tokenView(record: TokenRecord, grantExpiresMs: number | null, nowMs: number) {
  const { tokenHash, issuedMs, lastUsedMs, uses, expiresMs, revokedMs } = record;
  const state: GrantState = grantStateOf([record], grantExpiresMs, nowMs);
  const instants = { issued: isoOf(issuedMs), lastUsed: isoOf(lastUsedMs), expires: isoOf(expiresMs) };
  return { hash: tokenHash.slice(0, HASH_SHOWN), ...instants, revoked: isoOf(revokedMs), uses, state };
}

function showView(view: View, freezes: readonly Freeze[]): void {
  const policies = (list: View['policies']): string =>
    list.map(({ policy, state }) => (state === 'loaded' ? policy : `${policy} (does not load)`)).join(', ');
  const labels = Object.entries(view.labels).map(([key, value]) => `${key}=${value}`);
  const lines: readonly (readonly [string, string])[] = [
    ['grant', view.grant],
    ['state', view.state],
    ...freezes.map((one) => ['frozen', freezeWords(one)] as const),
    ['principal', view.principal],
    ['policies', policies(view.policies) || 'none, so every call is denied'],
    ...(view.shadow.length === 0 ? [] : [['shadow', policies(view.shadow)] as const]),
    ['upstreams', view.upstreams.join(', ') || 'none'],
    ['capabilities', view.capabilities.join(', ')],
    ...(labels.length === 0 ? [] : [['labels', labels.join(', ')] as const]),
    ['expires', view.expires ?? 'never'],
  ];
  for (const [name, value] of lines) print(`${name.padEnd(13)} ${printable(value)}`);
  print('');
  if (view.tokens.length === 0) print('no token was issued');
  else printTable(['TOKEN', 'STATE', 'ISSUED', 'USES', 'LAST USED', 'EXPIRES'], view.tokens.map(tokenCells));
}

function tokenCells({ hash, state, issued, uses, lastUsed, expires }: View['tokens'][number]): string[] {
  return [`${hash}…`, state, issued ?? '-', String(uses), lastUsed ?? '-', expires ?? '-'];
}
