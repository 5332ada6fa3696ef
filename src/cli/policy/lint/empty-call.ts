/** A call that carries nothing, to ask a condition what it says whatever the arguments are. */
import { unknownFacts } from '../../../core/extract.ts';
import type { CallFacts, Classification } from '../../../core/facts.ts';
import { brandAs } from '../../../core/ids.ts';
import type { KnownTool } from '../known-tools.ts';

/** A call of which only the tool is known. */
export function emptyCall(
  { tool, upstream }: Pick<KnownTool, 'tool' | 'upstream'>,
  classification: Classification,
): CallFacts {
  const grant = { name: brandAs<CallFacts['grant']['name']>('any'), labels: new Map<string, string>() };
  const facts = unknownFacts('no call is looked at');
  return {
    ...facts,
    tool,
    upstream: upstream.name,
    classification,
    args: new Map(),
    grant,
    principal: 'any',
    timeMs: NaN,
  };
}
