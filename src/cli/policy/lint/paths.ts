/** Conditions on arguments that the tools do not have. */
import { admitsPath } from '../../../catalogue/offline.ts';
import { evaluate } from '../../../core/condition.ts';
import type { FactRef, Rule } from '../../../core/policy.ts';
import type { KnownTool } from '../known-tools.ts';
import { testsOf, whenOf } from './conditions.ts';
import { emptyCall } from './empty-call.ts';
import {
  type Finding,
  finding,
  isAbout,
  type LintInput,
  mayBeAbout,
  named,
  pathOf,
  pathOfKey,
  toolsOf,
} from './input.ts';

type ArgsRef = FactRef & { readonly fact: 'args' };

/** Conditions and keys on arguments that the accepted schema of a tool lacks. */
export function unknownPaths(input: LintInput): readonly Finding[] {
  const pinned = toolsOf(input).filter(({ inputSchema }) => inputSchema !== null);
  return input.policy.rules.flatMap((rule) => {
    const tools = pinned.filter((tool) => mayBeAbout(rule, tool) && isOpen(rule, tool));
    return argumentRefs(rule).flatMap(({ ref, decides }) => {
      const lacking = tools.filter(({ inputSchema }) => inputSchema !== null && !admitsPath(inputSchema, ref.path));
      if (lacking.length === 0 || (!decides && lacking.length < tools.length)) return [];
      const path = pathOfKey(input, [...pathOf(rule), 'when'], ref.text);
      const message = `${named(lacking.map(({ tool }) => tool))} has no \`${ref.text.replace(/^args\./, '')}\` in its schema, so \`${ref.text}\` is always absent there`;
      return [finding(input, 'path_not_in_schema', path, message)];
    });
  });
}

/** `decides`: absence makes the condition unknown, and is not just what it asks about. */
function argumentRefs(rule: Rule): readonly { readonly ref: ArgsRef; readonly decides: boolean }[] {
  const tests = testsOf(whenOf(rule)).map(({ fact, operator: { op } }) => ({
    ref: fact,
    decides: op !== 'present' && op !== 'type' && op !== 'count',
  }));
  const keys = rule.effect === 'limit' ? rule.limit.key.map((ref) => ({ ref, decides: true })) : [];
  const found = [...tests, ...keys].flatMap(({ ref, decides }) => (ref.fact === 'args' ? [{ ref, decides }] : []));
  return [...new Map(found.map((one) => [one.ref.text, one])).values()];
}

/** False if something else in the condition, such as the tool's name, settles it before any argument is looked at. */
function isOpen(rule: Rule, tool: KnownTool): boolean {
  const when = whenOf(rule);
  if (when === undefined) return true;
  return tool.classifier.possible.some(
    (does) => isAbout(rule, tool, does) && evaluate(when, emptyCall(tool, does)) !== 'false',
  );
}
