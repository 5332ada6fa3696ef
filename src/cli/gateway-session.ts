/** What happens at `initialize`: the home, the token, the configuration, and the parts of a session. */
import { settleLeftovers } from '../approvals/leftovers.ts';
import type { GrantName } from '../core/ids.ts';
import type { GrantConfig, LoadedConfig } from '../config/types.ts';
import type { SegmentedCallLog } from '../audit/index.ts';
import { faultLine } from '../config/fault.ts';
import {
  type Admission,
  admit,
  type Declared,
  gatekeeperFor,
  QuotaDesk,
  refusal,
  type Refusal,
  type SessionParts,
  type Terms,
} from '../gateway/index.ts';
import { declaredBefore, declaredIn, type Noted } from './config-hint.ts';
import { actor, newRequestId, type Environment, Installation } from './compose.ts';
import type { SharedStore, TokenRecord } from '../state/index.ts';
import { LiveConfig } from './live-config.ts';
import { approvalParts } from './approvals/parts.ts';
import { abandonDead, isDead, ownOwner } from './quota-owners.ts';
import { quote, say } from './report.ts';
import { SHARED_FIX, sharedIn, sharedWords } from './shared-names.ts';
import { tellOfGrant } from './session-notices.ts';
import type { Telemetry } from './telemetry/index.ts';
import { readToken } from './token-source.ts';
import { upstreamParts } from './upstream-parts.ts';
import { UseCount } from './use-count.ts';

/** A client that was let in, and what has to be closed after it. */
export interface AdmittedClient extends Admission {
  readonly grant: GrantName;
  close(): Promise<void>;
}

/**
 * Checks the token, and gathers the parts of the session: beforehand, so that a broken configuration is told at once;
 * afterwards, if this very configuration was found good before. What is refused has been said and recorded.
 */
export async function admitClient(env: Environment, configFile: string | undefined): Promise<AdmittedClient | Refusal> {
  try {
    const installation = new Installation(env, { configFile, quick: true });
    const store = await installation.store();
    const known = await admit(readToken(env), store.tokens, Date.now());
    if ('code' in known) return await refuse(installation, known, known.grant);
    const opening = open(installation, known.record).catch(cannotStart);
    const before = declaredBefore(installation.whereabouts, known.record.grant);
    const { grant } = known.record;
    if (before !== null) return admitted(installation, grant, await withServers(store, before), opening);
    const opened = await opening;
    if (!('parts' in opened)) return opened;
    return admitted(installation, grant, await withServers(store, opened.noted), Promise.resolve(opened));
  } catch (error) {
    return cannotStart(error);
  }
}

/** The parts of an open session, and the closing of what dead gateways left. */
interface Opened {
  readonly noted: Noted;
  readonly parts: SessionParts;
  readonly recovery: Promise<void>;
  readonly uses: UseCount;
  readonly pruning: NodeJS.Timeout;
  readonly telemetry: Telemetry | null;
}

/** Beyond its tools a grant is told of what its servers declared, as far as that is known of all of them. */
async function withServers({ pins }: Pick<SharedStore, 'pins'>, { upstreams, ...noted }: Noted): Promise<Declared> {
  const isMore = (['resources', 'prompts', 'completion', 'logging'] as const).some((one) =>
    noted.capabilities.has(one),
  );
  if (!isMore) return { ...noted, remembered: null };
  // Acceptances that cannot be read keep every tool from the agent, and say why.
  const accepted = await Promise.all(upstreams.map((name) => pins.get(name).catch(() => undefined)));
  const declared = accepted.map((one) => one?.declares);
  return { ...noted, remembered: declared.includes(undefined) ? null : new Set(declared.flatMap((one) => one ?? [])) };
}

