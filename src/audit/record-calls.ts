/** Events of the calls stream as OCSF events. Every name here may have been written by an outsider, so each is bounded. */
import { splitToolName } from '../core/ids.ts';
import { activityOf } from './activity.ts';
import { argumentPart, policyPart, quotaPart, revealedPart, type Room } from './call-parts.ts';
import type { PlainObject } from './chain.ts';
import type { CallDetails, CallEvent, CallFrame, QuotaPart, Session, ShadowDecision } from './events.ts';
import { actor, code, name, policyAttribute, sessionPart, SOURCE, user, wholeMs } from './record-session.ts';
import { requestDecided, requestEnded } from './record-relays.ts';
import { denialOf, outcomeOf, verdictOf } from './meanings.ts';
import { ACTION, DISPOSITION, FINDING_STATUS, LIFECYCLE, OTHER, SEVERITY, STATUS, type Shape } from './ocsf.ts';
import { bounded, UNKNOWN } from './text.ts';

const TOOL_BYTES = 256;

type Of<K extends CallEvent['kind']> = Extract<CallEvent, { readonly kind: K }>;
/** A call that was in flight when its segment ended, repeated in the next one, so that its outcome is not missed. */
export interface CarriedIntent extends Omit<Of<'intent'>, 'kind'> {
  readonly kind: 'intent_carried';
}

/** What an event of the calls stream contributes to its record; its lists take no more than `room`. */
export function callShape(event: CallEvent | CarriedIntent, room: Room): Shape {
  switch (event.kind) {
    case 'session_opened':
      return opened(event);
    case 'session_closed':
      return closed(event);
    case 'protocol_rejected':
      return rejected(event);
    case 'upstream_started':
      return upstreamStarted(event);
    case 'upstream_failed':
      return upstreamFailed(event);
    case 'tool_quarantined':
      return toolQuarantined(event);
    case 'audit_stopped':
    case 'audit_resumed':
      return interruption(event);
    case 'decision':
      return decision(event, room);
    case 'intent':
    case 'intent_carried':
      return intent(event, room);
    case 'outcome':
      return outcome(event);
    case 'approval_requested':
      return approvalRequested(event, room);
    case 'approval_decided':
      return approvalDecided(event);
    case 'approval_ended':
      return approvalEnded(event);
    case 'request_decided':
      return requestDecided(event, room);
    case 'request_ended':
      return requestEnded(event);
  }
}

const LOGON = 1;
const LOGOFF = 2;

/** A session is opened with a token: the client logs on to the gateway. */
function authentication(session: Session, activity: number): Omit<Shape, 'kind' | 'message' | 'own'> {
  const service = { name: 'countersign' };
  const attributes = { ...actor(session), user: user(session), service, ...SOURCE, is_remote: false };
  const { informational: severity } = SEVERITY;
  return { class: 'authentication', activity, severity, status: STATUS.success, attributes };
}

function opened({ kind, session, protocol, policies }: Of<'session_opened'>): Shape {
  return {
    ...authentication(session, LOGON),
    kind,
    message: 'session opened',
    own: { ...sessionPart(session), protocol: code(protocol), ...policyPart(policies) },
  };
}

function closed({ kind, session, why }: Of<'session_closed'>): Shape {
  const shape = authentication(session, LOGOFF);
  return {
    ...shape,
    kind,
    message: 'session closed',
    attributes: { ...shape.attributes, status_detail: name(why) },
    own: { ...sessionPart(session), why: name(why) },
  };
}

function rejected(event: Of<'protocol_rejected'>): Shape {
  const method = event.method === null ? UNKNOWN : name(event.method);
  const { count, sinceMs } = event.together ?? { count: 1, sinceMs: 0 };
  const isOne = count === 1;
  return {
    kind: event.kind,
    class: 'apiActivity',
    activity: activityOf(null),
    severity: SEVERITY.medium,
    status: STATUS.failure,
    code: code(event.code),
    message: `${isOne ? 'message' : `${count} messages`} refused: ${code(event.code)}`,
    attributes: {
      activity_name: method,
      ...(isOne ? {} : { count, start_time: sinceMs }),
      ...actor(event.session),
      api: { operation: method },
      ...SOURCE,
      action_id: ACTION.denied,
      disposition_id: DISPOSITION.blocked,
    },
    own: { ...sessionPart(event.session), method, ...(isOne ? {} : { count, since: new Date(sinceMs).toISOString() }) },
  };
}

