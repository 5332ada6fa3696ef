/** Prompts: the lists of all servers as one, under exposed names like those of tools. */
import type { UpstreamName } from '../core/ids.ts';
import { isObject, type Json, type JsonObject, stringify } from '../core/json.ts';
import { invalidParams } from './answers.ts';
import { ask, endingOf, ownEnding, stringMember } from './ask.ts';
import type { Flight } from './forward.ts';
import type { Ending } from './gate.ts';
import { gather } from './gather.ts';
import { exposedName } from './names.ts';
import type { Peers } from './peers.ts';
import type { Behind } from './tool-list.ts';
import { parsed } from './raw.ts';

interface Prompt {
  readonly behind: Behind;
  /** The name its own server knows it by. */
  readonly name: string;
}

export class Prompts {
  readonly #peers: Peers;
  readonly #warn: (sentence: string) => void;
  readonly #warned = new Set<string>();
  /** Null before it was listed. A name that two servers have is nobody's. */
  #byName: ReadonlyMap<string, Prompt | null> | null = null;

  constructor(peers: Peers, warn: (sentence: string) => void) {
    this.#peers = peers;
    this.#warn = warn;
  }

  async list(): Promise<Ending> {
    const byName = new Map<string, Prompt | null>();
    const first = await gather(this.#peers, 'prompts', 'prompts/list', 'prompts', (raw, behind) =>
      this.#listed(raw, behind, byName),
    );
    this.#byName = byName;
    const shared = [...byName].filter(([, prompt]) => prompt === null).map(([name]) => name);
    if (shared.length === 0 || first.answer.is !== 'raw') return first;
    // The first of two had been taken before the second was seen.
    return { ...first, answer: { is: 'raw', result: without(first.answer.result, new Set(shared)) } };
  }

  /** The server that a name certainly goes to; null if that is not known. */
  certain(exposed: string): UpstreamName | null {
    return this.#byName?.get(exposed)?.behind.part.config.name ?? null;
  }

  async get(exposed: string, params: JsonObject, flight: Flight): Promise<Ending> {
    const prompt = await this.find(exposed);
    if (prompt === null) return ownEnding(unknownPrompt(exposed), 'not_found');
    const own = new Map<string, Json>(params).set('name', prompt.name);
    return endingOf(await ask(prompt.behind, 'prompts/get', own, flight), prompt.behind, flight);
  }

  /** The prompt behind an exposed name; the servers are asked if nobody has listed them yet. */
  async find(exposed: string): Promise<Prompt | null> {
    if (this.#byName === null) await this.list();
    return this.#byName?.get(exposed) ?? null;
  }

  /** What was listed may have changed; the next name is looked for anew. */
  forget(): void {
    this.#byName = null;
  }

  #listed(raw: Buffer, behind: Behind, byName: Map<string, Prompt | null>): Buffer | null {
    const name = stringMember(raw, 'name');
    if (name === undefined) return null;
    const exposed = exposedName(behind.part.config.prefix, name);
    const twin = byName.get(exposed);
    if (twin !== undefined) {
      this.#warnShared(exposed, twin, behind);
      // Of two prompts of one server with one name the first stays.
      if (twin !== null && twin.behind !== behind) byName.set(exposed, null);
      return null;
    }
    byName.set(exposed, { behind, name });
    if (exposed === name) return raw;
    const item = parsed(raw);
    return isObject(item) ? Buffer.from(stringify(new Map(item).set('name', exposed))) : null;
  }

  #warnShared(exposed: string, twin: Prompt | null, behind: Behind): void {
    if (twin === null || this.#warned.has(exposed)) return;
    this.#warned.add(exposed);
    const [one, two] = [twin.behind.part.config.name, behind.part.config.name];
    if (one !== two)
      this.#warn(`upstreams \`${one}\` and \`${two}\` have a prompt of the same exposed name; neither is listed`);
  }
}

export function unknownPrompt(name: string) {
  return invalidParams(`unknown prompt: ${name.slice(0, 128)}`);
}

/** The list without the prompts of these names. */
function without(raw: Buffer, names: ReadonlySet<string>): Buffer {
  const result = parsed(raw);
  const prompts = isObject(result) ? result.get('prompts') : undefined;
  if (!isObject(result) || !Array.isArray(prompts)) return raw;
  const kept = (prompts as readonly Json[]).filter((one) => {
    const name = isObject(one) ? one.get('name') : undefined;
    return typeof name !== 'string' || !names.has(name);
  });
  return Buffer.from(stringify(new Map(result).set('prompts', kept)));
}
