/** Conditions of every form that a policy may hold. */
import type { Random } from './random.ts';
import { object, Written } from './tree.ts';
import type { Tree } from './tree.ts';
import * as words from './words.ts';

const ORDER = ['gt', 'gte', 'lt', 'lte'];
const EQUALITY = ['eq', 'ne', 'in', 'not_in'];
const TYPES = ['null', 'boolean', 'string', 'number', 'integer', 'array', 'object'];

export function condition(random: Random, depth: number): Tree {
  return object(random.times(1, random.chance(75) ? 1 : 2, () => clause(random, depth)));
}

function clause(random: Random, depth: number): [string, Tree] {
  if (depth > 0 && random.chance(40)) {
    const is = random.pick(['all', 'any', 'not']);
    return [is, is === 'not' ? condition(random, depth - 1) : random.times(1, 3, () => condition(random, depth - 1))];
  }
  return random.pick(CLAUSES)(random);
}

type Clause = (random: Random) => [string, Tree];

const amount: Clause = (random) => ['amount', operators(random, [...ORDER, ...EQUALITY, 'present'], moneyBound)];
const currency: Clause = (random) => [
  'currency',
  operators(random, [...EQUALITY, 'present'], (own) =>
    own.chance(60) ? own.pick(['USD', 'EUR']) : own.pick(words.CURRENCIES),
  ),
];
const written: Clause = (random) => [random.pick(['reason', 'recipient', 'reference']), textTest(random)];
const argument: Clause = (random) => [argumentName(random.pick(words.SINGLE_PATHS)), elementTest(random, 2)];
const argumentsOf: Clause = (random) => [argumentName(random.pick(words.MANY_PATHS)), manyTest(random)];

const allOf: Clause = (random) => [
  argumentName(random.pick(['items[*].price', 'list[*]', 'items[*].qty'])),
  object([
    ['all', operators(random, [...ORDER, 'ne', 'not_in'], () => new Written(random.pick(['0', '500', '50000', '-1'])))],
  ]),
];

const list: Clause = (random) => {
  const op = random.pick(['any', 'all', 'all', 'sum', 'count', 'contains', 'length']);
  const inner = op === 'contains' ? numberBound(random) : operators(random, [...ORDER, ...EQUALITY], numberBound);
  return [argumentName(random.pick(['list', 'list', 'items', 'm', 'm[0]', 'x'])), object([[op, inner]])];
};

const phrase: Clause = (random) => {
  const name = random.pick(['reason', 'recipient', 'args.to', 'args.reason']);
  return [name, operators(random, ['starts_with', 'ends_with', 'ends_with', 'contains', 'matches'], scalar)];
};
const typed: Clause = (random) => [
  argumentName(random.pick(['amount', 'reason', 'items', 'total', 'x'])),
  object([['type', random.pick(['string', 'number', 'integer', 'array', 'object'])]]),
];

const CLAUSES: readonly Clause[] = [
  phrase,
  typed,
  allOf,
  ...[
    amount,
    amount,
    amount,
    amount,
    currency,
    written,
    written,
    list,
    list,
    argument,
    argument,
    argumentsOf,
    argumentsOf,
  ],
  (random) => ['quantity', operators(random, [...ORDER, ...EQUALITY, 'present', 'type'], numberBound)],
  (random) => ['kind', operators(random, EQUALITY, () => random.pick(words.KIND_DIRECTIONS)[0])],
  (random) => ['direction', operators(random, EQUALITY, () => random.pick(['out', 'in', 'commit', 'none']))],
  (random) => ['tool', named(random, words.TOOLS)],
  (random) => ['upstream', named(random, ['stripe', 'pay', 'other'])],
  (random) => ['principal', named(random, words.PRINCIPALS)],
  (random) => [`grant.${random.pick(words.LABELS)}`, named(random, ['support', 'emea', 'a'])],
  (random) => ['time.hour', operators(random, [...ORDER, ...EQUALITY], () => new Written(String(random.int(24))))],
  (random) => ['time.weekday', operators(random, EQUALITY, () => random.pick(words.DAYS))],
  (random) => ['time.date', operators(random, [...ORDER, ...EQUALITY], () => random.pick(words.DATES))],
];

function argumentName(path: string): string {
  return path.startsWith('[') ? `args${path}` : `args.${path}`;
}

type Bound = (random: Random) => Tree;

