/** What operators did to counters and reservations, as OCSF events. None of them holds an amount or a key value. */
import { ACTIVITY, by, entity, name } from './entity.ts';
import type { AdminEvent } from './events.ts';
import { SEVERITY, type Shape } from './ocsf.ts';

type QuotaEvent = Extract<AdminEvent, { readonly kind: 'quota_reset' | 'quota_resolved' | 'quota_settled' }>;
type Reset = Extract<QuotaEvent, { readonly counter: string }>;

/** What such an event contributes to its record. */
export function quotaShape(event: QuotaEvent): Shape {
  if (event.kind === 'quota_reset') return reset(event);
  const request = name(event.request);
  const shape = managing(event, request, 'Reservation');
  const said = event.kind === 'quota_resolved' ? { as: event.as } : { currency: name(event.currency) };
  return { ...shape, own: { ...shape.own, request, ...said } };
}

/** A counter that is reset admits what its cap would have stopped. */
function reset(event: Reset): Shape {
  const { rule, unit, scope, subject, counter } = event;
  const shape = managing(event, name(`${event.policy ?? ''} ${rule} ${unit}`.trim()), 'Quota');
  const policy = event.policy === null ? null : name(event.policy);
  const counted = { unit: name(unit), scope: name(scope), subject: name(subject), counter: name(counter) };
  return { ...shape, severity: SEVERITY.medium, own: { ...shape.own, policy, rule: name(rule), ...counted } };
}

function managing({ kind, actor }: QuotaEvent, managed: string, type: string): Shape {
  const shape = entity(kind, ACTIVITY.update, { name: managed, type });
  const { own, attribute } = by(actor);
  return { ...shape, attributes: { ...shape.attributes, ...attribute }, own };
}
