/** Catalogue entries over the paths of the world that calls are made of. */
import type { OracleAmount, OracleEntry } from '../entry.ts';
import type { Random } from './random.ts';
import * as words from './words.ts';

type Form = OracleAmount['form'];

const FORMS: readonly Form[] = ['integer', 'number', 'integer-string', 'decimal-string', 'integer-or-string'];
const PLACES = ['amount', 'amount', 'amount', 'total.value', 'items[*].price', 'items[*].price', 'm[*][*]', 'list[*]'];

export function catalogueEntry(random: Random): OracleEntry {
  const [kind] = random.pick(words.KIND_DIRECTIONS);
  return {
    kind,
    ...(random.chance(90) && {
      amounts: random.times(random.chance(3) ? 0 : 1, random.pick([1, 1, 1, 2]), () => amount(random)),
    }),
    ...(random.chance(7) && { unknownIf: [random.pick(['tax', 'items[*].tax', 'meta.note', 'never'])] }),
    ...(random.chance(8) && {
      unknownUnless: { [random.pick(['reason', 'items[*].to', 'meta.note'])]: ['damaged', 'a', null] },
    }),
    ...currency(random),
    ...(random.chance(70) && { reason: random.pick(['reason', 'meta.note', 'items[*].to']) }),
    ...(random.chance(60) && { recipient: random.pick(['to', 'items[*].to', 'items[0].to']) }),
    ...(random.chance(60) && { reference: random.pick(['payment', 'x', 'y.z']) }),
    ...(random.chance(40) && { quantity: random.pick(['qty', 'items[0].qty', 'items[*].qty']) }),
  };
}

function currency(random: Random): Pick<OracleEntry, 'currency'> {
  if (random.chance(15)) return {};
  if (random.chance(40)) return { currency: { constant: random.pick(['USD', 'USD', 'EUR', 'JPY']) } };
  const path = random.pick(['currency', 'currency', 'total.currency', 'items[*].currency']);
  return { currency: random.chance(20) ? { path, absent: 'EUR' } : { path } };
}

function amount(random: Random): OracleAmount {
  const unit = random.chance(5)
    ? random.pick(['token', 'sat', 'percent'] as const)
    : random.pick(['minor', 'major'] as const);
  return {
    path: random.pick(PLACES),
    unit,
    form: random.pick(FORMS),
    absent: random.pick(['full', 'unknown', 'zero']),
    ...(random.chance(25) && { times: random.times(1, 1, () => factor(random)) }),
  };
}

function factor(random: Random): NonNullable<OracleAmount['times']>[number] {
  return {
    path: random.pick(['qty', 'items[*].qty', 'items[*].qty', 'list[0]']),
    form: random.pick(FORMS),
    absent: random.pick(['one', 'one', 'unknown']),
  };
}
