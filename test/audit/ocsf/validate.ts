/** A validator for the part of OCSF 1.8.0 that we write. Its tables were made from the standard, not from our source. */
import { BASE, CLASSES } from './classes.ts';
import type { ClassDefinition, Definition } from './definition.ts';
import { PROFILES } from './profiles.ts';
import { isValue, membersFaults, type Value } from './values.ts';

/** What is wrong with an event; empty when nothing is. */
export function ocsfFaults(event: unknown): string[] {
  if (!isValue(event)) return ['the event is no object'];
  const { class_uid: uid } = event;
  const definition = typeof uid === 'number' ? CLASSES[uid] : undefined;
  if (definition === undefined) return ['class_uid is no class of ours'];
  return [
    ...membersFaults(event, whole(definition), ''),
    ...classificationFaults(event, definition),
    ...metadataFaults(event, definition),
    ...entityFaults(event),
  ];
}

/** A class with what every class has, and with all that a profile may add. */
function whole(definition: ClassDefinition): Definition {
  const parts = [BASE, ...Object.values(PROFILES), definition];
  return {
    ...definition,
    allowed: parts.flatMap(({ allowed }) => allowed),
    required: parts.flatMap(({ required }) => required ?? []),
    enums: Object.assign({}, ...parts.map(({ enums }) => enums ?? {})) as Definition['enums'] & object,
  };
}

function classificationFaults(event: Value, definition: ClassDefinition): string[] {
  const { class_uid, category_uid, type_uid, activity_id } = event;
  if (typeof activity_id !== 'number') return ['activity_id is no number'];
  const { caption, category, categoryCaption, enums } = definition;
  const activity = enums?.['activity_id']?.[activity_id];
  const faults = [
    category_uid === category ? null : `category_uid is not ${category}`,
    type_uid === Number(class_uid) * 100 + activity_id ? null : 'type_uid is not class and activity',
    said(event, 'class_name', caption),
    said(event, 'category_name', categoryCaption),
    said(event, 'type_name', `${caption}: ${activity}`),
  ];
  return faults.filter((fault) => fault !== null);
}

function said(event: Value, name: string, caption: string): string | null {
  return !(name in event) || event[name] === caption ? null : `${name} is not ${caption}`;
}

/** A record names the profiles whose attributes it has, and no other. What a class has of itself is of no profile. */
function metadataFaults({ metadata, ...event }: Value, definition: ClassDefinition): string[] {
  if (!isValue(metadata)) return [];
  const names = Object.keys(event).filter((name) => ![...BASE.allowed, ...definition.allowed].includes(name));
  const used = Object.keys(PROFILES).filter((one) => names.some((name) => PROFILES[one]?.allowed.includes(name)));
  const named = metadata['profiles'] ?? [];
  return [
    ...(metadata['version'] === '1.8.0' ? [] : ['metadata.version is not 1.8.0']),
    ...(JSON.stringify(named) === JSON.stringify(used) ? [] : [`metadata.profiles is not ${used.join(', ')}`]),
  ];
}

const POLICY = 5;

/** The object of an entity of a type that OCSF knows is filled in, under the same name. */
function entityFaults({ entity }: Value): string[] {
  if (!isValue(entity) || entity['type_id'] !== POLICY) return [];
  const { policy, name } = entity;
  if (!isValue(policy)) return ['entity.policy is missing'];
  return policy['name'] === name ? [] : ['entity.policy.name is not entity.name'];
}
