/** The kinds of the calls stream. */
import * as z from 'zod';
import {
  approval,
  args,
  callApproval,
  code,
  grant,
  latencyMs,
  pointer,
  policy,
  policyHash,
  principal,
  quota,
  record,
  request,
  rule,
  tool,
  toolKind,
} from './common.ts';
import { count, digest, field, shared, text } from './describe.ts';
import {
  client,
  fingerprint,
  install,
  node,
  operatorName,
  padding,
  policies,
  requestHash,
  SESSION,
  signed,
} from './parts.ts';
import { upstream, verdict } from './parts.ts';

const CALL = {
  ...SESSION,
  ...{ request, tool, toolKind, rule, pointer, policy, policyHash, approval: callApproval },
} as const;
const OF_APPROVAL = { ...CALL, approval } as const;

const argsOmitted = shared('argsOmitted', 'How many arguments a line had no room for.', count());

const fact = (what: string): z.ZodOptional => field(what, text()).optional();
const revealed = shared(
  'revealed',
  'Values of the facts that `audit.reveal` names; `unknown` where one could not be told.',
  z.strictObject({
    amount: fact('A decimal in the places of the currency, a blank, the currency.'),
    currency: fact('The currency.'),
    reason: fact('The reason that the agent gave.'),
    recipient: fact('Who is paid.'),
    reference: fact('What the call refers to.'),
    quantity: fact('How many.'),
  }),
);
const ARGUMENTS = { args, argsOmitted: argsOmitted.optional(), revealed: revealed.optional() } as const;

const shadow = shared(
  'shadow',
  'What the shadow policies of the grant would have decided; nothing of it was enforced.',
  z.strictObject({
    decision: field('Their decision.', z.enum(['allow', 'deny', 'approve'])),
    rule: field('The rule that decides.', text()),
    policy: field('The policy that it stands in.', text().nullable()),
  }),
).optional();

const ALLOWED = { ...CALL, ...ARGUMENTS, quota, shadow, decision: field('The decision.', z.literal('allow')) };

const restarts = field('How often it had been started again in this session.', count()).optional();
const RELAY = {
  ...{ ...SESSION, request },
  method: field('The method of the request.', text(64)),
  from: field('Who asks: the client of the agent, or the server.', z.enum(['client', 'server'])),
  upstream: field('The server that it goes to or comes from; null for several, or none.', text().nullable()),
} as const;

export const CALL_KINDS = [
  record('intent', 'A call was allowed and is about to be sent.', ALLOWED),
  record('intent_carried', 'A call was still on its way when its file ended; repeated in the next.', ALLOWED),
  record('decision', 'A call was denied.', {
    ...{ ...CALL, ...ARGUMENTS, quota, shadow, code },
    decision: field('The decision.', z.literal('deny')),
  }),
  record('outcome', 'The end of a call is known.', {
    ...{ ...CALL, latencyMs, code },
    outcome: field(
      '`ok`; `failed`: it is certain that nothing happened; `in-doubt`: anything else.',
      z.enum(['ok', 'failed', 'in-doubt']),
    ),
  }),
  record('request_decided', 'A request beside `tools/call` came to the gate.', {
    ...{ ...RELAY, rule, pointer, policy, policyHash, quota },
    decision: field('The decision.', z.enum(['allow', 'deny'])),
    code: code.nullable(),
  }),
  record('request_ended', 'The end of a request beside `tools/call` is known.', {
    ...{ ...RELAY, latencyMs, code },
    outcome: field(
      '`ok`; `failed`: it is certain that nothing reached a server; `in-doubt`: anything else.',
      z.enum(['ok', 'failed', 'in-doubt']),
    ),
  }),
  record('protocol_rejected', 'A message was refused before it could be a call.', {
    ...{ grant: grant.nullable(), principal: principal.nullable(), client: client.optional(), code },
    method: field('The method, or `~unknown` for one that the gateway does not know.', text()),
    count: field('How many messages of a flood the record stands for; absent for one.', count()).optional(),
    since: field('When the first of them came.', z.iso.datetime()).optional(),
  }),
  record('session_opened', 'A client was admitted under a grant.', {
    ...{ ...SESSION, policies: policies.optional() },
    protocol: field('The version of MCP that was agreed on.', text(64)),
  }),
  record('session_closed', 'A client went.', { ...SESSION, why: field('Why the session ended.', text()) }),
  record('upstream_started', 'A payment server is ready.', {
    ...{ ...SESSION, upstream },
    pid: field('Its process, if it has one.', count().nullable()),
    tools: field('How many tools it listed.', count()),
    restarts,
  }),
  record('upstream_failed', 'A payment server could not be started, or ended.', {
    ...{ ...SESSION, upstream, code },
    exitCode: field('The exit code of its process, if it is known.', z.int().nullable()),
    restarts,
  }),
  record('tool_quarantined', 'A tool is kept from agents.', { ...SESSION, upstream, tool, code }),
  record('approval_requested', 'A call waits for a person.', {
    ...{ ...OF_APPROVAL, ...ARGUMENTS, requestHash },
    expires: field('When the request expires.', z.iso.datetime()),
  }),
  record('approval_decided', 'A gateway met a verdict.', {
    ...{ ...OF_APPROVAL, requestHash, code },
    accepted: field('Whether it counts.', z.boolean()),
    verdict: verdict.nullable(),
    operator: operatorName.nullable(),
    fingerprint: fingerprint.nullable(),
    signed: signed.nullable(),
  }),
  record('approval_ended', 'A request for approval will not be executed.', {
    ...{ ...OF_APPROVAL, code },
    ending: field('What became of it.', z.enum(['rejected', 'expired', 'lapsed', 'void'])),
  }),
  record('segment_open', 'The first record of a calls file.', {
    ...{ install, node },
    pid: field('The process that writes the file.', count()),
    processStart: field('When that process began, as the operating system tells it.', text()),
    registry: field(
      'Where the registry names this file.',
      z.strictObject({
        seq: field('Number of the line in the admin stream.', count()),
        hash: field('`hash` of that line.', digest()),
      }),
    ),
    key: field('The public key that signs the checkpoints of this file, base64.', text(64)),
    durability: field('Which records are synced before a call goes on.', z.enum(['money', 'all'])),
    revealed: field('The facts whose values are recorded.', z.array(text())),
    padding: padding.optional(),
  }),
  record('segment_close', 'The last record of a calls file.', {
    count: field('How many records stand before it.', count()),
  }),
] as const;