/** One operator, sometimes two, each with a bound of the right form. */
function operators(random: Random, names: readonly string[], bound: Bound): Tree {
  return object(
    random.times(1, random.chance(80) ? 1 : 2, () => {
      const op = random.pick(names);
      return [op, argumentOf(random, op, bound)] as const;
    }),
  );
}

function argumentOf(random: Random, op: string, bound: Bound): Tree {
  if (op === 'present') return random.chance(60);
  if (op === 'type') return random.chance(40) ? 'string' : random.pick(TYPES);
  if (op === 'in' || op === 'not_in') return random.times(1, 3, () => bound(random));
  if (op === 'matches') return random.pick(words.PATTERNS);
  if (op === 'starts_with' || op === 'ends_with') return random.pick(words.FRAGMENTS);
  if (op === 'contains') return random.chance(60) ? random.pick([...words.FRAGMENTS, ...words.COMMON]) : scalar(random);
  if (op === 'length' || op === 'count' || op === 'sum') return operators(random, [...ORDER, ...EQUALITY], numberBound);
  return bound(random);
}

const SMALL_NUMBERS = ['0', '1', '2', '3', '5', '10', '500', '499.99', '500.0', '-1', '0.3', '5e2', '50000', '1000.5'];

function numberBound(random: Random): Tree {
  return new Written(random.chance(90) ? random.pick(SMALL_NUMBERS) : random.pick(words.BOUNDS));
}

function moneyBound(random: Random): Tree {
  if (random.chance(25)) return '500 USD';
  if (random.chance(40))
    return `${random.pick(['500', '500.00', '499.99', '1', '0'])} ${random.pick(['USD', 'EUR', 'usd'])}`;
  return object(random.times(1, 3, () => oneBound(random)).filter(differ));
}

function oneBound(random: Random): [string, Tree] {
  const code = random.chance(70) ? random.pick(['USD', 'EUR']) : random.pick(words.CURRENCIES);
  const fine = ['USD', 'EUR', 'GBP', 'KWD', 'BHD', 'CLF'].includes(code);
  const amount = random.pick(fine ? ['500', '500.00', '499.99', '0.5', '10000', '0'] : ['500', '1', '5', '50000', '0']);
  return [random.chance(10) ? code.toLowerCase() : code, amount];
}

/** A bound that names one currency in two spellings is refused. */
function differ([code]: [string, Tree], index: number, all: readonly (readonly [string, Tree])[]): boolean {
  return all.findIndex(([other]) => other.toUpperCase() === code.toUpperCase()) === index;
}

function named(random: Random, names: readonly string[]): Tree {
  return operators(random, [...EQUALITY, 'matches', 'starts_with', 'ends_with', 'contains', 'length', 'present'], () =>
    random.pick(names),
  );
}

const FREE = [...EQUALITY, 'matches', 'starts_with', 'ends_with', 'contains', 'length', 'present', 'present', 'type'];

function textTest(random: Random): Tree {
  return operators(random, FREE, scalar);
}

function boundText(random: Random): string {
  return random.pick(random.chance(60) ? words.COMMON : words.BOUND_TEXTS);
}

function scalar(random: Random): Tree {
  if (random.chance(65)) return boundText(random);
  return random.chance(80) ? numberBound(random) : random.chance(50);
}

/** A test over one argument or over one element. */
function elementTest(random: Random, depth: number): Tree {
  if (random.chance(35))
    return operators(random, ORDER, (own) => (own.chance(70) ? numberBound(own) : own.pick(words.DATES)));
  if (random.chance(25))
    return object([[random.pick(['sum', 'count']), operators(random, [...ORDER, ...EQUALITY], numberBound)]]);
  if (depth > 0 && random.chance(35)) {
    const inner = random.chance(50)
      ? operators(random, [...ORDER, ...EQUALITY], numberBound)
      : elementTest(random, depth - 1);
    return object([[random.pick(['any', 'all']), inner]]);
  }
  return textTest(random);
}

function manyTest(random: Random): Tree {
  return object(random.times(1, random.chance(80) ? 1 : 2, () => manyClause(random)));
}

function manyClause(random: Random): [string, Tree] {
  const op = random.pick(['any', 'all', 'sum', 'count', 'any', 'all', 'sum', 'present']);
  if (op === 'present') return [op, random.chance(50)];
  if (op === 'any' || op === 'all') {
    return [op, random.chance(60) ? operators(random, [...ORDER, ...EQUALITY], numberBound) : elementTest(random, 1)];
  }
  return [op, operators(random, [...ORDER, ...EQUALITY], numberBound)];
}
