/** Which calls a rule is about. */
import { items } from './json.ts';
import type { J } from './json.ts';

/** What selectors look at; null for an unclassified call. */
export interface What {
  readonly tool: string;
  readonly kind: string | null;
  readonly direction: string | null;
}

export function selectedBy(rule: J, effect: string, what: What): boolean {
  return items(rule, 'tools').some((selector) => selector.t === 'str' && selects(selector.v, effect, what));
}

function selects(selector: string, effect: string, what: What): boolean {
  const isKind = selector.startsWith('kind:');
  const isMoney = selector === 'money' || selector.startsWith('money:');
  if (what.kind !== null) {
    if (isKind) return selector === `kind:${what.kind}`;
    if (isMoney) return selector === 'money' ? what.direction !== 'none' : selector === `money:${what.direction ?? ''}`;
    return byName(selector, what.tool);
  }
  if (selector === 'kind:unclassified') return true;
  // What restricts by kind reaches what may be of that kind. To hide it would be to say that it is of that kind.
  if (isKind || isMoney) return effect === 'deny' || effect === 'require' || effect === 'limit' || effect === 'approve';
  return effect === 'allow' ? selector === what.tool : byName(selector, what.tool);
}

function byName(selector: string, tool: string): boolean {
  if (selector === '*' || selector === tool) return true;
  const [left, right] = halves(selector);
  const [upstream, name] = halves(tool);
  return (left === '*' || left === upstream) && (right === '*' || right === name);
}

/** An upstream's name holds no slash, a tool's may. */
function halves(name: string): [string, string] {
  const slash = name.indexOf('/');
  return [name.slice(0, slash), name.slice(slash + 1)];
}
