/** The arguments of calls: mostly what the entry asks for, often something else. */
import type { OracleAmount, OracleEntry } from '../entry.ts';
import type { Random } from './random.ts';
import { object, Written } from './tree.ts';
import type { Tree } from './tree.ts';
import * as words from './words.ts';

type Form = OracleAmount['form'];

/** What a number stands for; the amounts are near those that policies name. */
type Meaning = OracleAmount['unit'] | 'factor';

const WHOLE: Readonly<Record<Meaning, readonly string[]>> = {
  minor: ['50000', '50000', '50000', '50001', '49999', '500', '0', '1', '9007199254740991'],
  major: ['500', '500', '500', '501', '499', '0', '1', '5', '90071992547409'],
  factor: ['1', '1', '1', '2', '0', '3'],
  token: ['1', '500'],
  sat: ['1', '500'],
  percent: ['0', '10'],
};
const FINE = ['500', '500.00', '500.0', '499.99', '500.01', '0.5', '1.5', '500.001', '0.00', '10000'];

interface Wanted {
  readonly form: Form;
  readonly meaning: Meaning;
}

/** A value in the grammar of a form. */
function formed(random: Random, { form, meaning }: Wanted): Tree {
  const isWhole = form.startsWith('integer') || random.chance(meaning === 'minor' ? 85 : 40);
  const text = random.pick(isWhole ? WHOLE[meaning] : meaning === 'factor' ? ['1.0', '0.5', '1.5', '2'] : FINE);
  const isNumber = form === 'integer' || form === 'number' || (form === 'integer-or-string' && random.chance(50));
  return isNumber ? new Written(text) : text;
}

/** Whatever an agent might write. */
export function anything(random: Random, depth = 2): Tree {
  const choice = random.int(depth > 0 ? 12 : 9);
  if (choice < 3) return new Written(random.pick(words.NUMBERS));
  if (choice < 5) return random.pick(words.TEXTS);
  if (choice === 5) return random.pick(words.NUMBER_TEXTS);
  if (choice === 6) return random.pick([null, true, false]);
  if (choice === 7) return random.pick(words.BLANKS);
  if (choice === 8) return random.pick([...words.CURRENCIES, ...words.ODD_CURRENCIES]);
  if (choice < 11) return random.times(0, 3, () => anything(random, depth - 1));
  return object([[random.pick(['z', 'x', 'value', 'price']), anything(random, depth - 1)]]);
}

const NUMBER: Wanted = { form: 'number', meaning: 'major' };

/** Makes the arguments of one tool. */
export class ArgumentMaker {
  readonly #random: Random;
  readonly #forms = new Map<string, Wanted>();
  /** Keys that the amount of the entry needs. */
  readonly #wanted = new Set<string>();

  constructor(random: Random, entry: OracleEntry | null) {
    this.#random = random;
    if (entry?.currency && 'path' in entry.currency) this.#wanted.add(entry.currency.path.split(/[.[]/)[0] ?? '');
    for (const { path, form, unit, times = [] } of entry?.amounts ?? []) {
      this.#forms.set(path, { form, meaning: unit });
      this.#wanted.add(/^[a-z]+/.exec(path)?.[0] ?? '');
      for (const factor of times) this.#forms.set(factor.path, { form: factor.form, meaning: 'factor' });
    }
  }

  make(): Tree {
    const random = this.#random;
    const pairs: [string, Tree][] = [];
    const put = (percent: number, key: string, value: () => Tree): void => {
      if (random.chance(this.#wanted.has(key) ? 92 : percent)) {
        pairs.push([key, random.chance(95) ? value() : anything(random)]);
      }
    };
    put(80, 'amount', () => this.#at('amount'));
    put(70, 'currency', () => this.#currency());
    put(50, 'total', () =>
      object([
        ['value', this.#at('total.value')],
        ['currency', this.#currency()],
      ]),
    );
    put(80, 'items', () => random.times(random.chance(12) ? 0 : 1, 3, () => this.#item()));
    put(30, 'qty', () => this.#at('qty'));
    put(50, 'reason', () => this.#text());
    put(30, 'meta', () => object([['note', this.#text()]]));
    put(40, 'to', () => this.#text());
    put(40, 'payment', () => random.pick(['pi_1', 'pi_2']));
    put(30, 'x', () => anything(random));
    put(20, 'y', () => object([['z', anything(random, 1)]]));
    put(60, 'list', () => random.times(random.chance(15) ? 0 : 1, 3, () => this.#at('list[*]')));
    put(40, 'm', () => random.times(0, 3, () => this.#row()));
    put(5, 'tax', () => anything(random, 1));
    put(8, random.pick(['odd.key', '__proto__', 'constructor', 'Amount', 'hasOwnProperty']), () => anything(random));
    return object(pairs);
  }

  #at(path: string): Tree {
    const form = this.#forms.get(path);
    if (form !== undefined && this.#random.chance(93)) return formed(this.#random, form);
    return this.#random.chance(80) ? formed(this.#random, NUMBER) : anything(this.#random, 1);
  }

  #currency(): Tree {
    if (this.#random.chance(75)) return this.#random.pick(['USD', 'USD', 'EUR', 'usd']);
    if (this.#random.chance(60)) return this.#random.pick(words.CURRENCIES);
    if (this.#random.chance(30)) return this.#random.pick(['Usd', 'uSD', 'USD ']);
    return this.#random.chance(50) ? this.#random.pick(words.ODD_CURRENCIES) : anything(this.#random, 1);
  }

  /** A row of the table `m`, which may be no row at all. */
  #row(): Tree {
    if (this.#random.chance(8)) return this.#random.pick([null, 'x', true]);
    return this.#random.times(0, 2, () => this.#at('m[*][*]'));
  }

  #text(): Tree {
    if (this.#random.chance(50)) return this.#random.pick(words.COMMON);
    return this.#random.chance(75) ? this.#random.pick(words.TEXTS) : anything(this.#random, 1);
  }

  #item(): Tree {
    const random = this.#random;
    if (random.chance(4)) return anything(random, 1);
    const pairs: [string, Tree][] = [];
    const put = (percent: number, key: string, value: () => Tree): void => {
      if (random.chance(percent)) pairs.push([key, value()]);
    };
    put(92, 'price', () => this.#at('items[*].price'));
    put(75, 'qty', () => this.#at('items[*].qty'));
    put(80, 'currency', () => (random.chance(85) ? 'USD' : this.#currency()));
    put(50, 'to', () => this.#text());
    put(2, 'tax', () => anything(random, 1));
    return object(pairs);
  }
}
