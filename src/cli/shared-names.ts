/** Exposed names that two upstreams would share, as far as it is known what their tools are: what was accepted of them. */
import type { UpstreamConfig } from '../config/types.ts';
import { mayShare, type NamedTools, type SharedName, sharedNames } from '../gateway/index.ts';
import type { PinStore } from '../state/index.ts';
import { printable } from './printable.ts';

/** The names that tools of these upstreams would share. `listed` stands in for what was accepted of one. Throws `StateError`. */
export async function sharedIn(
  upstreams: readonly UpstreamConfig[],
  pins: Pick<PinStore, 'list'>,
  listed?: NamedTools,
): Promise<readonly SharedName[]> {
  const near = upstreams.filter((one) =>
    upstreams.some((other) => other !== one && mayShare(one.prefix, other.prefix)),
  );
  const tools = near.map(async ({ name, prefix }): Promise<NamedTools> => {
    if (name === listed?.name) return listed;
    return { name, prefix, tools: (await pins.list(name)).map(({ tool }) => tool) };
  });
  return sharedNames(await Promise.all(tools));
}

/** A clause that names both, and what to do. */
export function sharedWords({ exposed, first, second }: SharedName): string {
  return `\`${printable(first)}\` and \`${printable(second)}\` would both be listed as \`${exposed}\``;
}

export const SHARED_FIX = 'give one of the two upstreams another `prefix` in the configuration';
