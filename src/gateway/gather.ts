/** One list out of those of several servers: one page, each item as its server wrote it but for what the caller changes. */
import { ErrorCode } from './answers.ts';
import { meaningOf, ownEnding } from './ask.ts';
import type { Ending } from './gate.ts';
import { fetchList } from './list-pages.ts';
import { declaring, type Peers } from './peers.ts';
import type { Behind } from './tool-list.ts';

/** An item as the client shall see it, the same bytes if nothing changes; null leaves it out. */
export type Edit = (raw: Buffer, behind: Behind) => Buffer | null;

/** A server that does not answer is left out, unless there is no other. Never rejects. */
export async function gather(
  peers: Peers,
  capability: 'resources' | 'prompts',
  method: string,
  member: string,
  edit: Edit,
): Promise<Ending> {
  await peers.settled();
  const able = declaring(peers, capability);
  const lists = await Promise.all(
    able.map(async (behind) => ({ behind, list: await fetchList(behind, method, member) })),
  );
  const items: Buffer[] = [];
  let isEdited = false;
  for (const { behind, list } of lists) {
    if (list.is === 'none') continue;
    for (const raw of list.items) {
      const shown = edit(raw, behind);
      isEdited ||= shown !== raw;
      if (shown !== null) items.push(shown);
    }
  }
  const [first, ...others] = lists;
  const upstream = first !== undefined && others.length === 0 ? first.behind.part.config.name : null;
  if (first?.list.is === 'none' && others.length === 0) {
    const { reply } = first.list;
    const answer = { is: 'error', code: ErrorCode.internal, message: UNLISTED(upstream ?? '') } as const;
    if (reply === null) return { ...ownEnding(answer, 'list_failed'), upstream };
    return {
      answer: reply.is === 'error' ? { is: 'raw-error', error: reply.raw } : answer,
      upstream,
      ...meaningOf(reply),
    };
  }
  // The only list, as it came: what else stands beside its items is kept.
  const whole = first?.list.is === 'list' && others.length === 0 && !isEdited ? first.list.whole : null;
  const text = whole ?? Buffer.concat([Buffer.from(`{"${member}":[`), joined(items), Buffer.from(']}')]);
  return { answer: { is: 'raw', result: text }, upstream, outcome: 'ok', code: 'result' };
}

const UNLISTED = (name: string): string => `Upstream \`${name}\` gave no list that can be used.`;

const COMMA = Buffer.from(',');

function joined(items: readonly Buffer[]): Buffer {
  return Buffer.concat(items.flatMap((item, at) => (at === 0 ? [item] : [COMMA, item])));
}
