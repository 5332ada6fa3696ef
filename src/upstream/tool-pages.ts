/** A server's tool list, page by page. */
import type { Json } from '../core/json.ts';
import { scanElements, scanMembers } from '../wire/index.ts';
import { UpstreamError } from './error.ts';
import { readObject, readValue } from './incoming.ts';
import type { ListedTool, Reply } from './port.ts';

const MAX_PAGES = 100;
const MAX_TOOLS = 10_000;
/** Of all definitions together: they are kept, parsed, as long as the server runs. */
const MAX_LIST_BYTES = 8 * 1024 * 1024;
/** A longer definition was not written to be read. */
const MAX_DEFINITION_BYTES = 256 * 1024;
const MAX_NAME_CHARS = 256;
const MAX_CURSOR_CHARS = 8_192;
const PRINTABLE_NAME = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u;

/** Asks for one page. */
export type AskPage = (params: Json | undefined) => Promise<Reply>;

/** What a server lists. */
export interface ToolPages {
  readonly tools: readonly ListedTool[];
  /** Definitions that were left out: no object, too long, no usable name, a name that was listed before. */
  readonly skipped: number;
}

interface Page {
  readonly definitions: readonly Buffer[];
  readonly cursor: string | undefined;
}

/** Reads every page. Throws `UpstreamError` `list_failed`; one bad definition does not fail the list. */
export async function fetchTools(ask: AskPage): Promise<ToolPages> {
  const tools = new Map<string, ListedTool>();
  const cursors = new Set<string>();
  let cursor: string | undefined;
  let listed = 0;
  let bytes = 0;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const page = readPage(await ask(cursor === undefined ? undefined : new Map([['cursor', cursor]])));
    listed += page.definitions.length;
    if (listed > MAX_TOOLS) throw new UpstreamError('list_failed', `it lists more than ${MAX_TOOLS} tools`);
    for (const raw of page.definitions) bytes += raw.length;
    if (bytes > MAX_LIST_BYTES) throw new UpstreamError('list_failed', LOST.oversize);
    for (const raw of page.definitions) addTool(tools, raw);
    cursor = page.cursor;
    if (cursor === undefined) return { tools: [...tools.values()], skipped: listed - tools.size };
    if (cursors.has(cursor)) throw new UpstreamError('list_failed', 'its tool list leads back to a page before');
    cursors.add(cursor);
  }
  throw new UpstreamError('list_failed', `its tool list has more than ${MAX_PAGES} pages`);
}

function readPage(reply: Reply): Page {
  const raw = resultOf(reply);
  const members = scanMembers(raw);
  const tools = members?.get('tools');
  const definitions = tools === undefined ? null : scanElements(raw.subarray(tools.start, tools.end), MAX_TOOLS);
  if (members === null || tools === undefined || definitions === null) {
    throw new UpstreamError('list_failed', 'its answer to `tools/list` holds no list of tools');
  }
  const next = members.get('nextCursor');
  return {
    definitions: definitions.map(({ start, end }) => raw.subarray(tools.start + start, tools.start + end)),
    cursor: next === undefined ? undefined : readCursor(raw.subarray(next.start, next.end)),
  };
}

function resultOf(reply: Reply): Buffer {
  switch (reply.is) {
    case 'result':
      return reply.raw;
    case 'error':
      throw new UpstreamError('list_failed', 'it answered `tools/list` with an error');
    case 'lost':
      throw reply.why === 'exited'
        ? new UpstreamError('exited', 'it ended while it listed its tools')
        : new UpstreamError('list_failed', LOST[reply.why]);
    case 'unsent':
    case 'refused':
      throw new UpstreamError('exited', reply.why);
  }
}

const LOST = {
  timeout: 'it did not list its tools in time',
  oversize: 'its tool list is over the size limit',
} as const;

/** Null and the empty text stand for the end in careless servers. */
function readCursor(raw: Buffer): string | undefined {
  const value = readValue(raw);
  if (value === null || value === '') return undefined;
  if (typeof value === 'string' && value.length <= MAX_CURSOR_CHARS) return value;
  throw new UpstreamError('list_failed', 'its tool list continues at a cursor that is no text');
}

/** Of two tools with one name the first stays: calls by that name could mean either. */
function addTool(tools: Map<string, ListedTool>, raw: Buffer): void {
  const definition = raw.length > MAX_DEFINITION_BYTES ? null : readObject(raw);
  const name = definition?.get('name');
  if (definition === null || typeof name !== 'string' || tools.has(name)) return;
  if (name.length > MAX_NAME_CHARS || !PRINTABLE_NAME.test(name)) return;
  tools.set(name, { name, definition, raw: Buffer.from(raw) });
}
