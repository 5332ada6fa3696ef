/** `countersign grant issue|list|revoke`. */
import { randomBytes } from 'node:crypto';
import { brandAs, type GrantName, tokenFrom } from '../../core/index.ts';
import { EXPIRY_WORDS, parseExpiryMs } from '../../config/index.ts';
import type { GrantConfig, LoadedConfig } from '../../config/types.ts';
import { tokenHash } from '../../gateway/index.ts';
import type { TokenRecord } from '../../state/index.ts';
import { actor, Installation } from '../compose.ts';
import { type GrantState, grantStateOf } from '../grant-state.ts';
import { CommandError, Exit, type ExitCode, hint, print, printJson, printTable, say } from '../report.ts';

interface Options {
  readonly config: string | undefined;
  readonly json?: boolean;
}

/** Mints a token. It is printed this once; only its hash is kept. */
export async function issue(name: string, options: Options & { readonly expires?: string }): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const grant = declared(await installation.config(), name);
    const expiresMs = expiryOf(grant, options.expires);
    const token = tokenFrom(randomBytes(32));
    const store = await installation.store();
    const issuedMs = Date.now();
    await store.tokens.insert({
      grant: grant.name,
      tokenHash: tokenHash(token),
      issuedMs,
      expiresMs,
      revokedMs: null,
      lastUsedMs: null,
      uses: 0,
    });
    await record(installation, 'grant_issued', grant.name, 1);
    showToken(grant.name, token, expiresMs, options.json === true);
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

function showToken(grant: GrantName, token: string, expiresMs: number | null, json: boolean): void {
  const expires = isoOf(expiresMs);
  if (json) {
    printJson({ grant, token, expires });
    return;
  }
  say(`a token for grant \`${grant}\`, shown this once${expires === null ? '' : `, good until ${expires}`}`);
  print(token);
  hint("put it into the MCP client's entry as COUNTERSIGN_TOKEN; the README has the entry");
}

/** Lists every declared grant with the state of its newest token, and grants that only the store still knows. */
export async function list(options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const config = await installation.config();
    const records = await (await installation.store()).tokens.list();
    const rows = [...config.grants.values()].map((grant) =>
      rowOf(
        grant,
        records.filter((one) => one.grant === grant.name),
      ),
    );
    if (options.json === true) printJson(rows);
    else printTable(['GRANT', 'STATE', 'PRINCIPAL', 'POLICIES', 'UPSTREAMS', 'LAST USED', 'EXPIRES'], rows.map(cells));
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

/** Revokes every token of a grant, also of one that the configuration no longer declares. */
export async function revoke(name: string, options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const store = await installation.store();
    const grant = brandAs<GrantName>(name);
    if (!(await store.tokens.list()).some((one) => one.grant === grant)) {
      throw new CommandError(
        Exit.usage,
        `no token was ever issued for grant \`${name}\``,
        '`countersign grant list` shows the grants',
      );
    }
    const revoked = await store.tokens.revoke(grant, Date.now());
    await record(installation, 'grant_revoked', grant, revoked);
    if (options.json === true) printJson({ grant, revoked });
    else say(revokedWords(name, revoked));
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

function revokedWords(name: string, revoked: number): string {
  if (revoked === 0) return `every token of grant \`${name}\` was revoked before`;
  const tokens = revoked === 1 ? 'the only token' : `${revoked} tokens`;
  return `revoked ${tokens} of grant \`${name}\`; running gateways deny its next call`;
}

async function record(
  installation: Installation,
  kind: 'grant_issued' | 'grant_revoked',
  grant: GrantName,
  tokens: number,
): Promise<void> {
  const admin = await installation.adminLog();
  await admin.write({ kind, actor: actor(), grant, tokens });
}

function declared(config: LoadedConfig, name: string): GrantConfig {
  const grant = config.grants.get(brandAs<GrantName>(name));
  if (grant !== undefined) return grant;
  const known = [...config.grants.keys()].map((one) => `\`${one}\``).join(', ');
  throw new CommandError(
    Exit.usage,
    `there is no grant \`${name}\` in ${config.file}`,
    known === '' ? 'it declares none' : `it declares ${known}`,
  );
}

/** A token never outlives its grant. */
function expiryOf(grant: GrantConfig, asked: string | undefined): number | null {
  const askedMs = asked === undefined ? null : readExpiry(asked);
  const expiresMs = askedMs === null ? grant.expiresMs : Math.min(askedMs, grant.expiresMs ?? askedMs);
  if (expiresMs !== null && expiresMs <= Date.now()) {
    throw new CommandError(
      Exit.usage,
      `a token of grant \`${grant.name}\` would have expired on ${isoOf(expiresMs) ?? ''}`,
      'change `expires` in the configuration, or --expires',
    );
  }
  return expiresMs;
}

/** Read as `expires` of the configuration is: a bare day ends with itself, an instant says its offset. */
function readExpiry(text: string): number {
  const expiresMs = parseExpiryMs(text);
  if (expiresMs !== undefined) return expiresMs;
  throw new CommandError(Exit.usage, `\`${text}\` is no expiry`, `expected ${EXPIRY_WORDS}`);
}

interface Row {
  readonly grant: GrantName;
  readonly principal: string;
  readonly policies: readonly string[];
  readonly upstreams: readonly string[];
  readonly issued: string | null;
  readonly lastUsed: string | null;
  readonly expires: string | null;
  readonly state: GrantState;
}

function rowOf(grant: GrantConfig, records: readonly TokenRecord[]): Row {
  const newest = [...records].sort((a, b) => b.issuedMs - a.issuedMs)[0];
  const lastUsedMs = Math.max(...records.map((one) => one.lastUsedMs ?? 0), 0);
  const { name, principal, policies, upstreams } = grant;
  return {
    ...{ grant: name, principal, policies, upstreams },
    issued: isoOf(newest?.issuedMs ?? null),
    lastUsed: lastUsedMs === 0 ? null : isoOf(lastUsedMs),
    expires: isoOf(newest?.expiresMs ?? grant.expiresMs),
    state: grantStateOf(records, grant.expiresMs, Date.now()),
  };
}

function cells(row: Row): string[] {
  return [
    row.grant,
    row.state,
    row.principal,
    row.policies.join(' '),
    row.upstreams.join(' '),
    row.lastUsed ?? '-',
    row.expires ?? '-',
  ];
}

function isoOf(instantMs: number | null): string | null {
  return instantMs === null ? null : new Date(instantMs).toISOString();
}
