/** `countersign policy diff A B`: which decisions change when one policy takes the place of another. */
import { diffPolicies, isSame } from '../policy-diff/diff.ts';
import { diffJson } from '../policy-diff/diff-json.ts';
import { bothPolicies } from '../policy-diff/policies.ts';
import { showDiff } from '../policy-diff/show.ts';
import { comparedUpstreams } from '../policy-diff/upstreams.ts';
import { contextIfAny, type PolicyContext } from '../policy/context.ts';
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
function contextOf({ config }: Options, needed: boolean): Promise<PolicyContext | null> | null {
  return !needed && config === undefined ? null : contextIfAny(config);
}
