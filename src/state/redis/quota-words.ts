/** Counters, requests and owners as the JSON texts that are kept of them. The server compares them, and reads no name. */
import { brandAs, type GrantName, type PolicyName, type ToolName } from '../../core/ids.ts';
import type { HeldRequest, QuotaAsk, QuotaCounter, QuotaOwner } from '../quota.ts';
import { readWindow, windowText } from '../window-text.ts';
import { damaged } from './errors.ts';
import { membersOf, oneOf } from './replies.ts';

const SCOPES = ['grant', 'principal', 'policy', 'upstream', 'global'] as const;

/** Everything of a counter but its id, which names its key. */
export function counterText({ policy, rule, scope, subject, unit, keyed, window }: QuotaCounter): string {
  return JSON.stringify({ policy, rule, scope, subject, unit, keyed, window: windowText(window) });
}

export function readCounter(id: string, text: string): QuotaCounter {
  const what = `counter ${id}`;
  const { policy, rule, scope, subject, unit, keyed, window } = membersOf(text, what);
  const read = typeof window === 'string' ? readWindow(window) : undefined;
  if (read === undefined || typeof keyed !== 'boolean') throw damaged(what);
  return {
    id,
    policy: policy === null ? null : brandAs<PolicyName>(word(policy, what)),
    rule: word(rule, what),
    scope: oneOf(word(scope, what), SCOPES, what),
    subject: word(subject, what),
    unit: word(unit, what),
    keyed,
    window: read,
  };
}

export function requestText({ grant, principal, tool }: QuotaAsk): string {
  return JSON.stringify({ grant, principal, tool });
}

export function readRequest(text: string, what: string): Pick<HeldRequest, 'grant' | 'principal' | 'tool'> {
  const { grant, principal, tool } = membersOf(text, what);
  return {
    grant: brandAs<GrantName>(word(grant, what)),
    principal: word(principal, what),
    tool: brandAs<ToolName>(word(tool, what)),
  };
}

/** The same text for the same process. */
export function ownerText({ host, pid, processStart }: QuotaOwner): string {
  return JSON.stringify({ host, pid, processStart });
}

export function readOwner(text: string): QuotaOwner {
  const { host, pid, processStart } = membersOf(text, 'a process');
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid)) throw damaged('a process');
  return { host: word(host, 'a process'), pid, processStart: word(processStart, 'a process') };
}

function word(value: unknown, what: string): string {
  if (typeof value !== 'string') throw damaged(what);
  return value;
}
