/** Acceptances over the key-value part of any driver. */
import { Keyv } from 'keyv';
import type { UpstreamName } from '../core/ids.ts';
import { type Acceptance, type PinStore, StateError } from './port.ts';

/** The key-value part of a driver, in the shape that Keyv asks of an adapter. Values are texts that Keyv made. */
export interface KeyValues {
  readonly opts: object;
  namespace?: string | undefined;
  on(): this;
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs?: number): Promise<void>;
  delete(key: string): Promise<boolean>;
  clear(): Promise<void>;
}

/** Keeps acceptances in an adapter. What is kept and cannot be read is `corrupt`, never absent. */
export function openPins(adapter: KeyValues): PinStore {
  // Without this Keyv answers a broken store with nothing, as if no one had accepted anything.
  const values = new Keyv<unknown>({ store: adapter, namespace: 'accepted', throwOnErrors: true });
  const get = async (upstream: UpstreamName): Promise<Acceptance | undefined> => {
    const value = await values.get(upstream);
    if (value === undefined) return undefined;
    if (isAcceptance(value)) return value;
    throw new StateError('corrupt', `what was accepted of upstream \`${upstream}\` cannot be read; accept it again`);
  };
  return {
    get,
    list: async (upstream) => (await get(upstream))?.tools ?? [],
    accept: async (upstream, acceptance) => {
      const isKept = await values.set(upstream, acceptance);
      if (!isKept) throw new StateError('unavailable', `what was accepted of upstream \`${upstream}\` was not kept`);
    },
  };
}

function isAcceptance(value: unknown): value is Acceptance {
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  const tools = members.get('tools');
  const declares = members.get('declares') ?? [];
  if (!Array.isArray(declares) || !declares.every((one) => typeof one === 'string')) return false;
  return typeof members.get('pairing') === 'string' && Array.isArray(tools) && tools.every(isPinnedTool);
}

function isPinnedTool(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('tool' in value) || !('definition' in value)) return false;
  if ('listed' in value && typeof value.listed !== 'string') return false;
  return typeof value.tool === 'string' && typeof value.definition === 'string';
}
