/** What happens at `initialize`: the home, the token, the configuration, and the parts of a session. */
import type { GrantName } from '../core/ids.ts';
import type { GrantConfig, LoadedConfig } from '../config/types.ts';
import {
  type Admission,
  admit,
  denyingDesk,
  refusal,
  type Refusal,
  type SessionParts,
  standingOf,
} from '../gateway/index.ts';
import { declaredBefore } from './config-hint.ts';
import { newRequestId, type Environment, Installation } from './compose.ts';
import type { TokenRecord } from '../state/index.ts';
import { say } from './report.ts';
import { tellOfGrant } from './session-notices.ts';
import { readToken } from './token-source.ts';
import { upstreamParts } from './upstream-parts.ts';

/** A client that was let in, and what has to be closed after it. */
export interface AdmittedClient extends Admission {
  close(): Promise<void>;
}

/**
 * Checks the token, and gathers the parts of the session: beforehand, so that a broken configuration is told at once;
 * afterwards, if this very configuration was found good before. What is refused has been said and recorded.
 */
export async function admitClient(env: Environment, configFile: string | undefined): Promise<AdmittedClient | Refusal> {
  try {
    const installation = new Installation(env, { configFile });
    const store = await installation.store();
    const known = await admit(readToken(env), store.tokens, Date.now());
    if ('code' in known) return await refuse(installation, known, known.grant);
    const opening = open(installation, known.record).catch(cannotStart);
    if (declaredBefore(installation.whereabouts, known.record.grant)) return admitted(installation, opening);
    const opened = await opening;
    return 'parts' in opened ? admitted(installation, Promise.resolve(opened)) : opened;
  } catch (error) {
    return cannotStart(error);
  }
}

/** The parts of an open session, and the closing of what dead gateways left. */
interface Opened {
  readonly parts: SessionParts;
  readonly recovery: Promise<void>;
}

function admitted(installation: Installation, opening: Promise<Opened | Refusal>): AdmittedClient {
  return {
    parts: opening.then((opened) => ('parts' in opened ? opened.parts : opened)),
    close: async () => {
      const opened = await opening;
      if ('recovery' in opened) await opened.recovery;
      await installation.close();
    },
  };
}

function cannotStart(error: unknown): Refusal {
  const words = error instanceof Error ? error.message : 'unknown error';
  say(`the gateway cannot start: ${words}`);
  return { code: codeOf(error), message: `Countersign cannot start: ${firstLine(words)}` };
}

async function open(installation: Installation, record: TokenRecord): Promise<Opened | Refusal> {
  const { tokens } = await installation.store();
  const config = await installation.config();
  const grant = config.grants.get(record.grant);
  if (grant === undefined) return refuse(installation, refusal('undeclared'), record.grant);
  const standing = standingOf(record.tokenHash, grant, tokens, Date.now);
  const lapsed = await standing();
  if (lapsed !== null) return refuse(installation, lapsed, grant.name);
  await tokens.touch(record.tokenHash, Date.now(), 0);
  return opened(installation, config, grant, standing);
}

async function opened(
  installation: Installation,
  config: LoadedConfig,
  grant: GrantConfig,
  standing: SessionParts['standing'],
): Promise<Opened> {
  const policies = grant.policies.flatMap((name) => config.policies.get(name) ?? []);
  const shadow = grant.shadow.flatMap((name) => config.policies.get(name) ?? []);
  await tellOfGrant(installation, config, grant);
  const log = await installation.callLog();
  const upstreams = await upstreamParts(installation, config, grant.upstreams);
  const parts: SessionParts = {
    ...{ grant, policies, shadow, upstreams, standing, log, desk: denyingDesk, durability: config.audit.durability },
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
  return { parts, recovery };
}

/** Says it, and records that somebody came without a good token. */
async function refuse(installation: Installation, why: Refusal, grant: GrantName | null): Promise<Refusal> {
  say(why.message);
  const admin = await installation.adminLog();
  await admin.write({ kind: 'auth_failed', code: why.code, grant });
  await installation.close();
  return why;
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
