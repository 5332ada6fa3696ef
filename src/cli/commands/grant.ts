/** `countersign grant issue|list|revoke`. */
import { brandAs, type GrantName } from '../../core/index.ts';
import type { GrantConfig } from '../../config/types.ts';
import type { Freeze, TokenRecord } from '../../state/index.ts';
import type { Actor } from '../../audit/index.ts';
import { Installation } from '../compose.ts';
import { frozenState } from '../freeze-words.ts';
import { declared, expiryOf, isoOf, mint, showToken } from '../grant-parts.ts';
import { type GrantState, grantStateOf } from '../grant-state.ts';
import { acting, type ActingOptions } from '../operators/acting.ts';
import { CommandError, Exit, type ExitCode, printJson, printTable, say } from '../report.ts';

interface Options {
  readonly config: string | undefined;
  readonly json?: boolean;
}

/** Mints a token. It is printed this once; only its hash is kept. */
export async function issue(
  name: string,
  options: Options & ActingOptions & { readonly expires?: string },
): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const grant = declared(await installation.config(), name);
    const expiresMs = expiryOf(grant, options.expires);
    const { actor } = await acting(installation, { does: 'grant issue', to: name }, options);
    const minted = mint(grant.name, expiresMs);
    await (await installation.store()).tokens.insert(minted.record);
    await record(installation, actor, 'grant_issued', grant.name, 1);
    const expires = isoOf(expiresMs);
    if (options.json === true) printJson({ grant: grant.name, token: minted.token, expires });
    else {
      say(`a token for grant \`${grant.name}\`, shown this once${expires === null ? '' : `, good until ${expires}`}`);
      showToken(minted.token);
    }
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

const HEADINGS = ['GRANT', 'STATE', 'PRINCIPAL', 'POLICIES', 'UPSTREAMS', 'USES', 'LAST USED', 'EXPIRES'];

/** Lists every declared grant with the state of its tokens. */
export async function list(options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const config = await installation.config();
    const store = await installation.store();
    const [records, freezes] = [await store.tokens.list(), await store.freezes.list()];
    const rows = [...config.grants.values()].map((grant) => {
      const own = records.filter((one) => one.grant === grant.name);
      return rowOf(grant, own, frozenState(freezes, grant.name));
    });
    if (options.json === true) printJson(rows);
    else printTable(HEADINGS, rows.map(cells));
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

/** Revokes every token of a grant, also of one that the configuration no longer declares. */
export async function revoke(name: string, options: Options & ActingOptions): Promise<ExitCode> {
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
    const { actor } = await acting(installation, { does: 'grant revoke', to: name }, options);
    const revoked = await store.tokens.revoke(grant, Date.now());
    await record(installation, actor, 'grant_revoked', grant, revoked);
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
  actor: Actor,
  kind: 'grant_issued' | 'grant_revoked',
  grant: GrantName,
  tokens: number,
): Promise<void> {
  const admin = await installation.adminLog();
  await admin.write({ kind, actor, grant, tokens });
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
  /** Calls that were made with any of its tokens. */
  readonly uses: number;
  /** What of it an operator has frozen; null: nothing. */
  readonly frozen: Freeze['scope'] | null;
}

function rowOf(grant: GrantConfig, records: readonly TokenRecord[], frozen: Row['frozen']): Row {
  const newest = [...records].sort((a, b) => b.issuedMs - a.issuedMs)[0];
  const lastUsedMs = Math.max(...records.map((one) => one.lastUsedMs ?? 0), 0);
  const { name, principal, policies, upstreams } = grant;
  return {
    ...{ grant: name, principal, policies, upstreams },
    issued: isoOf(newest?.issuedMs ?? null),
    lastUsed: lastUsedMs === 0 ? null : isoOf(lastUsedMs),
    expires: isoOf(newest?.expiresMs ?? grant.expiresMs),
    state: grantStateOf(records, grant.expiresMs, Date.now()),
    uses: records.reduce((sum, { uses }) => sum + uses, 0),
    frozen,
  };
}

function cells(row: Row): string[] {
  return [
    row.grant,
    row.frozen === null ? row.state : `${row.state}, ${row.frozen === 'all' ? 'frozen' : 'money frozen'}`,
    row.principal,
    row.policies.join(' '),
    row.upstreams.join(' '),
    String(row.uses),
    row.lastUsed ?? '-',
    row.expires ?? '-',
  ];
}
