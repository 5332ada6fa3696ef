/** Selectors and rules that are about no tool that is known. */
import { splitToolName } from '../../../core/ids.ts';
import type { Rule, Selector } from '../../../core/policy.ts';
import { nearest } from '../../nearest.ts';
import type { ToolBook } from '../known-tools.ts';
import { type Finding, finding, type LintInput, mayBeAbout, named, pathOf, toolsOf } from './input.ts';

export function unmatchedSelectors(input: LintInput): readonly Finding[] {
  const books = [...new Set(input.views.flatMap((view) => view.books))];
  return input.policy.rules.flatMap((rule) => {
    const found = rule.selectors.flatMap((selector, index) => {
      const why = unmatched(selector, books, input);
      const path = [...pathOf(rule), 'tools', index];
      const known = selector.by === 'name' && input.catalogueNames.has(selector.name);
      return why === null ? [] : [finding(input, 'selector_matches_nothing', path, why, known ? 'note' : 'warning')];
    });
    return found.length > 0 ? found : unmatchedRule(input, rule, books);
  });
}

/** A policy for many providers names kinds that one of them lacks, so this is worth knowing and nothing more. */
function unmatchedRule(input: LintInput, rule: Rule, books: readonly ToolBook[]): readonly Finding[] {
  if (!input.configured || books.length === 0 || !books.every(({ closed }) => closed)) return [];
  if (toolsOf(input).some((tool) => mayBeAbout(rule, tool))) return [];
  const where = named(books.map(({ upstream }) => upstream.name));
  const message = `rule \`${rule.id}\` is about no tool of ${where}`;
  return [finding(input, 'rule_matches_nothing', [...pathOf(rule), 'tools'], message, 'note')];
}

function unmatched(selector: Selector, books: readonly ToolBook[], { configured }: LintInput): string | null {
  switch (selector.by) {
    case 'any':
    case 'kind':
    case 'money':
      return null;
    case 'name':
      if (!books.every(({ closed }) => closed) || books.some((book) => book.find(selector.name))) return null;
      return `no upstream ${configured ? 'that this policy is used with' : 'of the catalogue'} has a tool \`${selector.name}\`${suggestion(selector.name, books)}`;
    case 'upstream':
      return isMissing(selector.upstream, books, configured) ? noUpstream(selector.upstream, books) : null;
    case 'tool': {
      const { upstream, tool } = splitToolName(selector.tool);
      if (isMissing(upstream, books, configured)) return noUpstream(upstream, books);
      const own = books.filter((book) => book.upstream.name === upstream);
      if (own.length === 0 || own.some((book) => !book.closed || book.find(tool) !== undefined)) return null;
      const source = own.some(({ pinned }) => pinned) ? 'the tools accepted of it' : 'the catalogue';
      return `upstream \`${upstream}\` has no tool \`${tool}\` in ${source}${suggestion(tool, own)}`;
    }
  }
}

/** Outside a configuration an upstream may have any name. */
function isMissing(upstream: string, books: readonly ToolBook[], configured: boolean): boolean {
  return configured && !books.some((book) => book.upstream.name === upstream);
}

function noUpstream(upstream: string, books: readonly ToolBook[]): string {
  const known = books.length === 0 ? 'there is none' : `there is ${named(books.map((book) => book.upstream.name))}`;
  return `no grant uses this policy with an upstream \`${upstream}\`; ${known}`;
}

function suggestion(name: string, books: readonly ToolBook[]): string {
  const meant = nearest(
    name,
    books.flatMap(({ tools }) => tools.map(({ tool }) => splitToolName(tool).tool)),
  );
  return meant === undefined ? '' : `; did you mean \`${meant}\``;
}
