/** A server on its way behind the gateway: its name there, how it is written down, and what is sealed for it. */
import { isDeepStrictEqual } from 'node:util';
import type { Plain } from '../../config/text-edit.ts';
import type { Environment, Installation } from '../compose.ts';
import { CommandError, Exit } from '../report.ts';
import { type Candidate, upstreamName } from './candidates.ts';
import { type Move, moved, type SealedValue } from './move.ts';

export interface Chosen {
  readonly candidate: Candidate;
  readonly upstream: string;
  /** The entry of `upstreams`. */
  readonly document: Readonly<Record<string, Plain>>;
  readonly secrets: readonly SealedValue[];
}

type Declared = Readonly<Record<string, Plain>>;

/** Names and writes down every server. What an earlier run began is found again. Throws `CommandError`. */
export async function chosenServers(
  candidates: readonly Candidate[],
  declared: Declared,
  assume: string | null,
  parts: { readonly installation: Installation | null; readonly env: Environment },
): Promise<readonly Chosen[]> {
  const taken = new Set(Object.keys(declared));
  const chosen: Chosen[] = [];
  for (const candidate of candidates) {
    const begun = await begunAs(candidate, declared, parts);
    const upstream = begun ?? upstreamName(candidate.name, taken);
    taken.add(upstream);
    const { document, secrets } = written(candidate, moved(upstream, candidate.launch, parts.env));
    const { provider } = candidate;
    const more = {
      ...(provider === null ? {} : { provider }),
      ...(assume === null ? {} : { currency: { assume } }),
    };
    chosen.push({ candidate, upstream, document: { ...document, ...more }, secrets });
  }
  return chosen;
}

function written({ name }: Candidate, move: Move): Extract<Move, { ok: true }> {
  if (move.ok) return move;
  throw new CommandError(
    Exit.usage,
    `\`${name}\` cannot be moved as it is: ${move.why}`,
    `move it by hand as the README says, and leave it out here: --skip ${name}`,
  );
}

/** The upstream that was made of this server before; one with another key is another. */
async function begunAs(
  { launch }: Candidate,
  declared: Declared,
  { installation, env }: { readonly installation: Installation | null; readonly env: Environment },
): Promise<string | undefined> {
  for (const [name, entry] of Object.entries(declared)) {
    const move = moved(name, launch, env);
    if (!move.ok || !isSameLaunch(move.document, entry)) continue;
    if (installation === null || (await isSealedSo(installation, name, move.secrets))) return name;
  }
  return undefined;
}

const LAUNCH_KEYS = ['command', 'args', 'env', 'cwd', 'url', 'headers'];

function isSameLaunch(document: Declared, entry: Plain): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const of = (value: object): unknown =>
    Object.entries(value)
      .filter(([key]) => LAUNCH_KEYS.includes(key))
      .sort();
  return isDeepStrictEqual(of(document), of(entry));
}

/** True too for a value that is not sealed yet. */
async function isSealedSo(
  installation: Installation,
  upstream: string,
  secrets: readonly SealedValue[],
): Promise<boolean> {
  const vault = await installation.vault();
  const sealed = await Promise.all(
    secrets.map(({ name, value }) =>
      vault.open(name, upstream).then(
        (one) => one === value,
        () => true,
      ),
    ),
  );
  return sealed.every((same) => same);
}
