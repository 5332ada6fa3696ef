import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyRecord, type ParsedRecord } from '../every-record.ts';
import { own } from '../support.ts';
import { words } from './definition.ts';
import { ocsfFaults } from './validate.ts';
import { isValue } from './values.ts';

const RECORDS = everyRecord();
const CASES = RECORDS.map((record) => [own(record)['kind'], record] as const);

/** An attribute of OCSF in a record, by the keys that lead to it. Our own part is none. */
type Place = readonly (string | number)[];

function places(value: unknown, at: Place = []): Place[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => places(one, [...at, index]));
  if (!isValue(value)) return [];
  const names = Object.keys(value).filter((name) => at.length > 0 || name !== 'unmapped');
  return names.flatMap((name) => [[...at, name], ...places(value[name], [...at, name])]);
}

/** A copy whose attribute is what `change` makes of it, under the name that it gives; null takes it away. */
function changed(
  record: ParsedRecord,
  place: Place,
  change: (name: string, value: unknown) => readonly [string, unknown] | null,
): ParsedRecord {
  const copy = structuredClone(record);
  let holder: Record<string | number, unknown> = copy;
  for (const key of place.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>;
  const name = String(place.at(-1));
  const entry = change(name, holder[name]);
  Reflect.deleteProperty(holder, name);
  if (entry !== null) holder[entry[0]] = entry[1];
  return copy;
}

const dotted = (place: Place): string => place.filter((key) => typeof key === 'string').join('.');

const EVERYWHERE = `message metadata.log_name metadata.product.vendor_name metadata.product.version metadata.sequence
  metadata.uid status_code status_id`;
const ACTOR = 'actor.app_name actor.user actor.user.name actor.user.uid';
const CONTROL = 'action_id disposition_id';
const optional = (more: string): readonly string[] => words(`${EVERYWHERE} ${more}`).toSorted();

/** What a record of a class may lack, by the standard. */
const OPTIONAL = {
  2004: optional(`${CONTROL} ${ACTOR} finding_info.title finding_info.types is_alert resources resources.type`),
  3002: optional(`${CONTROL} ${ACTOR} actor is_remote src_endpoint status_detail user.name user.uid`),
  3004: optional('actor actor.user.name actor.user.uid entity.policy.uid entity.type entity.version'),
  6002: optional(ACTOR),
  6003: optional(
    `${CONTROL} ${ACTOR} api.request api.service count duration policy policy.name policy.uid policy.version resources
    resources.type start_time status_detail`,
  ),
};

describe('the validator of OCSF events', () => {
  it.each(CASES)('finds no fault with `%s`', (_, record) => {
    expect(ocsfFaults(record)).toEqual([]);
  });

  it('knows the class, the activity and the category of every event, and no other', () => {
    const [record] = RECORDS;
    for (const name of ['class_uid', 'category_uid', 'activity_id', 'type_uid', 'severity_id'])
      for (const value of [-1, 42, 1e9, undefined, null, '1'])
        expect(ocsfFaults({ ...record, [name]: value }), `${name} ${String(value)}`).not.toEqual([]);
    for (const event of [null, [], 'event', 7, {}]) expect(ocsfFaults(event)).not.toEqual([]);
  });

  it('finds every attribute that has another name', () => {
    for (const record of RECORDS)
      for (const place of places(record)) {
        const renamed = changed(record, place, (name, value) => [`${name}_`, value]);
        expect(ocsfFaults(renamed), `${String(own(record)['kind'])}: ${dotted(place)}`).not.toEqual([]);
      }
  });

  it('finds every attribute that is of another type, whatever stands there', () => {
    const kinds: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
      string: fc.string(),
      number: fc.integer(),
      boolean: fc.boolean(),
      object: fc.dictionary(fc.string(), fc.integer()),
      list: fc.array(fc.integer(), { minLength: 1 }),
      null: fc.constant(null),
      fraction: fc.constantFrom(0.5, -1e300, Number.NaN),
    };
    const typeOf = (value: unknown): string => (Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value);
    const target = fc
      .constantFrom(...RECORDS)
      .chain((record) => fc.tuple(fc.constant(record), fc.constantFrom(...places(record)), fc.nat()));
    const junk = fc.constantFrom(...Object.keys(kinds)).chain((kind) => fc.tuple(fc.constant(kind), kinds[kind]!));
    fc.assert(
      fc.property(target, junk, ([record, place], [kind, value]) => {
        let before: unknown;
        const other = changed(record, place, (name, old) => [name, ((before = old), value)]);
        fc.pre(kind !== typeOf(before));
        expect(ocsfFaults(other), `${dotted(place)} = ${JSON.stringify(value)}`).not.toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });

  it('finds every id that is not in its enum, and words beside an id that are not its own', () => {
    for (const record of RECORDS)
      for (const place of places(record).filter((one) => /_id$/.test(String(one.at(-1))))) {
        const at = `${String(own(record)['kind'])}: ${dotted(place)}`;
        expect(ocsfFaults(changed(record, place, (name) => [name, 98])), at).not.toEqual([]);
      }
    const [first] = RECORDS;
    for (const name of ['severity', 'status', 'class_name', 'category_name', 'activity_name', 'type_name'])
      expect(ocsfFaults({ ...first, [name]: 'Whatever' }), name).not.toEqual([]);
    expect(ocsfFaults({ ...first, severity: 'Informational', class_name: 'Authentication' })).toEqual([]);
  });

  it('misses what an event must have, and lets go only what OCSF leaves to choice', () => {
    const free: Record<string, Set<string>> = {};
    for (const record of RECORDS)
      for (const place of places(record))
        if (ocsfFaults(changed(record, place, () => null)).length === 0)
          (free[String(record['class_uid'])] ??= new Set()).add(dotted(place));
    expect(Object.fromEntries(Object.entries(free).map(([uid, names]) => [uid, [...names].sort()]))).toEqual(OPTIONAL);
  });

  it.each([
    ['an attribute of a profile without the profile', { metadata: { product: { name: 'p' }, version: '1.8.0' } }],
    ['a profile without its attributes', { action_id: undefined, disposition_id: undefined, policy: undefined }],
    ['another version of OCSF', { metadata: { product: { name: 'p' }, version: '1.7.0', profiles: [] } }],
    ['a time in seconds', { time: 1_795_348_800 }],
    ['an attribute of ours that OCSF lacks', { kind: 'intent' }],
    ['an attribute of another class', { entity: { name: 'e' } }],
  ])('finds %s', (_, part) => {
    const record = RECORDS.find((one) => own(one)['kind'] === 'intent');
    const event = Object.entries({ ...record, ...part }).filter(([, value]) => value !== undefined);
    expect(ocsfFaults(Object.fromEntries(event))).not.toEqual([]);
  });

  it('wants the policy itself beside an entity of that type', () => {
    const record = RECORDS.find((one) => own(one)['kind'] === 'policy_edited');
    for (const entity of [
      { name: 'support', type: 'Policy', type_id: 5 },
      { name: 'support', type: 'Policy', type_id: 5, policy: { name: 'another' } },
      { name: 'support', type: 'Policy', type_id: 99, kind: 'policy' },
    ])
      expect(ocsfFaults({ ...record, entity })).not.toEqual([]);
  });
});