function upstreamStarted(event: Of<'upstream_started'>): Shape {
  const upstream = name(event.upstream);
  return {
    kind: event.kind,
    class: 'applicationLifecycle',
    activity: LIFECYCLE.start,
    severity: SEVERITY.informational,
    status: STATUS.success,
    message: `upstream ${upstream} started`,
    attributes: { app: { name: upstream }, ...actor(event.session) },
    own: { ...sessionPart(event.session), upstream, pid: event.pid, tools: event.tools, restarts: event.restarts },
  };
}

function upstreamFailed(event: Of<'upstream_failed'>): Shape {
  const upstream = name(event.upstream);
  return {
    kind: event.kind,
    class: 'applicationLifecycle',
    activity: event.code === 'exited' ? LIFECYCLE.stop : LIFECYCLE.start,
    severity: SEVERITY.medium,
    status: STATUS.failure,
    code: code(event.code),
    message: `upstream ${upstream} failed: ${code(event.code)}`,
    attributes: { app: { name: upstream }, ...actor(event.session) },
    own: { ...sessionPart(event.session), upstream, exitCode: event.exitCode, restarts: event.restarts },
  };
}

const FOUND = 1;

/** The same finding in every session that meets it, so that a SIEM counts it once. */
function finding({ upstream, code: why }: Of<'tool_quarantined'>, tool: string): PlainObject {
  const uid = `quarantine:${name(upstream)}:${tool}:${why}`;
  return { uid, title: `A tool of ${name(upstream)} is kept from agents`, types: [`Tool definition ${why}`] };
}

/** A definition that nobody accepted may have been written to mislead; the tool is kept from agents until somebody looks. */
function toolQuarantined(event: Of<'tool_quarantined'>): Shape {
  const tool = event.tool === null ? UNKNOWN : name(event.tool);
  return {
    kind: event.kind,
    class: 'detectionFinding',
    activity: FOUND,
    severity: SEVERITY.high,
    status: FINDING_STATUS.new,
    code: code(event.code),
    message: `tool ${tool} quarantined: ${event.code}`,
    attributes: {
      finding_info: finding(event, tool),
      is_alert: true,
      ...actor(event.session),
      resources: [{ name: tool, type: 'tool' }],
      action_id: ACTION.denied,
      disposition_id: DISPOSITION.quarantined,
    },
    own: { ...sessionPart(event.session), upstream: name(event.upstream), tool },
  };
}

/** A log that stops is worth an alarm (PCI DSS 4.0.1, 10.7). */
function interruption(event: Of<'audit_stopped' | 'audit_resumed'>): Shape {
  const isOver = event.kind === 'audit_resumed';
  const since = isOver ? { refused: event.refused, since: new Date(event.sinceMs).toISOString() } : {};
  return {
    kind: event.kind,
    class: 'applicationLifecycle',
    activity: isOver ? LIFECYCLE.start : LIFECYCLE.stop,
    severity: SEVERITY.high,
    status: isOver ? STATUS.success : STATUS.failure,
    code: event.code,
    message: isOver ? 'the audit log goes on' : `the audit log stops: ${event.code}`,
    attributes: { app: { name: 'countersign' } },
    own: since,
  };
}

function decision(event: Of<'decision'>, room: Room): Shape {
  const { severity, disposition } = denialOf(event.code);
  return {
    ...call(event),
    severity,
    status: STATUS.failure,
    code: code(event.code),
    message: `denied ${toolText(event)} by ${name(event.rule)}`,
    attributes: { ...callAttributes(event), action_id: ACTION.denied, disposition_id: disposition },
    own: { ...frame(event), decision: event.decision, ...details(event, room), ...shadowPart(event.shadow) },
  };
}

function intent(event: Of<'intent'> | CarriedIntent, room: Room): Shape {
  const disposition = event.approval === undefined ? DISPOSITION.allowed : DISPOSITION.approved;
  return {
    ...call(event),
    severity: SEVERITY.informational,
    message: `allowed ${toolText(event)} by ${name(event.rule)}`,
    attributes: { ...callAttributes(event), action_id: ACTION.allowed, disposition_id: disposition },
    own: { ...frame(event), decision: event.decision, ...details(event, room), ...shadowPart(event.shadow) },
  };
}

function outcome(event: Of<'outcome'>): Shape {
  const { severity, status, disposition, detail } = outcomeOf(event.outcome);
  const latencyMs = wholeMs(event.latencyMs);
  const attributes = { ...callAttributes(event), action_id: ACTION.observed, disposition_id: disposition };
  return {
    ...call(event),
    severity,
    status,
    code: code(event.code),
    message: `outcome of ${toolText(event)}: ${event.outcome}`,
    attributes: { ...attributes, status_detail: detail, duration: latencyMs },
    own: { ...frame(event), latencyMs, outcome: event.outcome },
  };
}

