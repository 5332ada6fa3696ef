/** Patterns of `matches`: linear in time whatever the text, because an agent writes the text. */
import type { Pattern } from '../core/policy.ts';

/** Compiles a pattern; throws the engine's own error if it is not one. */
export type CompilePattern = (source: string) => Pattern;

/** The compiler for the patterns of `value`. The engine takes a while to load, so it is loaded only if one is there. */
export async function patternCompiler(value: unknown): Promise<CompilePattern> {
  if (!JSON.stringify(value ?? null).includes('"matches":')) return nothingToCompile;
  const { RE2JS } = await import('re2js');
  return (source) => {
    if (FOLDS_CASE.test(source.replace(/\\[\s\S]/g, ''))) throw new Error(NO_FOLDING);
    const compiled = RE2JS.compile(source);
    return { source, matches: (text) => compiled.matches(text) };
  };
}

/** The engine folds Unicode, so that `(?i)usd` would match `uſd`; comparison is exact everywhere in a policy. */
const FOLDS_CASE = /\(\?[a-zA-Z]*i/;
const NO_FOLDING = 'patterns are case-sensitive; write `[Uu][Ss][Dd]` instead of `(?i)usd`';

function nothingToCompile(source: string): Pattern {
  throw new Error(`no engine was loaded for ${source}`);
}
