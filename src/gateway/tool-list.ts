/** The tools one grant sees: what its upstreams listed, less what its policies do not show, under exposed names. */
import type { ToolClassifier } from '../catalogue/index.ts';
import { visible } from '../core/index.ts';
import { type ToolName, toolName } from '../core/ids.ts';
import { isObject, type Json, stringify } from '../core/json.ts';
import type { LoadedPolicy } from '../core/policy.ts';
import { type ListedTool, type Standing, standingOfTool, type Upstream } from '../upstream/index.ts';
import { exposedName } from './names.ts';
import type { UpstreamPart } from './parts.ts';
import { type ReasonNeed, reasonNeed, withReason } from './reason.ts';

/** A running upstream beside what the gateway knows of it. */
export interface Behind {
  readonly part: UpstreamPart;
  readonly upstream: Upstream;
  /** The accepted definitions by tool; none until they were read. */
  pins: ReadonlyMap<string, string>;
  /** What stands for its list until it was started and listed its tools itself; null if nothing does. */
  remembered: readonly ListedTool[] | null;
  /** True once it was ready or has failed: what counts is its own list from then on. */
  isMet: boolean;
}

/** The tools of an upstream as far as they are known. */
function toolsOf({ upstream, remembered, isMet }: Behind): readonly ListedTool[] {
  return isMet ? upstream.tools : (remembered ?? []);
}

/** One tool of the grant's upstreams, shown or not. */
export interface Tool {
  readonly exposed: string;
  readonly tool: ToolName;
  readonly behind: Behind;
  /** The name its own server knows it by. */
  readonly name: string;
  /** The schema its own server wrote. */
  readonly inputSchema: Json;
  /** The schema as the client sees it: with the added reason, where there is one. */
  readonly listedSchema: Json;
  readonly reasonNeed: ReasonNeed | null;
  readonly classifier: ToolClassifier;
  readonly shown: boolean;
  /** Anything but `accepted` keeps the tool from agents. */
  readonly standing: Standing;
}

export class ToolList {
  readonly #warn: (sentence: string) => void;
  #byName = new Map<string, Tool>();
  #text = '{"tools":[]}';
  readonly #warned = new Set<string>();

  constructor(warn: (sentence: string) => void) {
    this.#warn = warn;
  }

  /** JSON text of the `tools/list` result: one page, in the order of upstreams and their own lists. */
  get text(): string {
    return this.#text;
  }

  /** The tool behind an exposed name, shown or not. */
  find(exposed: string): Tool | undefined {
    return this.#byName.get(exposed);
  }

  /** Every tool that nobody accepted as it is now. */
  get quarantined(): readonly Tool[] {
    return [...this.#byName.values()].filter(({ standing }) => standing !== 'accepted');
  }

  /** Reads the upstreams' lists again, under these policies. */
  refresh(behinds: readonly Behind[], policies: readonly LoadedPolicy[]): void {
    const texts = new Map<string, string>();
    this.#byName = new Map();
    for (const behind of behinds) for (const listed of toolsOf(behind)) this.#add(behind, listed, policies, texts);
    this.#text = `{"tools":[${[...texts.values()].join(',')}]}`;
  }

  /** The lists are read again whenever a server says so; people hear of a collision once. */
  #warnOnce(sentence: string): void {
    if (!this.#warned.has(sentence)) this.#warn(sentence);
    this.#warned.add(sentence);
  }

  #add(behind: Behind, listed: ListedTool, policies: readonly LoadedPolicy[], texts: Map<string, string>): void {
    const { config } = behind.part;
    const exposed = exposedName(config.prefix, listed.name);
    const twin = this.#byName.get(exposed);
    const tool = toolName(config.name, listed.name);
    const definition = listed.definition;
    if (!isObject(definition) || requiresTask(definition)) return;
    const classifier = behind.part.classify(definition);
    const standing = standingOfTool(listed, behind.pins, classifier.paths);
    // What it was accepted as may not be enough any more; what it is now will be seen.
    if (!behind.isMet && standing !== 'accepted') return;
    if (twin !== undefined) {
      // What nobody accepted takes no name away, or a server could make the tools of another vanish.
      if (standing !== 'accepted') return;
      // Neither may answer for the other: the first keeps its entry, so that it stays known, but loses the name.
      if (twin.standing === 'accepted') {
        this.#warnOnce(
          `tools \`${twin.tool}\` and \`${tool}\` share the exposed name \`${exposed}\`; neither is listed`,
        );
        this.#byName.set(exposed, { ...twin, shown: false });
        texts.delete(exposed);
        return;
      }
    }
    const shown = visible(tool, classifier.possible, policies);
    const inputSchema = definition.get('inputSchema') ?? null;
    const need = reasonNeed(tool, classifier, inputSchema, policies);
    const listedSchema = need === null || !isObject(inputSchema) ? inputSchema : withReason(inputSchema, need);
    this.#byName.set(exposed, {
      ...{ exposed, tool, behind, name: listed.name, classifier, shown, standing },
      ...{ inputSchema, listedSchema, reasonNeed: need },
    });
    if (shown && standing === 'accepted') texts.set(exposed, exposedDefinition(definition, exposed, listedSchema));
  }
}

/** A tool that runs only as a task cannot be called: the gateway does not declare tasks. */
function requiresTask(definition: ReadonlyMap<string, Json>): boolean {
  const execution = definition.get('execution');
  return isObject(execution) && execution.get('taskSupport') === 'required';
}

/** The definition under its exposed name; every other member as the server wrote it, but for task support and a reason. */
function exposedDefinition(definition: ReadonlyMap<string, Json>, exposed: string, listedSchema: Json): string {
  const copy = new Map(definition);
  copy.set('name', exposed);
  if (copy.has('inputSchema')) copy.set('inputSchema', listedSchema);
  copy.delete('execution');
  return stringify(copy);
}
