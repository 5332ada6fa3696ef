/** The signatures that put a configuration in force: whose they have to be, and whether they are. */
import { type Act, fitsAct, type KnownOperator, parseSignedAct, type Registry } from '../../approvals/index.ts';
import { canonicalPlain } from '../../core/canonical.ts';
import type { ConfigParts } from '../../config/types.ts';

export type Part = keyof ConfigParts;
export const PARTS: readonly Part[] = ['policy', 'admin'];

/** What the signed configuration says of itself. */
export interface Activation {
  /** The configuration's file in the directory of the activation. */
  readonly file: string;
  /** A signed act for each part; empty where nobody has signed it. */
  readonly signed: Readonly<Record<Part, string>>;
}

export function activationJson({ file, signed }: Activation): string {
  return `${canonicalPlain({ v: 1, file, signed: { policy: signed.policy, admin: signed.admin } })}\n`;
}

/** Reads an activation without believing it. Undefined for anything else. */
export function parseActivation(text: string): Activation | undefined {
  try {
    const value = JSON.parse(text) as Activation & { readonly v: unknown };
    const { policy, admin } = value.signed;
    const isOne =
      value.v === 1 && typeof value.file === 'string' && typeof policy === 'string' && typeof admin === 'string';
    return isOne ? { file: value.file, signed: { policy, admin } } : undefined;
  } catch {
    return undefined;
  }
}

/** The act that is signed for a part: what it does names the part, what it does it to is the part's hash. */
export function partAct(part: Part, parts: ConfigParts): Pick<Act, 'does' | 'to'> {
  return { does: `activate ${part}`, to: parts[part] };
}

/** True for whoever may sign a part. */
export function maySign(part: Part, { record }: KnownOperator): boolean {
  return record.roles.includes('admin') || (part === 'policy' && record.roles.includes('policy'));
}

/** What is wrong with the signature of a part, or null. `origin`: the installation that it is for. */
export function signatureFault(
  part: Part,
  text: string,
  parts: ConfigParts,
  registry: Registry,
  origin: string,
): string | null {
  const signed = parseSignedAct(text);
  if (signed === undefined) return 'nobody has signed it';
  const { act } = signed;
  const wanted = partAct(part, parts);
  if (act.does !== wanted.does || act.to !== wanted.to) return 'what was signed is another one';
  if (act.origin !== origin) return 'it was signed for another installation';
  const operator = registry.find(act.operator);
  if (operator === undefined) return `nobody knows \`${act.operator}\`, who signed it`;
  if (operator.revokedMs !== null && operator.revokedMs <= act.signedMs)
    return `the key of \`${act.operator}\`, who signed it, was revoked before`;
  if (operator.fingerprint !== act.fingerprint)
    return `\`${act.operator}\` has another key now than the one that signed it`;
  if (!maySign(part, operator)) return `\`${act.operator}\`, who signed it, has not the role for it`;
  return fitsAct(text, operator.record.key) ? null : 'its signature does not fit its key';
}
