/** Intercept's policy, version "1": what is written must hold, and a cap is a condition on a counter. */
import type { Source } from '../../config/index.ts';
import type { CompilePattern } from '../../config/pattern.ts';
import { readCap, readState } from './intercept-state.ts';
import type { DeclaredState } from './intercept-state.ts';
import type { Way } from './notes.ts';
import { DocumentReader } from './reader.ts';
import { isList, isMembers, strangeKeys, textOf } from './value.ts';
import type { Members } from './value.ts';
import { rateOf, utcWindow } from './windows.ts';

const TOP = ['version', 'description', 'default', 'hide', 'tools'];
const RULE = ['name', 'description', 'action', 'conditions', 'on_deny', 'state', 'rate_limit'];

/** Reads a document into drafts of our rules. Never throws because of what it says. */
export function readIntercept(
  source: Source,
  document: Members,
  upstream: string,
  compile: CompilePattern,
): DocumentReader {
  return new InterceptReader(source, upstream, compile).read(document);
}

class InterceptReader extends DocumentReader {
  /** True if a tool that is not listed is permitted, so that a listed one which is lost is no loss of permission. */
  #allows = true;

  read(document: Members): this {
    for (const key of strangeKeys(document, TOP)) {
      this.refuse({ way: [key], construct: textOf(key), why: 'the key is not known here', tools: [this.everyTool] });
    }
    this.hide(['hide'], document['hide']);
    this.#default(document['default']);
    this.#tools(document['tools']);
    return this;
  }

