/** What keeps calls from going on until an operator acts: freezes, and requests that nobody has settled. */
import type { HeldRequest } from '../../state/index.ts';
import { freezeWords } from '../freeze-words.ts';
import { counted, type Finding, warned } from './finding.ts';
import type { Site } from './site.ts';

/** A gateway settles what it can within minutes. */
const LONG_MS = 3_600_000;

/** Every freeze, requests in doubt for more than an hour, and windows that wait for an amount. */
export async function examineStops({ store, nowMs }: Site): Promise<readonly Finding[]> {
  if (store === null) return [];
  const freezes = (await store.freezes.list()).map((freeze) => {
    const { grant } = freeze;
    const fix = `countersign unfreeze${grant === null ? '' : ` --grant ${grant}`}`;
    return warned('freeze', `frozen: ${freezeWords(freeze)}`, fix);
  });
  const requests = await store.quota.requests();
  const doubtful = requests.filter(({ state, atMs }) => state === 'in-doubt' && nowMs - atMs > LONG_MS);
  return [...freezes, ...inDoubt(doubtful), ...unbounded(requests.filter(({ state }) => state === 'unbounded'))];
}

function inDoubt(requests: readonly HeldRequest[]): readonly Finding[] {
  const [oldest] = requests;
  if (oldest === undefined) return [];
  const message = `${counted(requests.length, 'request')} in doubt for more than an hour, and counted as if it had happened: the oldest is ${oldest.request} of grant \`${oldest.grant}\``;
  const fix = `countersign quota resolve ${oldest.request} --as ok, or --as failed; \`countersign quota list\` shows all`;
  return [warned('quota.in-doubt', message, fix)];
}

function unbounded(requests: readonly HeldRequest[]): readonly Finding[] {
  const [oldest] = requests;
  if (oldest === undefined) return [];
  const message = `${counted(requests.length, 'request')} happened for an amount that nobody has entered, which closes a limit: the oldest is ${oldest.request} of grant \`${oldest.grant}\``;
  return [warned('quota.unbounded', message, 'countersign quota list')];
}