function admitted(
  installation: Installation,
  grant: GrantName,
  declared: Declared,
  opening: Promise<Opened | Refusal>,
): AdmittedClient {
  return {
    grant,
    declared,
    parts: opening.then((opened) => ('parts' in opened ? opened.parts : opened)),
    close: async () => {
      const opened = await opening;
      if ('recovery' in opened) {
        clearInterval(opened.pruning);
        await Promise.all([opened.recovery, opened.uses.end(), opened.telemetry?.end()]);
      }
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
  const store = await installation.store();
  const config = await installation.config();
  const grant = config.grants.get(record.grant);
  if (grant === undefined) return refuse(installation, refusal('undeclared'), record.grant);
  const gatekeeper = gatekeeperFor(record.tokenHash, store, Date.now);
  const pass = await gatekeeper(grant);
  // A frozen grant may open its session: its calls are denied for as long as it is frozen.
  if ('message' in pass && pass.code !== 'frozen') return refuse(installation, pass, grant.name);
  const names = await nameRefusal(config, grant, store.pins);
  if (names !== null) return names;
  const uses = new UseCount(store.tokens, record.tokenHash, say);
  return opened(installation, config, grant, gatekeeper, uses);
}

/** Two tools of one name are a fault of the configuration: a client could not say which it means. */
async function nameRefusal(
  config: LoadedConfig,
  grant: GrantConfig,
  pins: SharedStore['pins'],
): Promise<Refusal | null> {
  const upstreams = grant.upstreams.flatMap((name) => config.upstreams.get(name) ?? []);
  const shared = (await sharedIn(upstreams, pins)).map(sharedWords);
  for (const words of shared) say(`the gateway cannot start: ${words}; ${SHARED_FIX}`);
  const [first] = shared;
  if (first === undefined) return null;
  return { code: 'configuration', message: `Countersign cannot start: ${first}; ${SHARED_FIX}` };
}

async function opened(
  installation: Installation,
  config: LoadedConfig,
  grant: GrantConfig,
  gatekeeper: SessionParts['gatekeeper'],
  uses: UseCount,
): Promise<Opened> {
  await tellOfGrant(installation, config, grant);
  for (const warning of await installation.storeWarnings()) say(warning);
  const live = liveConfig(installation, config);
  const log = await installation.callLog(() => live.last.audit.reveal);
  const { quota } = await installation.store();
  const owner = ownOwner();
  const telemetry = await telemetryOf(config, log);
  const parts: SessionParts = {
    ...{ grant, gatekeeper, log: telemetry?.log ?? log, durability: config.audit.durability },
    digests: await installation.digests(),
    terms: termsOf(live, grant.name),
    upstreams: (names) => upstreamParts(installation, config, names),
    quota: new QuotaDesk({ quota, owner, nowMs: Date.now, elapsedMs: () => performance.now(), warn: say }),
    approvals: await approvalParts(installation, config, owner),
    nowMs: Date.now,
    newRequestId,
    used: () => uses.used(),
    warn: say,
  };
  // Not waited for: the log of a gateway that died may be long, and this client is waiting for its answer.
  const recovery = recover(installation, log)
    .catch((error: unknown) => {
      say(
        `what an earlier gateway left could not be settled: ${error instanceof Error ? error.message : 'unknown error'}`,
      );
    })
    .then(() => prune(installation, config.audit));
  const pruning = setInterval(() => void prune(installation, config.audit), PRUNE_MS).unref();
  return { noted: declaredIn(config, grant), parts, recovery, uses, pruning, telemetry };
}

/** Nothing of it is loaded where nobody watches. */
async function telemetryOf({ telemetry }: LoadedConfig, log: SegmentedCallLog): Promise<Telemetry | null> {
  if (telemetry.prometheus === null && telemetry.otlp === null) return null;
  return (await import('./telemetry/index.ts')).watch(log, telemetry);
}

/** A gateway that runs for weeks must not keep what one that starts every day would delete. */
const PRUNE_MS = 60 * 60 * 1000;

/** Deletes what `audit.retain` says is over. What could not be deleted is tried again. */
async function prune(installation: Installation, { retainDays }: LoadedConfig['audit']): Promise<void> {
  if (retainDays === null) return;
  try {
    await installation.prune(retainDays, actor(), false);
  } catch (error) {
    say(`old files of the audit log could not be deleted: ${error instanceof Error ? error.message : 'unknown error'}`);
  }
}

/** What dead gateways held is in doubt, what ended requests held is given back, and the log of the dead is closed. */
async function recover(installation: Installation, log: SegmentedCallLog): Promise<void> {
  const store = await installation.store();
  await abandonDead(store.quota);
  await settleLeftovers(store, isDead);
  await installation.recover(log);
}

function liveConfig(installation: Installation, config: LoadedConfig): LiveConfig {
  return new LiveConfig(config, {
    load: async () => {
      const { openHome } = await import('../config/loading.ts');
      openHome(installation.home, { create: false });
      return installation.freshConfig();
    },
    record: async (event) => (await installation.adminLog()).write(event),
    tell: (sentence, lines) => {
      say(sentence);
      for (const line of lines) quote(line);
    },
    lineOf: faultLine,
  });
}

/** The grant and its policies at each instant; the same object until they change. */
function termsOf(live: LiveConfig, name: GrantName): SessionParts['terms'] {
  let last: { readonly config: LoadedConfig; readonly terms: Terms | Refusal } | undefined;
  return async () => {
    const config = await live.current();
    if (last?.config !== config) last = { config, terms: termsIn(config, name) };
    return last.terms;
  };
}

function termsIn(config: LoadedConfig, name: GrantName): Terms | Refusal {
  const grant = config.grants.get(name);
  if (grant === undefined) return refusal('undeclared');
  const named = (policies: GrantConfig['policies']) => policies.flatMap((policy) => config.policies.get(policy) ?? []);
  const { approvals, audit } = config;
  return { grant, policies: named(grant.policies), shadow: named(grant.shadow), approvals, reveal: audit.reveal };
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
