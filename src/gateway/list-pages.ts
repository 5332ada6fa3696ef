/** A list of a server's other than its tools, page by page, each item as the bytes it came in. */
import type { Json } from '../core/json.ts';
import type { Reply } from '../upstream/port.ts';
import { scanElements, scanMembers } from '../wire/index.ts';
import { askQuietly } from './ask.ts';
import type { Behind } from './tool-list.ts';
import { parsed } from './raw.ts';

const MAX_PAGES = 100;
const MAX_ITEMS = 10_000;
const MAX_LIST_BYTES = 8 * 1024 * 1024;
const MAX_CURSOR_CHARS = 8_192;
/** Of one list, all its pages together: a server that hangs must not take the lists of the others with it. */
const LIST_MS = 10_000;

/** What a server lists. */
export interface Listing {
  readonly is: 'list';
  readonly items: readonly Buffer[];
  /** The result as it came, if it was the only page. */
  readonly whole: Buffer | null;
}

/** Why there is none: the reply that was no list, or null where the list was beyond its bounds or led in circles. */
export interface NoListing {
  readonly is: 'none';
  readonly reply: Reply | null;
}

/** Reads every page of `method`, whose items stand under `member`. Never rejects. */
export async function fetchList(behind: Behind, method: string, member: string): Promise<Listing | NoListing> {
  const endMs = performance.now() + LIST_MS;
  const items: Buffer[] = [];
  const cursors = new Set<string>();
  let bytes = 0;
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const params = cursor === undefined ? undefined : new Map<string, Json>([['cursor', cursor]]);
    const reply = await askQuietly(behind, method, params, Math.max(1, endMs - performance.now()));
    if (reply.is !== 'result') return { is: 'none', reply };
    const read = readPage(reply.raw, member);
    if (read === null) return { is: 'none', reply: null };
    bytes += reply.raw.length;
    items.push(...read.items);
    if (items.length > MAX_ITEMS || bytes > MAX_LIST_BYTES) return { is: 'none', reply: null };
    if (read.cursor === undefined) return { is: 'list', items, whole: page === 0 ? reply.raw : null };
    if (cursors.has(read.cursor)) return { is: 'none', reply: null };
    cursors.add(read.cursor);
    cursor = read.cursor;
  }
  return { is: 'none', reply: null };
}

function readPage(
  raw: Buffer,
  member: string,
): { readonly items: readonly Buffer[]; readonly cursor: string | undefined } | null {
  const members = scanMembers(raw);
  const list = members?.get(member);
  const elements = list === undefined ? null : scanElements(raw.subarray(list.start, list.end), MAX_ITEMS);
  if (list === undefined || elements === null) return null;
  const items = elements.map(({ start, end }) => raw.subarray(list.start + start, list.start + end));
  const next = members?.get('nextCursor');
  const cursor = next === undefined ? null : parsed(raw.subarray(next.start, next.end));
  // Null and the empty text stand for the end in careless servers.
  if (cursor === null || cursor === '') return { items, cursor: undefined };
  return typeof cursor === 'string' && cursor.length <= MAX_CURSOR_CHARS ? { items, cursor } : null;
}
