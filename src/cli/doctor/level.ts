/** Which of the levels of SECURITY.md this installation can prove, and what keeps it from the next. */
import { existsSync } from 'node:fs';
import { keyFile } from '../operators/keys.ts';
import { type Finding, passed } from './finding.ts';
import type { Site } from './site.ts';

/** What each level promises, in a sentence. */
const PROMISES = {
  'seat belt': 'it stops a misled agent, not a hostile program of the same OS user',
  signed: 'what operators did not sign has no effect; a program of the same OS user can still replace the gateway',
} as const;

export type Level = keyof typeof PROMISES;

interface Proof {
  readonly level: Level;
  /** What is missing for more; null where nothing that could be done here is. */
  readonly next: string | null;
}

/** The level with what it promises. The gateway as its own OS user cannot be proven from within. */
export async function examineLevel(site: Site, findings: readonly Finding[]): Promise<Finding & { level: Level }> {
  const { level, next } = await proven(site, findings);
  return { ...passed('level', `${level}: ${PROMISES[level]}`, next === null ? {} : { fix: next }), level };
}

async function proven({ installation, config, store }: Site, findings: readonly Finding[]): Promise<Proof> {
  const belt = (next: string): Proof => ({ level: 'seat belt', next });
  if (installation === null || config === null) return belt('make the home and the configuration whole first');
  const registry = store === null ? null : await installation.registry().catch(() => null);
  const signing = registry?.all().filter(({ state }) => state === 'active') ?? [];
  if (signing.length === 0)
    return belt('for `signed`: countersign operator add NAME --person "…" --role admin --role approver');
  if (config.trustRoot === null || !findings.some(({ id, status }) => id === 'trust' && status === 'ok'))
    return belt('for `signed`: write `trust.root` into the configuration, then countersign activate --as NAME');
  // A key beside the gateway can be used by whoever runs as its user and learns the passphrase.
  const here = signing.find(({ record }) => existsSync(keyFile(installation.home, record.name)));
  if (here !== undefined)
    return belt(
      `for \`signed\`: the key of \`${here.record.name}\` is in this home; keep operators' keys on another machine, or in a security key`,
    );
  return { level: 'signed', next: null };
}
