/** `event.category` and `event.type` of ECS for a record. */
import type { PlainObject } from '../chain.ts';
import { fieldsOf, textOf } from '../fields.ts';
import { numberOf, type Parts } from './parts.ts';

export interface Categories {
  readonly category: readonly string[];
  readonly type: readonly string[];
}

/** What the class of a record does not say by itself. */
const BY_KIND: Readonly<Record<string, Categories>> = {
  session_opened: { category: ['session'], type: ['start'] },
  session_closed: { category: ['session'], type: ['end'] },
  intent: { category: ['api'], type: ['allowed', 'start'] },
  approval_requested: { category: ['api'], type: ['info'] },
  approval_decided: { category: ['api'], type: ['info'] },
  upstream_started: { category: ['process'], type: ['start'] },
  upstream_failed: { category: ['process'], type: ['end', 'error'] },
  tool_quarantined: { category: ['configuration'], type: ['info'] },
  log_read: { category: ['file'], type: ['access'] },
};

/** By the kind of the record, else by what its class and its action say, so that a new kind has a place at once. */
export function categoriesOf(record: PlainObject, parts: Parts): Categories {
  const known = BY_KIND[parts.kind];
  if (known !== undefined) return known;
  return (
    CLASSES[numberOf(record, 'class_uid') ?? 0]?.(record, parts) ?? { category: ['configuration'], type: ['info'] }
  );
}

/** `class_uid` of OCSF. */
const CLASSES: Readonly<Record<number, (record: PlainObject, parts: Parts) => Categories>> = {
  3002: () => ({ category: ['authentication'], type: ['start'] }),
  3004: managed,
  6003: (record, parts) => ({ category: ['api'], type: callType(record, parts) }),
};

/** `action_id` of OCSF. */
const ACTION: Readonly<Record<number, string>> = { 1: 'allowed', 2: 'denied' };

function callType(record: PlainObject, { kind, result }: Parts): readonly string[] {
  if (kind === 'outcome') return result === 'success' ? ['end'] : ['end', 'error'];
  return [ACTION[numberOf(record, 'action_id') ?? 0] ?? 'info'];
}

/** Who may do what, as opposed to how it is set up. */
const IDENTITIES: ReadonlySet<string> = new Set(['Grant', 'Operator', 'Secret', 'Approval']);
/** `activity_id` of Entity Management. */
const ACTIVITY: Readonly<Record<number, string>> = { 1: 'creation', 2: 'access', 4: 'deletion', 9: 'deletion' };

function managed(record: PlainObject): Categories {
  const category = IDENTITIES.has(textOf(fieldsOf(record['entity']), 'type')) ? 'iam' : 'configuration';
  return { category: [category], type: [ACTIVITY[numberOf(record, 'activity_id') ?? 0] ?? 'change'] };
}
