/** From a call to what a person is asked to sign. Everything that is not in here is not approved. */
import { createHash } from 'node:crypto';
import type { ApprovalRequest, RequestNeed, ShownFacts } from '../approvals/index.ts';
import type { CatalogueEntry } from '../core/entry.ts';
import type { CallFacts, Fact } from '../core/facts.ts';
import { type ApprovalPlan, canonicalJson, canonicalPlain, formatMoney, type Json } from '../core/index.ts';
import type { GrantConfig } from '../config/types.ts';
import type { Tool } from './tool-list.ts';

/** A call with everything that a request binds. */
export interface Bindable {
  readonly facts: CallFacts;
  readonly entry: CatalogueEntry | null;
  readonly tool: Tool;
  readonly grant: GrantConfig;
}

/** What is settled when the request is made; `v` too, for one that was made before an update. */
export type Given = Pick<
  ApprovalRequest,
  'v' | 'id' | 'nonce' | 'origin' | 'needs' | 'repeatOf' | 'createdMs' | 'expiresMs'
>;

/**
 * The request for a call as things are now. Made again before it is executed, it has the same hash only if nothing that
 * it binds has changed. Throws `CanonicalError` for arguments without a canonical form, `SecretError`, `StateError`.
 */
export async function requestOf({ facts, entry, tool, grant }: Bindable, given: Given): Promise<ApprovalRequest> {
  const { part, pins } = tool.behind;
  const { pairing, secrets } = await part.binding();
  const { v, ...settled } = given;
  const body = {
    ...settled,
    ...{ grant: grant.name, principal: grant.principal, owner: grant.owner },
    ...{ upstream: part.config.name, pairing },
    tool: tool.tool,
    pin: sha256(pins.get(tool.name) ?? ''),
    entry: entry === null ? null : sha256(canonicalPlain(entry)),
    arguments: canonicalJson(facts.args),
    shown: shownOf(facts),
  };
  if (v === 2) return { v, ...body, secrets };
  return { v, ...body, secrets: secrets.map(({ name, version }) => ({ name, version })) };
}

/** What the rules and limits ask for, as it is signed. */
export function needsOf({ needs }: ApprovalPlan): readonly RequestNeed[] {
  return needs.map(({ count, roles, asked }) => ({
    count,
    roles,
    asked: asked.map(({ source, cause }) => ({ policy: source.policy, rule: source.rule, cause })),
  }));
}

function shownOf({ classification, amount, currency, recipient, reason }: CallFacts): ShownFacts {
  return {
    kind: classification.kind,
    amount: amount.state === 'known' ? formatMoney(amount.value) : null,
    currency: currency.state === 'known' ? currency.value : null,
    currencyAssumed: currency.state === 'known' && currency.assumed === true,
    recipient: textOf(recipient),
    reason: textOf(reason),
  };
}

function textOf(fact: Fact<Json>): string | null {
  if (fact.state !== 'known') return null;
  return typeof fact.value === 'string' ? fact.value : canonicalJson(fact.value);
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
