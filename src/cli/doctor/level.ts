/** Which of the levels of SECURITY.md this installation can prove, and what keeps it from the next. */
import { existsSync, statSync } from 'node:fs';
import type { Environment } from '../compose.ts';
import { keyFile } from '../operators/keys.ts';
import { type Finding, passed, wordsOf } from './finding.ts';
import { guardedGap } from './guarded.ts';
import type { Site } from './site.ts';

/** What each level promises, in a sentence. */
const PROMISES = {
  unproven: 'the gateway is another user’s, and only that user can tell what its home is worth',
  'seat belt': 'it stops a misled agent, not a hostile program of the same OS user',
  signed: 'what operators did not sign has no effect; a program of the same OS user can still replace the gateway',
  guarded: 'programs of other OS users can use a grant, and read no secret, change no policy and approve nothing',
} as const;

export type Level = keyof typeof PROMISES;

type LevelFinding = Finding & { readonly level: Level };

/** How the gateway is reached. */
interface Reach {
  readonly env: Environment;
  /** `--socket`. */
  readonly socket: string | undefined;
}

/** The level with what it promises, and the first thing that is missing for more. */
export async function examineLevel(site: Site, findings: readonly Finding[], reach: Reach): Promise<LevelFinding> {
  const missing = await unsigned(site, findings);
  const { installation, config } = site;
  if (installation === null || config === null) return finding('seat belt', missing);
  const isClosed = !findings.some(({ id, status }) => /^home(?:\.|$)/.test(id) && status === 'fail');
  const gap = isClosed ? await gapOf({ home: installation.home, config, ...reach }) : 'close the home first';
  if (gap === null) return finding('guarded', missing);
  return missing === null ? finding('signed', `for \`guarded\`: ${gap}`) : finding('seat belt', missing, gap);
}

/** What cannot be looked at is not proven. */
async function gapOf(parts: Parameters<typeof guardedGap>[0]): Promise<string | null> {
  return guardedGap(parts).catch((error: unknown) => wordsOf(error));
}

/** For the user of an agent, who cannot look inside. */
export function outsideLevel(socket: string): LevelFinding {
  const uid = statSync(socket, { throwIfNoEntry: false })?.uid;
  const sudo = uid === undefined ? '' : `: sudo -u '#${uid}' env COUNTERSIGN_HOME=… countersign doctor`;
  return finding('unproven', `ask the gateway’s own user${sudo}`);
}

function finding(level: Level, next: string | null, ...more: readonly string[]): LevelFinding {
  const fixes = [...(next === null ? [] : [next]), ...more.map((gap) => `for \`guarded\`: ${gap}`)];
  const fix = fixes.length === 0 ? {} : { fix: fixes.join('; ') };
  return { ...passed('level', `${level}: ${PROMISES[level]}`, fix), level };
}

/** What is missing before everything that counts is signed by operators; null where nothing is. */
async function unsigned({ installation, config, store }: Site, findings: readonly Finding[]): Promise<string | null> {
  if (installation === null || config === null) return 'make the home and the configuration whole first';
  const registry = store === null ? null : await installation.registry().catch(() => null);
  const signing = registry?.all().filter(({ state }) => state === 'active') ?? [];
  if (signing.length === 0)
    return 'for `signed`: countersign operator add NAME --person "…" --role admin --role approver';
  if (config.trustRoot === null || !findings.some(({ id, status }) => id === 'trust' && status === 'ok'))
    return 'for `signed`: write `trust.root` into the configuration, then countersign activate --as NAME';
  // A key beside the gateway can be used by whoever runs as its user and learns the passphrase.
  const here = signing.find(({ record }) => existsSync(keyFile(installation.home, record.name)));
  if (here === undefined) return null;
  return `for \`signed\`: the key of \`${here.record.name}\` is in this home; keep operators' keys on another machine, or in a security key`;
}
