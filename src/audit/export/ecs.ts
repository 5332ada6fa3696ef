/** The Elastic Common Schema, 9.4. What it has no field for stands under `countersign`; arguments stand nowhere. */
import { lineText, type Plain, type PlainObject } from '../chain.ts';
import { fieldsOf, textOf } from '../fields.ts';
import { categoriesOf } from './categories.ts';
import { isoOf, numberOf, partsOf, type ExportedRecord, type Parts } from './parts.ts';

const ECS_VERSION = '9.4.0';
const NS_PER_MS = 1_000_000;

/** A record as one line of JSON. */
export function ecsOf(exported: ExportedRecord): string {
  const { record, intact } = exported;
  const parts = partsOf(record);
  return lineText(
    said({
      '@timestamp': isoOf(parts.timeMs),
      ecs: { version: ECS_VERSION },
      message: parts.message,
      ...(intact ? {} : { tags: ['changed_after_written'] }),
      event: event(record, parts),
      rule: rule(parts),
      user: { id: parts.userId, name: parts.user },
      related: { user: relatedUsers(parts) },
      service: service(parts),
      gen_ai: agent(parts),
      countersign: own(parts),
    }),
  );
}

function event(record: PlainObject, parts: Parts): PlainObject {
  const latencyMs = numberOf(parts.own, 'latencyMs');
  const { category, type } = categoriesOf(record, parts);
  return {
    kind: 'event',
    ...{ category, type },
    action: parts.kind,
    outcome: parts.result,
    id: parts.id,
    sequence: numberOf(parts.own, 'seq') ?? null,
    hash: textOf(parts.own, 'hash'),
    reason: parts.message,
    code: textOf(parts.own, 'code'),
    severity: parts.severity,
    provider: 'countersign',
    module: 'countersign',
    dataset: parts.stream === '' ? '' : `countersign.${parts.stream}`,
    duration: latencyMs === undefined ? null : latencyMs * NS_PER_MS,
    // The gateway that records an event is the one that it happens in.
    created: isoOf(parts.timeMs),
  };
}

function rule({ own: fields }: Parts): PlainObject {
  const id = textOf(fields, 'rule');
  return { id, name: id, ruleset: textOf(fields, 'policy'), version: textOf(fields, 'policyHash') };
}

function service({ productVersion, upstream }: Parts): PlainObject {
  return { name: 'countersign', type: 'countersign', version: productVersion, target: { name: upstream } };
}

/** Never `gen_ai.tool.call.arguments` and `…result`: what was asked for and answered is no part of the log. */
function agent({ own: fields, agent: name }: Parts): PlainObject {
  const tool = textOf(fields, 'tool');
  const call = { id: textOf(fields, 'request') };
  return { agent: { name }, tool: { name: tool, call }, operation: { name: tool === '' ? '' : 'execute_tool' } };
}

/** Everybody that a record names. */
function relatedUsers({ user, own: fields }: Parts): readonly string[] {
  const names = [user, textOf(fields, 'operator'), textOf(fieldsOf(fields['actor']), 'name')];
  return [...new Set(names)].filter((name) => name !== '');
}

/** Texts of our own part that are copied under their own names. */
const OWN = [
  'kind',
  'segment',
  'prev',
  'request',
  'grant',
  'principal',
  'tool',
  'toolKind',
  'decision',
  'outcome',
  'pointer',
  'approval',
  'verdict',
  'operator',
  'ending',
  'upstream',
  'secret',
] as const;

function own({ own: fields }: Parts): PlainObject {
  return Object.fromEntries(OWN.map((key) => [key, textOf(fields, key)]));
}

/** Without what is empty: in ECS a field that says nothing is left out. */
function said(object: PlainObject): PlainObject {
  const members = Object.entries(object).map(([key, value]) => [key, isObject(value) ? said(value) : value] as const);
  return Object.fromEntries(members.filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: Plain): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function isObject(value: Plain): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
