/** `when`, as it is written. */
import { argumentPath, factOf } from './facts.ts';
import type { Subject } from './facts.ts';
import type { Derived } from './amounts.ts';
import type { J } from './json.ts';
import { moneyTest, operandOf, quantified, test } from './operators.ts';
import type { Operand } from './operators.ts';
import { isMany, spots } from './path.ts';
import type { Tally } from './tally.ts';
import { and3, not3, or3, yes } from './truth.ts';
import type { T3 } from './truth.ts';

/** Every key of a condition, ANDed. */
export function holds(doc: J, subject: Subject, timezone: string, tally: Tally): T3 {
  const keys = doc.t === 'obj' ? doc.v : [];
  return and3(keys.map(([key, inner]) => part(key, inner, subject, timezone, tally)));
}

function part(key: string, doc: J, subject: Subject, timezone: string, tally: Tally): T3 {
  const each = (): T3[] => (doc.t === 'arr' ? doc.v.map((inner) => holds(inner, subject, timezone, tally)) : []);
  if (key === 'all') return tally.truth('all of', and3(each()));
  if (key === 'any') return tally.truth('any of', or3(each()));
  if (key === 'not') return tally.truth('not', not3(holds(doc, subject, timezone, tally)));
  return tally.truth(key.startsWith('args') ? 'args' : key, factTest(key, doc, subject, timezone, tally));
}

function factTest(name: string, doc: J, subject: Subject, timezone: string, tally: Tally): T3 {
  if ((name === 'amount' || name === 'currency') && subject.call.known?.direction === 'none')
    return noMoney(name, doc, subject, tally);
  if (name === 'amount') return moneyTest(subject.amount, doc, tally);
  if (name.startsWith('args') && isMany(argumentPath(name))) return manyTest(argumentPath(name), doc, subject, tally);
  return test(operand(name, subject, timezone), doc, tally);
}

/** A call that moves no money has none to compare: a ceiling on `*` does not stop reads. */
function noMoney(name: 'amount' | 'currency', doc: J, subject: Subject, tally: Tally): T3 {
  const operators = doc.t === 'obj' ? doc.v : [];
  const fact: Derived<unknown> = subject[name];
  return and3(
    operators.map(([op, bound]) => {
      if (op !== 'present') return 'F';
      const present = fact.is === 'known' || (fact.is === 'unknown' && fact.given);
      return tally.truth('present', yes(present === (bound.t === 'bool' && bound.v)));
    }),
  );
}

/** The fact. Only an argument can be null; a fact of the catalogue that is null is left out. */
function operand(name: string, subject: Subject, timezone: string): Operand {
  const spot = name.startsWith('args') ? spots(subject.args, argumentPath(name))[0] : undefined;
  const isNull = spot?.is === 'value' && spot.value.t === 'null';
  return { fact: factOf(name, subject, timezone), isNull };
}

/** A path with `[*]`: each operator says of how many of the values it speaks. */
function manyTest(path: string, doc: J, { args }: Subject, tally: Tally): T3 {
  const operators = doc.t === 'obj' ? doc.v : [];
  const found = spots(args, path);
  const elements = found.map((spot): Operand => {
    if (spot.is === 'value') return operandOf(spot.value);
    return { isNull: false, fact: spot.is === 'missing' ? { is: 'absent' } : { is: 'unknown', given: false } };
  });
  // Nothing stands where the first array should be: then there are no elements, or nobody can say which.
  const [first] = found;
  const isLost = first !== undefined && first.at === '';
  const of = isLost && first.is === 'missing' ? [] : elements;
  return and3(operators.map(([op, inner]) => tally.truth(`[*] ${op}`, manyOne(op, inner, of, isLost, tally))));
}

function manyOne(op: string, doc: J, elements: readonly Operand[], isLost: boolean, tally: Tally): T3 {
  if (op === 'present') return yes(elements.some(({ fact }) => fact.is === 'known') === (doc.t === 'bool' && doc.v));
  if (isLost && elements.length > 0) return 'U';
  return quantified(op, elements, doc, tally);
}
