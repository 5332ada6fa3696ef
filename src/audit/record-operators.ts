/** What was done to operators, and what they signed, as OCSF events. None of them holds an argument value. */
import { ACTIVITY, by, entity, name } from './entity.ts';
import type { AdminEvent } from './events.ts';
import { SEVERITY, STATUS, type Shape } from './ocsf.ts';
import { bounded } from './text.ts';

export type OperatorEvent = Extract<
  AdminEvent,
  { readonly kind: 'operator_added' | 'operator_revoked' | 'approval_signed' | 'approval_refused' }
>;

const MOST_ROLES = 32;
/** A signed text is what proves the record; no text of ours is longer. */
const SIGNED_BYTES = 4_000;

/** What such an event contributes to its record. */
export function operatorShape(event: OperatorEvent): Shape {
  switch (event.kind) {
    case 'operator_added':
    case 'operator_revoked':
      return operator(event);
    case 'approval_signed':
    case 'approval_refused':
      return verdict(event);
  }
}

function operator(event: Extract<OperatorEvent, { readonly signedBy: string }>): Shape {
  const activity = event.kind === 'operator_added' ? ACTIVITY.create : ACTIVITY.disable;
  const shape = managing(event, activity, { name: name(event.operator), type: 'Operator' });
  const roles = event.roles.slice(0, MOST_ROLES).map((role) => bounded(role, 32));
  const { person, fingerprint, signedBy, signed } = event;
  return {
    ...shape,
    severity: SEVERITY.medium,
    own: {
      ...shape.own,
      ...{ operator: name(event.operator), person: name(person), roles },
      ...{ fingerprint: name(fingerprint), signedBy: name(signedBy), signed: bounded(signed, SIGNED_BYTES) },
    },
  };
}

function verdict(event: Extract<OperatorEvent, { readonly approval: string }>): Shape {
  const shape = managing(event, ACTIVITY.update, { name: name(event.approval), type: 'Approval' });
  const said = { approval: name(event.approval), verdict: event.verdict, operator: name(event.operator) };
  if (event.kind === 'approval_refused') {
    const code = bounded(event.code, 64);
    const own = { ...shape.own, ...said };
    return { ...shape, severity: SEVERITY.high, status: STATUS.failure, code, own };
  }
  const { requestHash, fingerprint, signed } = event;
  const proof = { requestHash: name(requestHash), fingerprint: name(fingerprint) };
  return { ...shape, own: { ...shape.own, ...said, ...proof, signed: bounded(signed, SIGNED_BYTES) } };
}

function managing(
  { kind, actor }: OperatorEvent,
  activity: number,
  managed: { readonly name: string; readonly type: string },
): Shape {
  const shape = entity(kind, activity, managed);
  const { own, attribute } = by(actor);
  return { ...shape, attributes: { ...shape.attributes, ...attribute }, own };
}
