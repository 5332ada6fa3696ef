/** A request as it comes back from the store. Everything in it is proven by its hash; here only its form is. */
import { canonicalPlain } from '../core/canonical.ts';
import type { ApprovalId } from '../core/ids.ts';
import { isKind } from '../core/kinds.ts';
import type { ApprovalRequest, BoundSecret, KeyMode, RequestNeed, ShownFacts } from './request.ts';
import { requestHash } from './request.ts';
import type { RequestSealer } from './seal.ts';
import { isInstant, isRecord, isWhole, membersOf } from './signature-text.ts';

/** A request as it is kept. */
interface Kept {
  readonly id: ApprovalId;
  readonly hash: string;
  readonly sealed: string | null;
}

/** The request behind an entry of the store, if it is the one that its hash names. Undefined for anything else. */
export function openRequest({ id, hash, sealed }: Kept, sealer: RequestSealer): ApprovalRequest | undefined {
  const text = sealed === null ? undefined : sealer.open(id, sealed);
  const request = text === undefined ? undefined : parseRequest(text);
  return request?.id === id && requestHash(request) === hash ? request : undefined;
}

const REQUEST = [
  ...['v', 'id', 'nonce', 'origin', 'grant', 'principal', 'owner', 'upstream', 'pairing', 'secrets', 'tool', 'pin'],
  ...['entry', 'arguments', 'shown', 'needs', 'repeatOf', 'createdMs', 'expiresMs'],
];
const SHOWN = ['kind', 'amount', 'currency', 'currencyAssumed', 'recipient', 'reason'];

/** Reads the canonical text of a request. Undefined for any other text. */
export function parseRequest(text: string): ApprovalRequest | undefined {
  const found = membersOf(parsed(text), REQUEST);
  if (found === undefined || (found['v'] !== 1 && found['v'] !== 2)) return undefined;
  const texts = ['id', 'nonce', 'origin', 'grant', 'principal', 'upstream', 'pairing', 'tool', 'pin', 'arguments'];
  if (!texts.every((key) => typeof found[key] === 'string')) return undefined;
  if (!isTextOrNull(found['owner']) || !isTextOrNull(found['entry'])) return undefined;
  if (!isInstant(found['createdMs']) || !isInstant(found['expiresMs'])) return undefined;
  if (!isListOf(found['secrets'], found['v'] === 1 ? isSecret : isModedSecret) || !isListOf(found['needs'], isNeed))
    return undefined;
  if (!isShown(found['shown']) || !isRepeat(found['repeatOf'])) return undefined;
  const request = found as unknown as ApprovalRequest;
  return isCanonical(request, text) ? request : undefined;
}

function isCanonical(request: ApprovalRequest, text: string): boolean {
  try {
    return canonicalPlain(request) === text;
  } catch {
    return false;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isListOf<T>(value: unknown, passes: (one: unknown) => one is T): value is readonly T[] {
  return Array.isArray(value) && value.every(passes);
}

function isSecret(value: unknown): value is BoundSecret {
  const { name, version } = membersOf(value, ['name', 'version']) ?? {};
  return typeof name === 'string' && isWhole(version, 1);
}

const MODES: ReadonlySet<unknown> = new Set(['live', 'test', null]);

function isModedSecret(value: unknown): value is BoundSecret & { readonly mode: KeyMode | null } {
  const { name, version, mode } = membersOf(value, ['name', 'version', 'mode']) ?? {};
  return typeof name === 'string' && isWhole(version, 1) && MODES.has(mode);
}

function isNeed(value: unknown): value is RequestNeed {
  const { count, roles, asked } = membersOf(value, ['count', 'roles', 'asked']) ?? {};
  return isWhole(count, 1) && isListOf(roles, isText) && isListOf(asked, isAsked);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

const CAUSES: ReadonlySet<unknown> = new Set(['rule', 'exceeds', 'unbounded']);

function isAsked(value: unknown): value is RequestNeed['asked'][number] {
  const { policy, rule, cause } = membersOf(value, ['policy', 'rule', 'cause']) ?? {};
  return isTextOrNull(policy) && isText(rule) && CAUSES.has(cause);
}

function isShown(value: unknown): value is ShownFacts {
  const found = membersOf(value, SHOWN);
  if (found === undefined || typeof found['currencyAssumed'] !== 'boolean') return false;
  const { kind } = found;
  if (typeof kind !== 'string' || (kind !== 'unclassified' && !isKind(kind))) return false;
  return ['amount', 'currency', 'recipient', 'reason'].every((key) => isTextOrNull(found[key]));
}

const OUTCOMES: ReadonlySet<unknown> = new Set(['ok', 'failed', 'in-doubt']);

function isRepeat(value: unknown): value is ApprovalRequest['repeatOf'] {
  if (value === null) return true;
  const { id, outcome } = membersOf(value, ['id', 'outcome']) ?? {};
  return isRecord(value) && typeof id === 'string' && OUTCOMES.has(outcome);
}
