/** Which upstreams the policies are compared on: those of the configuration, or providers named on the command line. */
import type { ToolClassifier } from '../../catalogue/index.ts';
import { brandAs } from '../../core/ids.ts';
import type { UpstreamName } from '../../core/ids.ts';
import type { PolicyContext } from '../policy/context.ts';
import { CommandError, Exit } from '../report.ts';
import type { ComparedUpstream } from './known-tools.ts';

export interface Wanted {
  readonly upstreams: readonly string[];
  readonly provider: string | null;
}

const UPSTREAM = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** With a provider no configuration is needed. Throws `CommandError` for an upstream that there is not. */
export async function comparedUpstreams(
  { upstreams, provider }: Wanted,
  context: PolicyContext | null,
): Promise<readonly ComparedUpstream[]> {
  if (provider !== null) return (upstreams.length > 0 ? upstreams : [provider]).map((name) => bare(name, provider));
  if (context === null) throw new CommandError(Exit.usage, 'there is no configuration to take upstreams from', HINT);
  const known = [...context.config.upstreams.keys()];
  const names = upstreams.length > 0 ? upstreams : known;
  if (names.length === 0) throw new CommandError(Exit.usage, `${context.config.file} declares no upstream`, HINT);
  return Promise.all(names.map((name) => configured(brandAs<UpstreamName>(name), context)));
}

const HINT = 'name a provider of the catalogue instead: --provider stripe';

function bare(name: string, provider: string): ComparedUpstream {
  if (!UPSTREAM.test(name)) throw new CommandError(Exit.usage, `\`${name}\` cannot be the name of an upstream`);
  return {
    name: brandAs(name),
    provider,
    tools: new Map(),
    assumeCurrency: null,
    anyCurrency: true,
    accepted: new Map(),
  };
}

async function configured(name: UpstreamName, context: PolicyContext): Promise<ComparedUpstream> {
  const { config } = context;
  const book = await context.book(name);
  if (book === undefined) {
    const known = [...config.upstreams.keys()].map((one) => `\`${one}\``).join(', ');
    throw new CommandError(Exit.usage, `there is no upstream \`${name}\` in ${config.file}`, `it declares ${known}`);
  }
  const { provider, tools, assumeCurrency } = book.upstream;
  const accepted = new Map<string, ToolClassifier>(
    book.pinned ? book.tools.map(({ tool, classifier }) => [tool.slice(name.length + 1), classifier]) : [],
  );
  return { name, provider, tools, assumeCurrency, anyCurrency: false, accepted };
}