  #default(value: unknown): void {
    this.#allows = value !== 'deny';
    if (value === 'deny') this.book.became(['default'], 'default deny');
    else if (value === 'allow' || value === undefined) this.allowByDefault(value === undefined ? [] : ['default']);
    else
      this.refuse({ way: ['default'], construct: 'default', why: 'it is `allow` or `deny`', tools: [this.everyTool] });
  }

  #tools(value: unknown): void {
    if (value === undefined || value === null) return;
    if (!isMembers(value)) {
      this.refuse({ way: ['tools'], construct: 'tools', why: '`tools` maps names to rules', tools: [this.everyTool] });
      return;
    }
    for (const [tool, body] of Object.entries(value)) this.#tool(tool, body);
  }

  #tool(tool: string, body: unknown): void {
    const way = ['tools', tool];
    const selector = this.selector(tool);
    if (selector === undefined) {
      const why = `\`${textOf(tool)}\` is no tool name; only whole names and \`*\` can be written`;
      this.refuse({ way, construct: 'tool', why, tools: [this.everyTool], loosens: this.#allows });
      return;
    }
    const rules = rulesIn(body);
    if (rules === undefined) {
      this.refuse({ way, construct: 'tool', why: 'expected `rules`, and nothing beside it', tools: [selector] });
      return;
    }
    const states = this.#states(rules, [...way, 'rules'], tool);
    rules.forEach((rule, index) => this.#rule({ tool, selector, states, way: [...way, 'rules', index] }, rule));
    if (tool !== '*')
      this.add({ way, name: `allow-${tool}`, tools: [selector], effect: 'allow' }, `rule allowing \`${selector}\``);
    else if (!this.#allows)
      this.book.became(way, 'nothing that allows', 'rules for `*` restrict every tool; they do not list one');
  }

  #states(rules: readonly unknown[], way: Way, tool: string): readonly DeclaredState[] {
    return rules.flatMap((rule, index) => {
      if (!isMembers(rule) || rule['state'] === undefined) return [];
      return [readState(rule['state'], tool, [...way, index, 'state'])];
    });
  }

  #rule(place: Place, rule: unknown): void {
    const { way, selector } = place;
    const refuse = (why: string) => this.refuse({ way, construct: 'rule', why, tools: [selector] });
    if (!isMembers(rule)) return void refuse('a rule is an object');
    const [strange] = strangeKeys(rule, RULE);
    if (strange !== undefined) return void refuse(`the key \`${textOf(strange)}\` is not known here`);
    const { action = 'evaluate', conditions = [] } = rule;
    const said = this.message([...way, 'on_deny'], rule['on_deny'], [selector]);
    if (said === null) return;
    const parts: Parts = { ...place, rule, said, name: nameOf(place, rule) };
    if (!isList(conditions)) refuse('`conditions` is a list');
    else if (action === 'deny') this.#deny(parts, conditions);
    else if (action !== 'evaluate') refuse('`action` is `evaluate` or `deny`');
    else if (rule['rate_limit'] !== undefined) this.#rate(parts, conditions);
    else this.#evaluate(parts, conditions);
  }

  #deny({ way, selector, said, name }: Parts, conditions: readonly unknown[]): void {
    const why = conditions.length === 0 ? '' : 'a rule that denies has no conditions; it denies every call here';
    this.add({ way, name, tools: [selector], effect: 'deny', ...said, why }, 'rule denying every call');
  }

  #rate({ way, selector, said, name, rule }: Parts, conditions: readonly unknown[]): void {
    const rate = rateOf(rule['rate_limit']);
    const window = utcWindow(rate?.window);
    const alone = conditions.length === 0 && rule['state'] === undefined;
    if (rate === undefined || window === undefined || !alone) {
      const why = alone
        ? 'expected `N/minute`, `N/hour` or `N/day`'
        : '`rate_limit` stands beside neither conditions nor state';
      this.refuse({ way: [...way, 'rate_limit'], construct: 'rate_limit', why, tools: [selector] });
      return;
    }
    const limit = { calls: rate.cap, ...window, scope: 'policy' } as const;
    this.add(
      { way, name, tools: [selector], effect: 'limit', limit, ...said, why: SHARED },
      `limit of ${rate.cap} calls per ${window.per}`,
    );
  }

  #evaluate(parts: Parts, conditions: readonly unknown[]): void {
    const { way, selector, said, name, states } = parts;
    const isCap = (one: unknown) => isMembers(one) && String(one['path']).startsWith('state.');
    const before = this.book.refusals.length;
    for (const [index, one] of conditions.entries())
      if (isCap(one)) this.#cap(parts, one, [...way, 'conditions', index]);
    const others = conditions.filter((one) => !isCap(one));
    const read = this.conditions([...way, 'conditions'], others, [selector], 'args.');
    if (read !== undefined && others.length > 0) {
      this.add(
        { way, name, tools: [selector], effect: 'require', when: read.when, ...said, why: read.why },
        'rule requiring it',
      );
    }
    if (conditions.length > 0 || this.book.refusals.length > before) return;
    const counts = states.some(({ way: at }) => at.slice(0, -1).join('\n') === way.join('\n'));
    this.book.became(
      way,
      'nothing',
      counts ? 'a counter restricts nothing where no condition asks for it' : 'it has no conditions',
    );
  }

  #cap({ tool, selector, said, name, states }: Parts, condition: unknown, way: Way): void {
    const cap = readCap(condition, tool, states);
    if ('why' in cap) {
      this.refuse({ way, construct: 'condition on a counter', why: cap.why, tools: [selector] });
      return;
    }
    const limit = { calls: cap.calls, ...cap.window, scope: 'policy' } as const;
    this.add(
      { way, name: `${name}-cap`, tools: [selector], effect: 'limit', limit, ...said, why: SHARED },
      `limit of ${cap.calls} calls per ${cap.window.per}`,
    );
  }
}

const SHARED = 'counted for all grants of the policy together, as one proxy counted for all of its clients';

interface Place {
  readonly tool: string;
  readonly selector: string;
  readonly states: readonly DeclaredState[];
  readonly way: Way;
}

interface Parts extends Place {
  readonly rule: Members;
  readonly said: { readonly message?: string };
  readonly name: string;
}

function nameOf({ tool, way }: Place, rule: Members): string {
  const where = tool === '*' ? 'all' : tool;
  return `${where}-${typeof rule['name'] === 'string' ? rule['name'] : `rule-${Number(way.at(-1)) + 1}`}`;
}

/** The rules of a tool; a tool that is listed with nothing has none. */
function rulesIn(body: unknown): readonly unknown[] | undefined {
  if (body === null) return [];
  if (!isMembers(body) || strangeKeys(body, ['rules', 'description']).length > 0) return undefined;
  const { rules = [] } = body;
  return isList(rules) ? rules : undefined;
}
