/** Policy documents that load, and now and then one that does not. */
import { condition } from './condition.ts';
import type { Random } from './random.ts';
import { object, Written } from './tree.ts';
import type { Tree } from './tree.ts';
import * as words from './words.ts';

/** Nothing, a chance in a hundred each, for every effect. */
const EFFECTS = [
  ...['allow', 'allow', 'allow', 'allow', 'deny', 'deny', 'require', 'limit', 'limit', 'approve', 'approve'],
];

export function policyDocument(random: Random): Tree {
  const rules = random.times(0, random.pick([2, 4, 8]), () => null).map((_, index) => rule(random, `r${index}`));
  return object([
    ['version', new Written('1')],
    ...(random.chance(70) ? [['default', random.pick(['allow', 'deny', 'allow'])] as const] : []),
    ['rules', rules],
    // A document with a fault must not load by half.
    ...(random.chance(1) ? [['defaults', 'allow'] as const] : []),
  ]);
}

function rule(random: Random, id: string): Tree {
  const effect = random.chance(4) ? 'hide' : random.pick(EFFECTS);
  const when = effect === 'require' || (effect !== 'hide' && random.chance(effect === 'allow' ? 40 : 85));
  return object([
    ['id', id],
    ['tools', random.times(1, random.pick([1, 1, 3]), () => selector(random))],
    ['effect', effect],
    ...(when ? [['when', condition(random, 3)] as const] : []),
    ...(random.chance(40) ? [['timezone', random.pick(words.ZONES)] as const] : []),
    ...(effect === 'limit' ? [['limit', limit(random)] as const] : []),
    ...(effect === 'approve' && random.chance(50) ? [['approve', object([['count', new Written('2')]])] as const] : []),
  ]);
}

function limit(random: Random): Tree {
  const per: [string, Tree] = ['per', random.pick(['minute', 'day', 'month', 'rolling 24h'])];
  return random.chance(50)
    ? object([['calls', new Written('3')], per])
    : object([['amount', '500 USD'], per, ['unknown', random.pick(['deny', 'approve'])]]);
}

function selector(random: Random): Tree {
  const tool = random.pick(words.TOOLS);
  const slash = tool.indexOf('/');
  const kind = random.chance(15) ? 'unclassified' : random.pick(words.KIND_DIRECTIONS)[0];
  return random.pick([
    ...['*', '*', 'money', 'money:out', 'money:in', 'money:commit', `kind:${kind}`, `kind:${kind}`, `kind:${kind}`],
    ...[tool, tool, `${tool.slice(0, slash)}/*`, `*/${tool.slice(slash + 1)}`, '*/*'],
  ]);
}
