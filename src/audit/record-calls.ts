/** Events of the calls stream as OCSF events. Every name here may have been written by an outsider, so each is bounded. */
import { splitToolName } from '../core/ids.ts';
import { activityOf } from './activity.ts';
import { argumentPart, policyPart, quotaPart, revealedPart, type Room } from './call-parts.ts';
import type { PlainObject } from './chain.ts';
import type { CallDetails, CallEvent, CallFrame, Outcome, QuotaPart, Session, ShadowDecision } from './events.ts';
import { ACTION, DISPOSITION, SEVERITY, STATUS, type Shape } from './ocsf.ts';
import { bounded, UNKNOWN } from './text.ts';

const NAME_BYTES = 128;
const TOOL_BYTES = 256;
const CODE_BYTES = 64;

const SOURCE = { src_endpoint: { name: 'stdio' } } as const;

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
  }
}

function name(text: string): string {
  return bounded(text, NAME_BYTES);
}

function code(text: string): string {
  return bounded(text, CODE_BYTES);
}

function actor(session: Session | null): PlainObject {
  if (session === null) return { actor: { app_name: UNKNOWN } };
  const user = { name: name(session.principal), uid: `grant:${name(session.grant)}` };
  return { actor: { user, app_name: name(session.client.name) } };
}

function sessionPart(session: Session | null): PlainObject {
  if (session === null) return {};
  const client = { name: name(session.client.name), version: name(session.client.version) };
  return { grant: name(session.grant), principal: name(session.principal), client };
}

function opened({ kind, session, protocol, policies }: Of<'session_opened'>): Shape {
  return {
    kind,
    class: 'apiActivity',
    activity: activityOf(null),
    severity: SEVERITY.informational,
    status: STATUS.success,
    message: 'session opened',
    attributes: { ...actor(session), api: { operation: 'initialize' }, ...SOURCE },
    own: { ...sessionPart(session), protocol: code(protocol), ...policyPart(policies) },
  };
}

function closed({ kind, session, why }: Of<'session_closed'>): Shape {
  return {
    kind,
    class: 'apiActivity',
    activity: activityOf(null),
    severity: SEVERITY.informational,
    message: 'session closed',
    attributes: { ...actor(session), api: { operation: 'close' }, ...SOURCE },
    own: { ...sessionPart(session), why: name(why) },
  };
}

function rejected(event: Of<'protocol_rejected'>): Shape {
  const method = event.method === null ? UNKNOWN : name(event.method);
  return {
    kind: event.kind,
    class: 'apiActivity',
    activity: activityOf(null),
    severity: SEVERITY.medium,
    status: STATUS.failure,
    code: code(event.code),
    message: `message refused: ${code(event.code)}`,
    attributes: {
      ...actor(event.session),
      api: { operation: method },
      ...SOURCE,
      action_id: ACTION.denied,
      disposition_id: DISPOSITION.blocked,
    },
    own: { ...sessionPart(event.session), method },
  };
}

function upstreamStarted(event: Of<'upstream_started'>): Shape {
  const upstream = name(event.upstream);
  return {
    kind: event.kind,
    class: 'applicationLifecycle',
    activity: 3,
    severity: SEVERITY.informational,
    status: STATUS.success,
    message: `upstream ${upstream} started`,
    attributes: { app: { name: upstream }, ...actor(event.session) },
    own: { ...sessionPart(event.session), upstream, pid: event.pid, tools: event.tools },
  };
}

function upstreamFailed(event: Of<'upstream_failed'>): Shape {
  const upstream = name(event.upstream);
  return {
    kind: event.kind,
    class: 'applicationLifecycle',
    activity: 4,
    severity: SEVERITY.medium,
    status: STATUS.failure,
    code: code(event.code),
    message: `upstream ${upstream} failed: ${code(event.code)}`,
    attributes: { app: { name: upstream }, ...actor(event.session) },
    own: { ...sessionPart(event.session), upstream, exitCode: event.exitCode },
  };
}

