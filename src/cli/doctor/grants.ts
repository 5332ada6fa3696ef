/** The grants: whether a client can use them, and how long still. */
import type { GrantConfig, LoadedConfig } from '../../config/types.ts';
import type { TokenRecord } from '../../state/index.ts';
import { grantStateOf } from '../grant-state.ts';
import { type Finding, passed, warned } from './finding.ts';
import type { Site } from './site.ts';

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;

/** Checks every grant of the configuration, and tokens of grants that it no longer declares. */
export async function examineGrants({ config, store, nowMs }: Site): Promise<readonly Finding[]> {
  if (config === null) return [];
  const tokens = (await store?.tokens.list()) ?? [];
  const declared = [...config.grants.values()].flatMap((grant) =>
    grantFindings(
      grant,
      config,
      tokens.filter((token) => token.grant === grant.name),
      nowMs,
    ),
  );
  const orphans = new Set(tokens.filter(({ grant }) => !config.grants.has(grant)).map(({ grant }) => grant));
  const strays = [...orphans].filter((name) =>
    isActive(
      tokens.filter(({ grant }) => grant === name),
      nowMs,
    ),
  );
  return [
    ...declared,
    ...strays.map((name) =>
      warned(
        `grant.${name}`,
        `a token of grant \`${name}\` is in force, and the configuration no longer declares the grant`,
        `countersign grant revoke ${name}`,
      ),
    ),
  ];
}

function isActive(tokens: readonly TokenRecord[], nowMs: number): boolean {
  return grantStateOf(tokens, null, nowMs) === 'active';
}

/** A grant that carries questions of servers, and no server that may ask one. */
function questionFindings({ name, upstreams, capabilities }: GrantConfig, config: LoadedConfig): readonly Finding[] {
  if (!capabilities.has('elicitation') || upstreams.some((one) => config.upstreams.get(one)?.elicitation === true))
    return [];
  return [
    warned(
      `grant.${name}.capabilities`,
      `grant \`${name}\` carries \`elicitation\`, and none of its upstreams may ask`,
      'write `"elicitation": true` at an upstream whose questions users may see, or leave it out',
    ),
  ];
}

function grantFindings(
  grant: GrantConfig,
  config: LoadedConfig,
  tokens: readonly TokenRecord[],
  nowMs: number,
): readonly Finding[] {
  const { name, policies, upstreams } = grant;
  const id = `grant.${name}`;
  return [
    lifeFinding(grant, tokens, nowMs),
    ...(policies.length > 0
      ? []
      : [warned(id, `grant \`${name}\` has no policy, so every call is denied`, 'name its policies under `policies`')]),
    ...(upstreams.length > 0
      ? []
      : [warned(id, `grant \`${name}\` has no upstream, so it has no tool`, 'name its servers under `upstreams`')]),
    ...questionFindings(grant, config),
  ];
}

function lifeFinding(grant: GrantConfig, tokens: readonly TokenRecord[], nowMs: number): Finding {
  const [id, issue] = [`grant.${grant.name}`, `countersign grant issue ${grant.name}`];
  const state = grantStateOf(tokens, grant.expiresMs, nowMs);
  if (grant.expiresMs !== null && grant.expiresMs <= nowMs)
    return warned(
      id,
      `grant \`${grant.name}\` expired on ${dayOf(grant.expiresMs)}`,
      'change its `expires`, or take it out',
    );
  if (state === 'not issued') return warned(id, `no token was issued for grant \`${grant.name}\``, issue);
  if (state !== 'active') return warned(id, `every token of grant \`${grant.name}\` is ${state}`, issue);
  const endMs = lastEndOf(grant, tokens);
  if (endMs === null) return passed(id, `grant \`${grant.name}\` is in force, and does not expire`);
  const message = `grant \`${grant.name}\` is in force until ${dayOf(endMs)}`;
  if (endMs - nowMs > SOON_MS) return passed(id, message);
  const isGrant = endMs === grant.expiresMs;
  return warned(id, message, isGrant ? 'change its `expires`, and issue a new token' : issue);
}

/** When the last token of the grant that is in force ends; null: never. */
function lastEndOf({ expiresMs }: GrantConfig, tokens: readonly TokenRecord[]): number | null {
  const ends = tokens.filter(({ revokedMs }) => revokedMs === null).map((token) => token.expiresMs ?? Infinity);
  const endMs = Math.min(Math.max(...ends), expiresMs ?? Infinity);
  return endMs === Infinity ? null : endMs;
}

function dayOf(instantMs: number): string {
  return new Date(instantMs).toISOString().replace(/:00\.000Z$/, 'Z');
}
