/** What a run has to reach, so that "no divergence" means something. */

/** Operators that may be true, false or unknown. */
const THREE = [
  ...['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'not_in', 'matches', 'starts_with', 'ends_with', 'contains'],
  ...['length', 'any', 'all', 'sum', 'count', '[*] any', '[*] all', '[*] sum', '[*] count'],
  ...['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'not_in'].map((op) => `amount.${op}`),
  ...['all of', 'any of', 'not', 'allow', 'deny', 'require', 'limit', 'approve'],
  ...['amount', 'currency', 'reason', 'recipient', 'reference', 'quantity', 'kind', 'direction', 'args', 'grant.team'],
];

/** What is never unknown. */
const TWO = [
  ...['present', 'type', 'amount.present', '[*] present', 'tool', 'upstream', 'principal'],
  ...['time.hour', 'time.weekday', 'time.date'],
];

const ANSWERS = [
  ...['allow', 'deny hidden', 'deny denied', 'deny requirement', 'deny not_allowed', 'deny unclassified'],
  ...['deny no_policy', 'deny broken_policy', 'reserve', 'approve', 'visible', 'not visible'],
];

const EXPECTED = [
  ...THREE.flatMap((name) => [`${name} T`, `${name} F`, `${name} U`]),
  ...TWO.flatMap((name) => [`${name} T`, `${name} F`]),
  ...ANSWERS,
];

/** What was never reached. */
export function unreached(counts: ReadonlyMap<string, number>): readonly string[] {
  return EXPECTED.filter((name) => !counts.has(name));
}

/** How often each decision, obligation and effect was reached. */
export function reached(counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return EXPECTED.flatMap((name) => {
    const count = counts.get(name);
    return count === undefined ? [] : [[name, count] as const];
  });
}
