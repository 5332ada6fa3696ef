/** The reservation or the counters that an operator means. */
import type { LoadedConfig } from '../../config/types.ts';
import { brandAs, type GrantName } from '../../core/index.ts';
import type { CounterState, HeldRequest } from '../../state/index.ts';
import type { Actor } from '../../audit/index.ts';
import { CommandError, Exit } from '../report.ts';
import { concerns } from './rows.ts';
import { subjectWords, windowText } from './words.ts';

const SHORTEST_REQUEST = 4;
const DIGEST = /^[0-9a-f]{8,64}$/;
const LIST = '`countersign quota list` shows what is open';

/** The open request that the text is, or is the beginning of. Throws `CommandError`. */
export function findRequest(requests: readonly HeldRequest[], text: string): HeldRequest {
  const exact = requests.find(({ request }) => request === text);
  if (exact !== undefined) return exact;
  const found = text.length < SHORTEST_REQUEST ? [] : requests.filter(({ request }) => request.startsWith(text));
  const [first, second] = found;
  if (first === undefined) throw new CommandError(Exit.usage, `there is no open request \`${text}\``, LIST);
  if (second === undefined) return first;
  const ids = found.map(({ request }) => `\`${request}\``).join(', ');
  throw new CommandError(Exit.usage, `\`${text}\` is the beginning of ${found.length} requests`, `write one of ${ids}`);
}

/** Whoever asked for a payment does not say what became of it. Throws `CommandError`. */
export function checkNotPrincipal({ name }: Actor, { principal, request }: HeldRequest, isAccountable = false): void {
  const [account = ''] = principal.split('@');
  if (name !== principal && name !== account && !isAccountable) return;
  throw new CommandError(
    Exit.usage,
    `you are \`${name}\`, and request ${request} was made for the principal \`${principal}\``,
    'another operator has to say what became of it',
  );
}

/** How counters are named on the command line. */
export interface CounterWords {
  readonly counter: string | undefined;
  readonly grant?: string;
  readonly rule?: string;
  readonly unit?: string;
}

/** The counters to reset; none if the limit stands at nothing. Throws `CommandError` where that is not said plainly. */
export function findCounters(
  counters: readonly CounterState[],
  words: CounterWords,
  config: () => Promise<LoadedConfig>,
): Promise<readonly CounterState[]> {
  const { counter, grant, rule, unit } = words;
  const isByRule = grant !== undefined || rule !== undefined || unit !== undefined;
  if (counter !== undefined && !isByRule) return Promise.resolve([byDigest(counters, counter)]);
  if (counter === undefined && grant !== undefined && rule !== undefined)
    return byRule(counters, { grant, rule, unit }, config);
  throw new CommandError(
    Exit.usage,
    'which counter is not said',
    'countersign quota reset --grant NAME --rule ID, or countersign quota reset COUNTER',
  );
}

function byDigest(counters: readonly CounterState[], digest: string): CounterState {
  const list = '`countersign quota list --all` shows the counters';
  if (!DIGEST.test(digest))
    throw new CommandError(Exit.usage, `\`${digest}\` is no counter`, 'expected 8 to 64 digits out of `0-9 a-f`');
  const [first, second] = counters.filter(({ counter }) => counter.id.startsWith(digest));
  if (first === undefined) throw new CommandError(Exit.usage, `no counter \`${digest}\` stands at anything`, list);
  if (second === undefined) return first;
  throw new CommandError(Exit.usage, `\`${digest}\` is the beginning of several counters`, 'write more of its digits');
}

interface RuleWords {
  readonly grant: string;
  readonly rule: string;
  readonly unit: string | undefined;
}

async function byRule(
  counters: readonly CounterState[],
  { grant, rule, unit }: RuleWords,
  config: () => Promise<LoadedConfig>,
): Promise<readonly CounterState[]> {
  const loaded = await config();
  const declared = loaded.grants.get(brandAs<GrantName>(grant));
  const named = counters.filter(
    ({ counter }) =>
      counter.rule === rule && (unit === undefined || counter.unit === unit) && concerns(counter, grant, declared),
  );
  checkKnown(loaded, grant, rule, named.length > 0);
  const plain = named.filter(({ counter }) => !counter.keyed);
  if (plain.length === 0 && named.length > 0)
    throw new CommandError(
      Exit.usage,
      `rule \`${rule}\` counts each value for itself, and ${named.length} counters stand at something`,
      '`countersign quota list --all` shows them; reset one by its digest',
    );
  const limits = new Set(
    plain.map(({ counter: { policy, scope, subject, window } }) =>
      JSON.stringify([policy, scope, subject, windowText(window)]),
    ),
  );
  if (limits.size < 2) return plain;
  const ways = plain.map(
    ({ counter }) =>
      `${counter.id.slice(0, 12)} (${counter.policy ?? ''}, ${subjectWords(counter)}, ${windowText(counter.window)})`,
  );
  throw new CommandError(
    Exit.usage,
    `several limits \`${rule}\` count grant \`${grant}\``,
    `reset one by its digest: ${ways.join(', ')}`,
  );
}

/** A misspelt name must not look like a limit that stands at nothing. */
function checkKnown({ grants, policies, file }: LoadedConfig, grant: string, rule: string, stands: boolean): void {
  const declared = grants.get(brandAs<GrantName>(grant));
  if (stands) return;
  if (declared === undefined) throw new CommandError(Exit.usage, `there is no grant \`${grant}\` in ${file}`);
  const isRule = declared.policies.some((name) => {
    const loaded = policies.get(name);
    return (
      loaded?.state === 'loaded' && loaded.policy.rules.some(({ id, effect }) => id === rule && effect === 'limit')
    );
  });
  if (!isRule)
    throw new CommandError(
      Exit.usage,
      `no policy of grant \`${grant}\` has a limit \`${rule}\``,
      '`countersign quota list` shows the limits',
    );
}
