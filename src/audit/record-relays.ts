/** Requests beside `tools/call` as OCSF events: which method, whose, to which server, and how it ended. Nothing of what they are about. */
import { NO_ROOM, quotaPart, type Room } from './call-parts.ts';
import type { PlainObject } from './chain.ts';
import type { CallEvent, RelayFrame } from './events.ts';
import { denialOf, outcomeOf } from './meanings.ts';
import { ACTION, DISPOSITION, OTHER, SEVERITY, STATUS, type Shape } from './ocsf.ts';
import { actor, code, name, policyAttribute, sessionPart, SOURCE, wholeMs } from './record-session.ts';

type Of<K extends CallEvent['kind']> = Extract<CallEvent, { readonly kind: K }>;

export function requestDecided(event: Of<'request_decided'>, room: Room = NO_ROOM): Shape {
  const isAllowed = event.decision === 'allow';
  const denial = denialOf(event.code ?? '');
  const disposition = isAllowed ? DISPOSITION.allowed : denial.disposition;
  return {
    ...relay(event),
    severity: isAllowed ? SEVERITY.informational : denial.severity,
    ...(isAllowed ? {} : { status: STATUS.failure }),
    ...(event.code === null ? {} : { code: code(event.code) }),
    message: `${isAllowed ? 'allowed' : 'denied'} ${event.method} of the ${event.from} by ${name(event.rule)}`,
    attributes: {
      ...attributesOf(event),
      ...policyAttribute(event),
      action_id: isAllowed ? ACTION.allowed : ACTION.denied,
      disposition_id: disposition,
    },
    own: {
      ...frame(event),
      decision: event.decision,
      rule: name(event.rule),
      pointer: name(event.pointer),
      policy: event.policy === null ? null : name(event.policy),
      policyHash: event.policyHash === null ? null : name(event.policyHash),
      ...quotaPart(event.quota, room),
    },
  };
}

export function requestEnded(event: Of<'request_ended'>): Shape {
  const { status, disposition, detail } = outcomeOf(event.outcome);
  const latencyMs = wholeMs(event.latencyMs);
  return {
    ...relay(event),
    severity: event.outcome === 'ok' ? SEVERITY.informational : SEVERITY.low,
    status,
    code: code(event.code),
    message: `outcome of ${event.method} of the ${event.from}: ${event.outcome}`,
    attributes: {
      ...attributesOf(event),
      action_id: ACTION.observed,
      disposition_id: disposition,
      status_detail: detail,
      duration: latencyMs,
    },
    own: { ...frame(event), latencyMs, outcome: event.outcome },
  };
}

const READ = 2;

/** A client's request reads from a server; a server's own is none of the activities that OCSF names. */
function relay<K extends string>(
  event: RelayFrame & { readonly kind: K },
): Pick<Shape, 'class' | 'activity'> & { readonly kind: K } {
  return { kind: event.kind, class: 'apiActivity', activity: event.from === 'client' ? READ : OTHER };
}

function attributesOf(event: RelayFrame): PlainObject {
  const service = event.upstream === null ? {} : { service: { name: name(event.upstream) } };
  return {
    ...(event.from === 'client' ? {} : { activity_name: event.method }),
    ...actor(event.session),
    api: { operation: event.method, ...service, request: { uid: name(event.request) } },
    ...SOURCE,
  };
}

function frame(event: RelayFrame): PlainObject {
  return {
    ...sessionPart(event.session),
    request: name(event.request),
    method: event.method,
    from: event.from,
    upstream: event.upstream === null ? null : name(event.upstream),
  };
}
