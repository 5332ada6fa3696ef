/** Which calls are the same call: whoever sends it again is told what became of it, and nothing is asked or done twice. */
import { createHash } from 'node:crypto';
import { canonicalJson, canonicalPlain } from '../core/canonical.ts';
import type { GrantName, ToolName } from '../core/ids.ts';
import { isArray, isObject, type Json, type JsonObject } from '../core/json.ts';
import type { Path } from '../core/policy.ts';

const DOMAIN = 'countersign/approval-match/v1\n';

/**
 * Equal for calls of one grant and tool whose arguments are equal, but for what stands at `idempotency`, which clients
 * make anew each time: 64 hexadecimal digits. Throws `CanonicalError` for arguments without a canonical form.
 */
export function matchOf(grant: GrantName, tool: ToolName, args: JsonObject, idempotency: Path | null): string {
  const rest = idempotency === null ? args : without(args, idempotency);
  const named = canonicalPlain({ grant, tool });
  return createHash('sha256').update(DOMAIN).update(named).update('\n').update(canonicalJson(rest)).digest('hex');
}

/** The value without what stands at the path; the value itself where nothing does. */
function without(value: Json, path: Path): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (step.step === 'key' && isObject(value)) {
    const member = value.get(step.key);
    if (member === undefined) return value;
    const copy = new Map(value);
    if (rest.length === 0) copy.delete(step.key);
    else copy.set(step.key, without(member, rest));
    return copy;
  }
  if (!isArray(value) || rest.length === 0) return value;
  return value.map((element, index) =>
    step.step === 'each' || (step.step === 'index' && step.index === index) ? without(element, rest) : element,
  );
}
