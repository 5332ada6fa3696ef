/** Who acted, as a record says it. */
import { fieldsAt, type Fields, textAt } from './fields.ts';
import type { ActorRow } from './value-people.ts';

/** The actor of a record; `unknown` where it names none. */
export function actorOf(own: Fields): ActorRow {
  const actor = fieldsAt(own, 'actor');
  const by = textAt(actor, 'by');
  return {
    by: by === 'operator' || by === 'os-user' ? by : 'unknown',
    name: textAt(actor, 'name') ?? '~unknown',
    fingerprint: textAt(actor, 'fingerprint'),
  };
}
