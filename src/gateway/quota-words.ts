/** What an agent is told of a limit: which cap, how much is left, when it resets. */
import { formatMoney, type LimitFault, type ReservationRequest } from '../core/index.ts';
import type { QuotaRefusal, QuotaWindow } from '../state/quota.ts';

/** A use that its limit does not admit. `nowMs` is the store's instant. */
export function refusalSentence(
  request: ReservationRequest,
  { why, standing, resetsMs }: QuotaRefusal,
  nowMs: number,
): string {
  const words = unitWords(request);
  const limit = `Denied by rule \`${request.source.rule}\`${ofPolicy(request)}: it allows ${words(request.cap)} ${spanWords(request.window)}${scopeWords(request.scope)}`;
  if (why === 'closed')
    return `${limit}, and an earlier call went through for an amount that nobody has entered yet. Tell the operator: \`countersign quota settle\` enters it.`;
  if (why === 'too_large') return `${limit}, and with this call the sum would be too large to be counted.`;
  const counted = BigInt(standing.used + standing.reserved + standing.inDoubt);
  const left = request.cap > counted ? request.cap - counted : 0n;
  const doubt = standing.inDoubt === 0 ? '' : ` (${words(BigInt(standing.inDoubt))} of it in doubt)`;
  return `${limit}; ${words(counted)} ${isOne(request, counted) ? 'is' : 'are'} counted${doubt}, ${words(left)} left, and this call needs ${words(request.amount)}. ${resetWords(request.window, resetsMs, nowMs)}`;
}

/** A call that a limit cannot count. */
export function faultSentence({ source, message }: LimitFault): string {
  const of = source.policy === null ? '' : ` of policy \`${source.policy}\``;
  return `Denied by rule \`${source.rule}\`${of}, which counts this call and cannot: ${message}.`;
}

/** The clock of the store is behind what it showed before. */
export function clockSentence(rule: string, behindMs: number): string {
  return `Denied: the clock of the state store stepped back by ${lengthWords(behindMs)}, so rule \`${rule}\` cannot count this call. Tell the operator; it works again when the clock has caught up or was set right.`;
}

type Words = (count: bigint) => string;

function unitWords({ unit }: ReservationRequest): Words {
  if (unit.is === 'calls') return (count) => `${count} ${count === 1n ? 'call' : 'calls'}`;
  return (minor) => formatMoney({ currency: unit.currency, minor });
}

function isOne({ unit }: ReservationRequest, count: bigint): boolean {
  return unit.is === 'money' || count === 1n;
}

function ofPolicy({ source }: ReservationRequest): string {
  return source.policy === null ? '' : ` of policy \`${source.policy}\``;
}

function spanWords(window: QuotaWindow): string {
  if (window.is === 'rolling') return `in any ${lengthWords(window.spanMs)}`;
  return `a ${window.unit}${window.timezone === 'UTC' ? '' : ` (${window.timezone})`}`;
}

const SCOPES: Readonly<Record<ReservationRequest['scope'], string>> = {
  grant: '',
  principal: ' for all grants of its principal together',
  policy: ' for all grants of this policy together',
  upstream: ' for everything sent to this upstream',
  global: ' for all grants together',
};

function scopeWords(scope: ReservationRequest['scope']): string {
  return SCOPES[scope];
}

function resetWords(window: QuotaWindow, resetsMs: number | null, nowMs: number): string {
  if (resetsMs === null) return 'It gives something back when a call that is under way has ended.';
  const at = `${new Date(resetsMs).toISOString().slice(0, 19)}Z (in ${lengthWords(resetsMs - nowMs)})`;
  return window.is === 'rolling' ? `The first of it comes back at ${at}.` : `It resets at ${at}.`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** The two largest units of a length of time: `3 h 12 min`; under a second is `1 s`. */
export function lengthWords(lengthMs: number): string {
  let restMs = Math.max(1_000, Math.ceil(lengthMs / 1_000) * 1_000);
  const parts: string[] = [];
  for (const [name, unitMs] of UNITS) {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    if (count > 0) parts.push(`${count} ${name}`);
    if (parts.length > 0 && (parts.length === 2 || count === 0)) break;
  }
  return parts.join(' ');
}