function approvalRequested(event: Of<'approval_requested'>, room: Room): Shape {
  return {
    ...call(event),
    severity: SEVERITY.low,
    status: OTHER,
    message: `${toolText(event)} waits for approval ${name(event.approval)}, asked for by ${name(event.rule)}`,
    // `Delayed` goes with `Modified` in OCSF, or with `Allowed`, which this call is not yet.
    attributes: {
      status: 'pending',
      ...callAttributes(event),
      action_id: ACTION.modified,
      disposition_id: DISPOSITION.delayed,
    },
    own: {
      ...frame(event),
      requestHash: code(event.requestHash),
      expires: new Date(event.expiresMs).toISOString(),
      ...details(event, room),
    },
  };
}

/** A verdict may have been written by anybody who can write the store: one that is too long for a line is left out. */
const VERDICT_BYTES = 2_600;

function approvalDecided(event: Of<'approval_decided'>): Shape {
  const { signed, accepted } = event;
  const who = signed === null ? UNKNOWN : name(signed.operator);
  const fits = signed !== null && Buffer.byteLength(JSON.stringify(signed.text)) <= VERDICT_BYTES;
  return {
    ...call(event),
    severity: accepted ? SEVERITY.informational : SEVERITY.high,
    status: accepted ? STATUS.success : STATUS.failure,
    code: code(event.code),
    message: accepted
      ? `${who} signed ${signed?.verdict ?? UNKNOWN} for approval ${name(event.approval)}`
      : `verdict of ${who} for approval ${name(event.approval)} refused: ${code(event.code)}`,
    attributes: { ...callAttributes(event), ...verdictOf(event) },
    own: {
      ...frame(event),
      requestHash: code(event.requestHash),
      accepted,
      verdict: signed?.verdict ?? null,
      operator: signed === null ? null : who,
      fingerprint: signed === null ? null : name(signed.fingerprint),
      signed: fits ? signed.text : null,
    },
  };
}

function approvalEnded(event: Of<'approval_ended'>): Shape {
  const disposition = event.ending === 'rejected' ? DISPOSITION.rejected : DISPOSITION.blocked;
  return {
    ...call(event),
    severity: SEVERITY.medium,
    status: STATUS.failure,
    code: code(event.code),
    message: `approval ${name(event.approval)} ended: ${event.ending}`,
    attributes: { ...callAttributes(event), action_id: ACTION.denied, disposition_id: disposition },
    own: { ...frame(event), ending: event.ending },
  };
}

function toolText({ tool }: CallFrame): string {
  return tool === null ? UNKNOWN : bounded(tool, TOOL_BYTES);
}

function call<K extends string>(
  event: CallFrame & { readonly kind: K },
): {
  readonly kind: K;
  readonly class: 'apiActivity';
  readonly activity: number;
} {
  return { kind: event.kind, class: 'apiActivity', activity: activityOf(event.toolKind) };
}

function callAttributes(event: CallFrame): PlainObject {
  const request = { uid: name(event.request) };
  const service = event.tool === null ? {} : { service: { name: name(splitToolName(event.tool).upstream) } };
  return {
    ...(activityOf(event.toolKind) === OTHER ? { activity_name: event.toolKind ?? 'unknown tool' } : {}),
    ...actor(event.session),
    api: { operation: 'tools/call', ...service, request },
    ...SOURCE,
    resources: [{ name: toolText(event), type: 'tool' }],
    ...policyAttribute(event),
  };
}

function frame(event: CallFrame): PlainObject {
  return {
    ...sessionPart(event.session),
    request: name(event.request),
    tool: toolText(event),
    toolKind: event.toolKind,
    rule: name(event.rule),
    pointer: name(event.pointer),
    policy: event.policy === null ? null : name(event.policy),
    policyHash: event.policyHash === null ? null : name(event.policyHash),
    ...(event.approval === undefined ? {} : { approval: name(event.approval) }),
  };
}

function shadowPart(shadow: ShadowDecision | undefined): PlainObject {
  if (shadow === undefined) return {};
  const { decision, rule, policy } = shadow;
  return { shadow: { decision, rule: name(rule), policy: policy === null ? null : name(policy) } };
}

/** What is told of the call itself. */
function details(event: CallDetails & { readonly quota?: readonly QuotaPart[] }, room: Room): PlainObject {
  return { ...quotaPart(event.quota, room), ...argumentPart(event, room), ...revealedPart(event.revealed) };
}
