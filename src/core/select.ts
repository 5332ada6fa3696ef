/** Which calls a rule is about. */
import type { TraceEntry } from './decision.ts';
import type { Classification } from './facts.ts';
import { splitToolName } from './ids.ts';
import type { ToolName } from './ids.ts';
import type { Selector } from './policy.ts';

export type Effect = TraceEntry['effect'];

/** What selectors look at. */
export interface Subject {
  readonly tool: ToolName;
  readonly classification: Classification;
}

/** What a selector reaches when the catalogue does not know the call. */
type Reach = 'named' | 'everything' | 'unless-known';

/**
 * An unclassified call may be any kind. So whatever restricts by kind reaches it, and nothing permits it by a wildcard
 * or by a kind; hiding by kind leaves it, because a hidden tool could not even be asked about.
 */
const UNCLASSIFIED: Readonly<Record<Effect, Reach>> = {
  allow: 'named', // only by its exact name or `kind:unclassified`
  deny: 'everything',
  require: 'everything',
  limit: 'everything',
  approve: 'everything',
  hide: 'unless-known', // by name and wildcard, not by a kind that it may not be
};

/** True if the selector of a rule with this effect selects the subject. */
export function selects(selector: Selector, subject: Subject, effect: Effect): boolean {
  const { classification } = subject;
  if (classification.kind !== 'unclassified') return selectsKnown(selector, subject.tool, classification);
  const reach = UNCLASSIFIED[effect];
  switch (selector.by) {
    case 'tool':
      return selector.tool === subject.tool;
    case 'any':
    case 'upstream':
    case 'name':
      return reach !== 'named' && selectsName(selector, subject.tool);
    case 'kind':
      return selector.kind === 'unclassified' || reach === 'everything';
    case 'money':
      return reach === 'everything';
  }
}

type Known = Exclude<Classification, { kind: 'unclassified' }>;

function selectsKnown(selector: Selector, tool: ToolName, { kind, direction }: Known): boolean {
  switch (selector.by) {
    case 'kind':
      return selector.kind === kind;
    case 'money':
      return selector.direction === 'any' ? direction !== 'none' : selector.direction === direction;
    case 'tool':
      return selector.tool === tool;
    case 'any':
    case 'upstream':
    case 'name':
      return selectsName(selector, tool);
  }
}

function selectsName(selector: Extract<Selector, { by: 'any' | 'upstream' | 'name' }>, tool: ToolName): boolean {
  switch (selector.by) {
    case 'any':
      return true;
    case 'upstream':
      return selector.upstream === splitToolName(tool).upstream;
    case 'name':
      return selector.name === splitToolName(tool).tool;
  }
}
