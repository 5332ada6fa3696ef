/** What a person changes in a policy, as changes to the text of its document. */
import { isDeepStrictEqual } from 'node:util';
import type { Plain, TextEdit } from '../../config/text-edit.ts';
import { CommandError, Exit } from '../report.ts';

/** A rule as it is written. */
export type RuleText = Readonly<Record<string, Plain>>;

export type RuleEdit =
  /** `before`: the rule that it comes before; null: behind all others. */
  | { readonly is: 'add'; readonly rule: RuleText; readonly before: string | null }
  /** The rule of the same id becomes this one. `id` may be another than that of `rule`. */
  | { readonly is: 'change'; readonly id: string; readonly rule: RuleText }
  | { readonly is: 'remove'; readonly id: string }
  | { readonly is: 'move'; readonly id: string; readonly before: string | null };

/** What a rule is called; empty for one that has no name yet. */
export function idOf({ id }: RuleText): string {
  return typeof id === 'string' ? id : '';
}

/** The changes of the text. `rules` are those of the document. Throws `CommandError` for a rule that there is not. */
export function textEdits(rules: readonly RuleText[], edit: RuleEdit): readonly TextEdit[] {
  switch (edit.is) {
    case 'add': {
      const at = edit.before === null ? rules.length : placeOf(rules, edit.before);
      return [{ is: 'insert', path: ['rules', at], value: edit.rule }];
    }
    case 'change': {
      const at = placeOf(rules, edit.id);
      return differences(['rules', at], rules[at] ?? {}, edit.rule);
    }
    case 'remove':
      return [{ is: 'remove', path: ['rules', placeOf(rules, edit.id)] }];
    case 'move': {
      const from = placeOf(rules, edit.id);
      const before = edit.before === null ? rules.length : placeOf(rules, edit.before);
      const to = before > from ? before - 1 : before;
      return to === from ? [] : [{ is: 'move', path: ['rules', from], to }];
    }
  }
}

function placeOf(rules: readonly RuleText[], id: string): number {
  const at = rules.findIndex((rule) => idOf(rule) === id);
  if (at >= 0) return at;
  const known = rules.map((rule) => `\`${idOf(rule)}\``).join(', ');
  throw new CommandError(
    Exit.usage,
    `the policy has no rule \`${id}\``,
    known === '' ? 'it has none' : `it has ${known}`,
  );
}

type Path = TextEdit['path'];

/** As little as makes the one the other, so that comments within stay where they are. */
function differences(path: Path, before: Plain, after: Plain): readonly TextEdit[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isMembers(before) && isMembers(after)) {
    const kept = Object.keys(before).filter((key) => key in after);
    // Written again whole where nothing of it is left.
    if (kept.length > 0) return memberDifferences(path, before, after);
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const edits = itemDifferences(path, before as readonly Plain[], after as readonly Plain[]);
    if (edits !== null) return edits;
  }
  return [{ is: 'set', path, value: after }];
}

function memberDifferences(path: Path, before: RuleText, after: RuleText): readonly TextEdit[] {
  const gone = Object.keys(before).filter((key) => !(key in after));
  return [
    ...Object.keys(before).flatMap((key) => {
      const value = after[key];
      return value === undefined ? [] : differences([...path, key], before[key] ?? null, value);
    }),
    ...Object.keys(after)
      .filter((key) => !(key in before))
      .map((key): TextEdit => ({ is: 'insert', path: [...path, key], value: after[key] ?? null })),
    ...gone.map((key): TextEdit => ({ is: 'remove', path: [...path, key] })),
  ];
}

/** Items that came and went, where those that stayed have kept their order; null where they have not. */
function itemDifferences(path: Path, before: readonly Plain[], after: readonly Plain[]): readonly TextEdit[] | null {
  const texts = [...before, ...after].map((item) => JSON.stringify(item));
  const isTwice =
    new Set(texts.slice(0, before.length)).size < before.length ||
    new Set(texts.slice(before.length)).size < after.length;
  const [old, now] = [texts.slice(0, before.length), texts.slice(before.length)];
  const kept = now.filter((item) => old.includes(item));
  if (isTwice || kept.length === 0 || kept.join() !== old.filter((item) => now.includes(item)).join()) return null;
  const removals = [...old.keys()]
    .reverse()
    .filter((index) => !now.includes(old[index] ?? ''))
    .map((index): TextEdit => ({ is: 'remove', path: [...path, index] }));
  const additions = after.flatMap((value, index): readonly TextEdit[] =>
    old.includes(now[index] ?? '') ? [] : [{ is: 'insert', path: [...path, index], value }],
  );
  return [...removals, ...additions];
}

function isMembers(value: Plain): value is RuleText {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
