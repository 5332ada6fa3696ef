/** From `when` to the engine's condition. */
import type { Condition, FactRef } from '../core/policy.ts';
import { factNamed, formOf } from './facts.ts';
import { readTest } from './operators.ts';
import type { Scope } from './scope.ts';
import type { ConditionDoc, TestDoc } from './test-schema.ts';
import type { DocumentPath } from './tree.ts';

/** Reads a condition; everything in it is ANDed. Faults go to `scope`, and then the result is not used. */
export function readCondition(doc: ConditionDoc, path: DocumentPath, scope: Scope): Condition {
  const parts: Condition[] = Object.entries(doc.facts).flatMap(([name, test]) => readFact(name, test, path, scope));
  for (const is of ['all', 'any'] as const) {
    const of = doc[is]?.map((part, index) => readCondition(part, [...path, is, index], scope));
    if (of !== undefined) parts.push({ is, of });
  }
  if (doc.not !== undefined) parts.push({ is: 'not', of: readCondition(doc.not, [...path, 'not'], scope) });
  if (isEmpty(doc))
    scope.refuse('wrong_value', path, 'an empty condition says nothing; expected a fact, `all`, `any` or `not`');
  const only = parts.length === 1 ? parts[0] : undefined;
  return only ?? { is: 'all', of: parts };
}

function isEmpty({ all, any, not, facts }: ConditionDoc): boolean {
  return all === undefined && any === undefined && not === undefined && Object.keys(facts).length === 0;
}

function readFact(name: string, test: TestDoc, path: DocumentPath, scope: Scope): Condition[] {
  const ref = readFactName(name, [...path, name], scope);
  if (ref === null) return [];
  return readTest(test, formOf(ref), [...path, name], scope).map((operator) => ({ is: 'test', fact: ref, operator }));
}

/** Reads the name of a fact, which stands at `path` as a key or as a value. */
export function readFactName(
  name: string,
  path: DocumentPath,
  scope: Scope,
  which: 'key' | 'value' = 'key',
): FactRef | null {
  const named = factNamed(name, scope.timezone);
  return 'ref' in named ? named.ref : scope.refuse(named.code, path, named.message, which);
}
