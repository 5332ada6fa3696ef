/** Which calls a rule is about. Exact names and the whole-segment `*` only: a pattern that almost fits admits too much. */
import { brandAs } from '../core/ids.ts';
import { isKind, KINDS } from '../core/kinds.ts';
import type { Selector } from '../core/policy.ts';
import { show } from './tree.ts';
import { orList } from './words.ts';

type Money = (Selector & { by: 'money' })['direction'];

const MONEY: ReadonlyMap<string, Money> = new Map([
  ['money', 'any'],
  ['money:out', 'out'],
  ['money:in', 'in'],
  ['money:commit', 'commit'],
]);

/** A selector, or what is wrong with it. */
export type ReadSelector = { readonly selector: Selector } | { readonly message: string };

/** Reads a selector. */
export function readSelector(text: string): ReadSelector {
  const direction = MONEY.get(text);
  if (direction !== undefined) return { selector: { by: 'money', direction } };
  if (text === '*' || text === '*/*') return { selector: { by: 'any' } };
  if (text.startsWith('kind:')) return kindSelector(text.slice('kind:'.length));
  if (text.startsWith('money:'))
    return { message: `unknown direction ${show(text)}; expected ${orList([...MONEY.keys()])}` };
  return toolSelector(text);
}

function kindSelector(kind: string): ReadSelector {
  if (kind === 'unclassified' || isKind(kind)) return { selector: { by: 'kind', kind } };
  return { message: `unknown kind ${show(kind)}; expected unclassified, ${KINDS.join(', ')}` };
}

function toolSelector(text: string): ReadSelector {
  const slash = text.indexOf('/');
  const [upstream, tool] = [text.slice(0, slash), text.slice(slash + 1)];
  if (slash < 1 || tool === '' || /\s/.test(text)) return { message: form(text) };
  if (isPartialWildcard(upstream) || isPartialWildcard(tool)) {
    return { message: `${show(text)}: \`*\` stands for a whole segment, never for a part of one` };
  }
  if (upstream === '*') return { selector: { by: 'name', name: tool } };
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(upstream)) return { message: form(text) };
  if (tool === '*') return { selector: { by: 'upstream', upstream: brandAs(upstream) } };
  return { selector: { by: 'tool', tool: brandAs(text) } };
}

function isPartialWildcard(segment: string): boolean {
  return segment !== '*' && segment.includes('*');
}

function form(text: string): string {
  return `${show(text)} is no selector; expected \`<upstream>/<tool>\`, \`<upstream>/*\`, \`*/<tool>\`, \`*\`, \`kind:<kind>\` or \`money\``;
}