/** A definition that nobody accepted may have been written to mislead; the tool is kept from agents until somebody looks. */
function toolQuarantined(event: Of<'tool_quarantined'>): Shape {
  const tool = event.tool === null ? UNKNOWN : name(event.tool);
  return {
    kind: event.kind,
    class: 'applicationLifecycle',
    activity: 99,
    severity: SEVERITY.high,
    status: STATUS.failure,
    code: code(event.code),
    message: `tool ${tool} quarantined: ${event.code}`,
    attributes: { app: { name: name(event.upstream) }, ...actor(event.session) },
    own: { ...sessionPart(event.session), upstream: name(event.upstream), tool },
  };
}

function decision(event: Of<'decision'>, room: Room): Shape {
  return {
    ...call(event),
    severity: SEVERITY.medium,
    status: STATUS.failure,
    code: code(event.code),
    message: `denied ${toolText(event)} by ${name(event.rule)}`,
    attributes: { ...callAttributes(event), action_id: ACTION.denied, disposition_id: DISPOSITION.blocked },
    own: { ...frame(event), decision: event.decision, ...details(event, room), ...shadowPart(event.shadow) },
  };
}

function intent(event: Of<'intent'> | CarriedIntent, room: Room): Shape {
  return {
    ...call(event),
    severity: SEVERITY.informational,
    message: `allowed ${toolText(event)} by ${name(event.rule)}`,
    attributes: { ...callAttributes(event), action_id: ACTION.allowed, disposition_id: DISPOSITION.allowed },
    own: { ...frame(event), decision: event.decision, ...details(event, room), ...shadowPart(event.shadow) },
  };
}

const OUTCOMES: Readonly<Record<Outcome, { severity: number; status: number; disposition: number }>> = {
  ok: { severity: SEVERITY.informational, status: STATUS.success, disposition: DISPOSITION.allowed },
  failed: { severity: SEVERITY.low, status: STATUS.failure, disposition: DISPOSITION.error },
  'in-doubt': { severity: SEVERITY.high, status: STATUS.unknown, disposition: DISPOSITION.error },
};

function outcome(event: Of<'outcome'>): Shape {
  const { severity, status, disposition } = OUTCOMES[event.outcome];
  const latencyMs = wholeMs(event.latencyMs);
  const attributes = { ...callAttributes(event), action_id: ACTION.observed, disposition_id: disposition };
  return {
    ...call(event),
    severity,
    status,
    code: code(event.code),
    message: `outcome of ${toolText(event)}: ${event.outcome}`,
    attributes: { ...attributes, duration: latencyMs },
    own: { ...frame(event), latencyMs, outcome: event.outcome },
  };
}

function approvalRequested(event: Of<'approval_requested'>, room: Room): Shape {
  return {
    ...call(event),
    severity: SEVERITY.low,
    message: `${toolText(event)} waits for approval ${name(event.approval)}, asked for by ${name(event.rule)}`,
    attributes: { ...callAttributes(event), action_id: ACTION.denied, disposition_id: DISPOSITION.blocked },
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
    attributes: { ...callAttributes(event), action_id: ACTION.observed },
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
  return {
    ...call(event),
    severity: SEVERITY.medium,
    status: STATUS.failure,
    code: code(event.code),
    message: `approval ${name(event.approval)} ended: ${event.ending}`,
    attributes: { ...callAttributes(event), action_id: ACTION.denied, disposition_id: DISPOSITION.blocked },
    own: { ...frame(event), ending: event.ending },
  };
}

function wholeMs(milliseconds: number): number {
  return Number.isFinite(milliseconds) ? Math.max(0, Math.round(milliseconds)) : 0;
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
    ...actor(event.session),
    api: { operation: 'tools/call', ...service, request },
    ...SOURCE,
    resources: [{ name: toolText(event), type: 'tool' }],
    ...policyAttribute(event),
  };
}

function policyAttribute({ policy, policyHash }: CallFrame): PlainObject {
  if (policy === null) return {};
  return { policy: { name: name(policy), ...(policyHash === null ? {} : { uid: name(policyHash) }) } };
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
