/** Entity Management (3004): what an act of an operator managed, and who acted. */
import type { PlainObject } from './chain.ts';
import type { Actor } from './events.ts';
import { SEVERITY, STATUS, type Shape } from './ocsf.ts';
import { bounded } from './text.ts';

const NAME_BYTES = 256;

export const ACTIVITY = { create: 1, read: 2, update: 3, delete: 4, disable: 9, suspend: 12, resume: 13 } as const;

/** A name as records hold it: printable and bounded. */
export function name(text: string): string {
  return bounded(text, NAME_BYTES);
}

/** What every event about an entity has. */
export function entity(
  kind: string,
  activity: number,
  managed: { readonly name: string; readonly type: string; readonly version?: string },
): Omit<Shape, 'own'> {
  return {
    kind,
    class: 'entityManagement',
    activity,
    severity: SEVERITY.informational,
    status: STATUS.success,
    message: `${kind.replaceAll('_', ' ')}: ${managed.name}`,
    attributes: { entity: managed },
  };
}

/** No signed act is longer. */
const SIGNED_BYTES = 3_000;

/** Without operators nobody is proven to act; the record says so by `by`. */
export function by(actor: Actor): { readonly own: PlainObject; readonly attribute: PlainObject } {
  const { by: whom } = actor;
  if (actor.by === 'os-user') {
    const user = { name: name(actor.name), type: 'OS user' };
    return { own: { actor: { by: whom, name: name(actor.name) } }, attribute: { actor: { user } } };
  }
  const { fingerprint, signed } = actor;
  const proof = { fingerprint: name(fingerprint), signed: bounded(signed, SIGNED_BYTES) };
  const user = { name: name(actor.name), uid: name(fingerprint), type: 'Operator' };
  return { own: { actor: { by: whom, name: name(actor.name), ...proof } }, attribute: { actor: { user } } };
}
