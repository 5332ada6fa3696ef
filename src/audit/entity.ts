/** Entity Management (3004): what an act of an operator managed, and who acted. */
import type { PlainObject } from './chain.ts';
import type { Actor } from './events.ts';
import { OTHER, SEVERITY, STATUS, type Shape } from './ocsf.ts';
import { bounded } from './text.ts';

const NAME_BYTES = 256;

export const ACTIVITY = { create: 1, read: 2, update: 3, delete: 4, disable: 9, suspend: 12, resume: 13 } as const;

/** A name as records hold it: printable and bounded. */
export function name(text: string): string {
  return bounded(text, NAME_BYTES);
}

interface Managed {
  readonly name: string;
  readonly type: string;
  readonly version?: string;
  /** The hash of a policy. */
  readonly uid?: string;
}

/** What every event about an entity has. */
export function entity(kind: string, activity: number, managed: Managed): Omit<Shape, 'own'> {
  return {
    kind,
    class: 'entityManagement',
    activity,
    severity: SEVERITY.informational,
    status: STATUS.success,
    message: `${kind.replaceAll('_', ' ')}: ${managed.name}`,
    attributes: { entity: managedEntity(managed) },
  };
}

const POLICY_TYPE = 5;

/** Of what we manage OCSF knows policies only, and wants those in full. */
function managedEntity(managed: Managed): PlainObject {
  const { name: named, type, version, uid } = managed;
  const what = { name: named, type, ...(version === undefined ? {} : { version }) };
  if (type !== 'Policy') return { ...what, type_id: OTHER };
  return { ...what, type_id: POLICY_TYPE, policy: { name: named, ...(uid === undefined ? {} : { uid }) } };
}

/** No signed act is longer. */
const SIGNED_BYTES = 3_000;

/** Without operators nobody is proven to act; the record says so by `by`. */
export function by(actor: Actor): { readonly own: PlainObject; readonly attribute: PlainObject } {
  const { by: whom } = actor;
  if (actor.by === 'os-user') {
    const user = { name: name(actor.name), type: 'OS user', type_id: OTHER };
    return { own: { actor: { by: whom, name: name(actor.name) } }, attribute: { actor: { user } } };
  }
  const { fingerprint, signed } = actor;
  const proof = { fingerprint: name(fingerprint), signed: bounded(signed, SIGNED_BYTES) };
  const user = { name: name(actor.name), uid: name(fingerprint), type: 'Operator', type_id: OTHER };
  return { own: { actor: { by: whom, name: name(actor.name), ...proof } }, attribute: { actor: { user } } };
}
