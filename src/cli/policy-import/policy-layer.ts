/** PolicyLayer's policy, version "1": what denies, what must hold, and named quotas, by tool and for all tools. */
import type { Source } from '../../config/index.ts';
import type { CompilePattern } from '../../config/pattern.ts';
import type { Way } from './notes.ts';
import { readQuota } from './policy-layer-limit.ts';
import { DocumentReader } from './reader.ts';
import { isList, isMembers, strangeKeys, textOf } from './value.ts';
import type { Members } from './value.ts';

const TOP = ['$schema', 'version', 'name', 'description', 'default', 'hide', 'all_tools', 'tools'];
const PARTS = ['require', 'deny_if', 'limits'];
const ABOUT = ['name', 'description', 'on_deny', 'message'];

/** Reads a document into drafts of our rules. Never throws because of what it says. */
export function readPolicyLayer(
  source: Source,
  document: Members,
  upstream: string,
  compile: CompilePattern,
): DocumentReader {
  return new PolicyLayerReader(source, upstream, compile).read(document);
}

/** What one construct is about. */
interface About {
  readonly tool: string;
  readonly selector: string;
  readonly way: Way;
}

class PolicyLayerReader extends DocumentReader {
  #allows = false;

  read(document: Members): this {
    for (const key of strangeKeys(document, TOP)) {
      this.refuse({ way: [key], construct: textOf(key), why: 'the key is not known here', tools: [this.everyTool] });
    }
    this.hide(['hide'], document['hide']);
    this.#default(document['default']);
    const all = document['all_tools'];
    if (all !== undefined) this.#parts({ tool: 'all', selector: this.everyTool, way: ['all_tools'] }, all);
    this.#tools(document['tools']);
    return this;
  }

  #default(value: unknown): void {
    this.#allows = value === 'allow';
    if (value === 'allow') this.allowByDefault(['default']);
    else if (value === 'deny') this.book.became(['default'], 'default deny');
    else if (value === undefined)
      this.book.became([], 'default deny', 'it says no default, and what is not said denies');
    else
      this.refuse({ way: ['default'], construct: 'default', why: 'it is `allow` or `deny`', tools: [this.everyTool] });
  }

  #tools(value: unknown): void {
    if (value === undefined) return;
    if (!isMembers(value)) {
      this.refuse({ way: ['tools'], construct: 'tools', why: '`tools` maps names to rules', tools: [this.everyTool] });
      return;
    }
    for (const [tool, body] of Object.entries(value)) this.#tool(tool, body);
  }

  #tool(tool: string, body: unknown): void {
    const way = ['tools', tool];
    const selector = tool === '*' ? undefined : this.selector(tool);
    if (selector === undefined) {
      const why = `\`${textOf(tool)}\` is no name of a tool; rules for all of them stand in \`all_tools\``;
      this.refuse({ way, construct: 'tool', why, tools: [this.everyTool], loosens: this.#allows });
      return;
    }
    const base = { way, name: `allow-${tool}`, tools: [selector] };
    if (body === 'deny') this.add({ ...base, name: tool, effect: 'deny' }, 'rule denying every call');
    else if (body === 'hide') this.add({ ...base, name: `hide-${tool}`, effect: 'hide' }, 'rule hiding it');
    else {
      if (body !== 'allow') this.#parts({ tool, selector, way }, body);
      this.add({ ...base, effect: 'allow' }, `rule allowing \`${selector}\``);
    }
  }

  #parts({ tool, selector, way }: About, body: unknown): void {
    const refuse = (why: string) => this.refuse({ way, construct: 'rules', why, tools: [selector] });
    if (!isMembers(body)) return void refuse('expected `require`, `deny_if` and `limits`');
    const [strange] = strangeKeys(body, PARTS);
    if (strange !== undefined) return void refuse(`the key \`${textOf(strange)}\` is not known here`);
    for (const part of PARTS) {
      const { [part]: list = [] } = body;
      if (!isList(list)) refuse(`\`${part}\` is a list`);
      else list.forEach((one, index) => this.#part(part, { tool, selector, way: [...way, part, index] }, one));
    }
  }

  #part(part: string, about: About, value: unknown): void {
    if (part === 'limits') this.#limit(about, value);
    else if (part === 'require') this.#require(about, value);
    else this.#denyIf(about, value);
  }

  #require(about: About, value: unknown): void {
    const { way, selector, tool } = about;
    const group = isMembers(value) && 'conditions' in value;
    const said = this.#said(about, value);
    const list = group ? value['conditions'] : [bare(value)];
    if (said === null || !this.#isGroup(about, value, list, group)) return;
    const read = this.conditions(group ? [...way, 'conditions'] : way.slice(0, -1), list, [selector], '');
    if (read === undefined) return;
    if (list.length === 0) {
      this.book.became(way, 'nothing', 'it requires nothing');
      return;
    }
    const name = `${tool}-${ownName(value) ?? `require-${Number(way.at(-1)) + 1}`}`;
    this.add(
      { way, name, tools: [selector], effect: 'require', when: read.when, ...said, why: read.why },
      'rule requiring it',
    );
  }

  #denyIf(about: About, value: unknown): void {
    const { way, selector, tool } = about;
    const said = this.#said(about, value);
    const list = isMembers(value) ? value['conditions'] : undefined;
    if (said === null || !this.#isGroup(about, value, list, true)) return;
    const base = {
      way,
      name: `${tool}-${ownName(value) ?? `deny-${Number(way.at(-1)) + 1}`}`,
      tools: [selector],
      ...said,
    };
    if (list.length === 0) {
      this.add({ ...base, effect: 'deny' }, 'rule denying every call');
      return;
    }
    const read = this.conditions([...way, 'conditions'], list, [selector], '');
    if (read !== undefined) this.add({ ...base, effect: 'deny', when: read.when, why: read.why }, 'rule denying it');
  }

  /** True if `list` is a list, and nothing unknown stands beside it. */
  #isGroup({ way, selector }: About, value: unknown, list: unknown, group: boolean): list is readonly unknown[] {
    const [strange] = group && isMembers(value) ? strangeKeys(value, [...ABOUT, 'conditions']) : [];
    const why = strange === undefined ? '`conditions` is a list' : `the key \`${textOf(strange)}\` is not known here`;
    if (isList(list) && strange === undefined) return true;
    this.refuse({ way, construct: 'rule', why, tools: [selector] });
    return false;
  }

  #said({ way, selector }: About, value: unknown): { readonly message?: string } | null {
    const text = isMembers(value) ? (value['on_deny'] ?? value['message']) : undefined;
    return this.message(way, text, [selector]);
  }

  #limit(about: About, value: unknown): void {
    const { way, selector, tool } = about;
    const quota = readQuota(value);
    if (!('calls' in quota)) {
      this.refuse({ way, construct: 'limit', why: quota.why, tools: [selector] });
      return;
    }
    const said = this.#said(about, value);
    if (said === null) return;
    const { calls, window, why } = quota;
    const name = `${tool}-${ownName(value) ?? `limit-${Number(way.at(-1)) + 1}`}`;
    this.add(
      { way, name, tools: [selector], effect: 'limit', limit: { calls, ...window }, ...said, why },
      `limit of ${calls} calls per ${window.per}`,
    );
  }
}

/** A predicate without what is said about it. */
function bare(value: unknown): unknown {
  if (!isMembers(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !ABOUT.includes(key)));
}

function ownName(value: unknown): string | undefined {
  return isMembers(value) && typeof value['name'] === 'string' ? value['name'] : undefined;
}
