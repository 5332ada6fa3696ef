/** `countersign policy diff A B`: which decisions change when one policy takes the place of another. */
import { ConfigError } from '../../config/error.ts';
import { diffPolicies, isSame } from '../policy-diff/diff.ts';
import { diffJson } from '../policy-diff/diff-json.ts';
import { bothPolicies } from '../policy-diff/policies.ts';
import { showDiff } from '../policy-diff/show.ts';
import { comparedUpstreams } from '../policy-diff/upstreams.ts';
import { openContext, type PolicyContext } from '../policy/context.ts';
import { Exit, type ExitCode, print } from '../report.ts';

interface Options {
  readonly upstream?: readonly string[];
  readonly provider?: string;
  readonly config: string | undefined;
  readonly json?: boolean;
}

/** Exit code 1 if anything changes, or if something could not be compared. Throws `CommandError`. */
export async function diff(a: string, b: string, options: Options): Promise<ExitCode> {
  const { upstream: upstreams = [], provider = null } = options;
  const context = await contextOf(options, provider === null);
  try {
    const [before, after] = await bothPolicies(a, b, context?.config ?? null);
    const found = await diffPolicies(before, after, await comparedUpstreams({ upstreams, provider }, context));
    if (options.json === true) print(diffJson(found));
    else showDiff(found);
    return isSame(found) ? Exit.ok : Exit.found;
  } finally {
    await context?.close();
  }
}

/** A provider is enough to compare on; then there need not be a configuration. */
async function contextOf({ config }: Options, needed: boolean): Promise<PolicyContext | null> {
  if (!needed && config === undefined) return null;
  try {
    return await openContext(config, { edited: true });
  } catch (error) {
    if (error instanceof ConfigError && error.code === 'not_found' && config === undefined) return null;
    throw error;
  }
}
