/** What happens at `initialize`: the home, the token, the configuration, and the parts of a session. */
import { readFileSync } from 'node:fs';
import type { GrantName } from '../core/ids.ts';
import type { GrantConfig, LoadedConfig } from '../config/types.ts';
import { admit, denyingDesk, refusal, type Refusal, type SessionParts, standingOf } from '../gateway/index.ts';
import { newRequestId, type Environment, Installation } from './compose.ts';
import { say } from './report.ts';
import { upstreamParts } from './upstream-parts.ts';

/** An installation that serves one client, and what has to be closed after it. */
export interface OpenedInstallation {
  readonly parts: SessionParts;
  close(): Promise<void>;
}

/** Checks the token, loads the configuration, gathers the parts. What is refused has been said and recorded. */
export async function openForClient(
  env: Environment,
  configFile: string | undefined,
): Promise<OpenedInstallation | Refusal> {
  try {
    const installation = new Installation(env, { configFile });
    return await open(installation, env);
  } catch (error) {
    const words = error instanceof Error ? error.message : 'unknown error';
    say(`the gateway cannot start: ${words}`);
    return { code: codeOf(error), message: `Countersign cannot start: ${firstLine(words)}` };
  }
}

async function open(installation: Installation, env: Environment): Promise<OpenedInstallation | Refusal> {
  const store = await installation.store();
  const admission = await admit(readToken(env), store.tokens, Date.now());
  if ('code' in admission) return refuse(installation, admission, admission.grant);
  const config = await installation.config();
  const grant = config.grants.get(admission.record.grant);
  if (grant === undefined) return refuse(installation, refusal('undeclared'), admission.record.grant);
  const standing = standingOf(admission.record.tokenHash, grant, store.tokens, Date.now);
  const lapsed = await standing();
  if (lapsed !== null) return refuse(installation, lapsed, grant.name);
  await store.tokens.touch(admission.record.tokenHash, Date.now());
  return opened(installation, config, grant, standing);
}

async function opened(
  installation: Installation,
  config: LoadedConfig,
  grant: GrantConfig,
  standing: SessionParts['standing'],
): Promise<OpenedInstallation> {
  const policies = grant.policies.flatMap((name) => config.policies.get(name) ?? []);
  for (const policy of policies)
    if (policy.state === 'broken')
      say(`policy \`${policy.name}\` does not load, so every call of grant \`${grant.name}\` is denied: ${policy.why}`);
  if (policies.length === 0) say(`grant \`${grant.name}\` has no policy, so every call is denied`);
  const log = await installation.callLog();
  const upstreams = await upstreamParts(installation, config, grant.upstreams);
  const parts: SessionParts = {
    ...{ grant, policies, upstreams, standing, log, desk: denyingDesk, durability: config.audit.durability },
    nowMs: Date.now,
    newRequestId,
    warn: say,
  };
  // Not waited for: the log of a gateway that died may be long, and this client is waiting for its answer.
  const recovery = installation.recover(log).catch((error: unknown) => {
    say(
      `the log of an earlier gateway could not be closed: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
  });
  return { parts, close: () => recovery.then(() => installation.close()) };
}

/** Says it, and records that somebody came without a good token. */
async function refuse(installation: Installation, why: Refusal, grant: GrantName | null): Promise<Refusal> {
  say(why.message);
  const admin = await installation.adminLog();
  await admin.write({ kind: 'auth_failed', code: why.code, grant });
  await installation.close();
  return why;
}

function readToken(env: Environment): string | undefined {
  const file = env['COUNTERSIGN_TOKEN_FILE'];
  if (env['COUNTERSIGN_TOKEN'] !== undefined || file === undefined) return env['COUNTERSIGN_TOKEN'];
  return readFileSync(file, 'utf8').trim();
}

function codeOf(error: unknown): Refusal['code'] {
  const name = error instanceof Error ? error.name : '';
  if (name === 'HomeError') return 'home';
  return name === 'ConfigError' || name === 'CatalogueError' ? 'configuration' : 'unavailable';
}

/** The client hears of the first fault; all of them stand on stderr. */
function firstLine(words: string): string {
  const [first = '', ...others] = words.split('\n').filter((line) => line.trim() !== '');
  return others.length === 0 ? first : `${first} ${others[0]?.trim() ?? ''}`;
}
