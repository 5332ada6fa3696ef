/** A comparison as data. The arguments of a call keep the text of their numbers, which a double would change. */
import { fromPlain, isObject, stringify } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';
import type { Change } from './change.ts';
import type { PolicyDiff } from './diff.ts';

/** The JSON text of a comparison, one object on one line. */
export function diffJson({ changes, ...rest }: PolicyDiff): string {
  return stringify(new Map<string, Json>([['changes', changes.map(changeJson)], ...membersOf(rest)]));
}

function changeJson({ arguments: args, ...rest }: Change): Json {
  return new Map<string, Json>([...membersOf(rest), ['arguments', args]]);
}

function membersOf(plain: object): readonly (readonly [string, Json])[] {
  const json = fromPlain(plain);
  return isObject(json) ? [...json] : [];
}
