/** What goes on, as the log of this home tells it: the last decisions, and how the servers are. */
import { lastRecords, type LogRecord, lookAtFiles, readLog } from '../../audit/index.ts';
import type { FeedLine, UpstreamLine } from '../../tui/index.ts';
import { type Fields, ownFields, textOf } from '../log-fields.ts';

const KEPT = 200;

export class Feed {
  readonly #directory: string;
  #lines: readonly FeedLine[] = [];
  #upstreams: readonly UpstreamLine[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Oldest first. */
  get lines(): readonly FeedLine[] {
    return this.#lines;
  }

  /** As the gateways of this home last saw them. */
  get upstreams(): readonly UpstreamLine[] {
    return this.#upstreams;
  }

  /** Adds a line of our own. */
  say(words: string): void {
    const last = this.#lines.at(-1);
    if (last?.kind === 'problem' && last.tool === words) return;
    this.#add({ atMs: Date.now(), kind: 'problem', verdict: '', grant: '', tool: words, rule: null });
  }

  /** Follows the log until it is told to stop. Never rejects: a log that cannot be read is a line. */
  async follow(signal: AbortSignal): Promise<void> {
    try {
      const directory = this.#directory;
      const files = lookAtFiles(directory);
      for (const record of await lastRecords(directory, KEPT, files)) this.#take(record);
      for await (const record of readLog({ directory, from: files, follow: true, signal })) this.#take(record);
    } catch (error) {
      this.say(error instanceof Error ? error.message : 'the log cannot be read');
    }
  }

  #take({ record }: LogRecord): void {
    const own = ownFields(record);
    const time = record?.['time'];
    if (typeof time !== 'number') return;
    const kind = textOf(own, 'kind');
    this.#note(kind, own, record?.['status_code']);
    if (QUIET.has(kind)) return;
    const verdict =
      textOf(own, 'outcome') || textOf(own, 'verdict') || textOf(own, 'ending') || textOf(own, 'decision');
    const rule = textOf(own, 'rule');
    const tool = textOf(own, 'tool') || textOf(own, 'upstream') || textOf(own, 'approval') || textOf(own, 'operator');
    this.#add({ atMs: time, kind, verdict, grant: textOf(own, 'grant'), tool, rule: rule === '' ? null : rule });
  }

  #add(line: FeedLine): void {
    this.#lines = [...this.#lines, line].sort((a, b) => a.atMs - b.atMs).slice(-KEPT);
  }

  #note(kind: string, own: Fields, code: unknown): void {
    const name = textOf(own, 'upstream');
    if (name === '' || (kind !== 'upstream_started' && kind !== 'upstream_failed')) return;
    const tools = own['tools'];
    const isUp = kind === 'upstream_started';
    const before = this.#upstreams.find((one) => one.name === name);
    const line: UpstreamLine = {
      ...{ name, state: isUp ? 'started' : 'failed' },
      tools: typeof tools === 'number' ? tools : (before?.tools ?? 0),
      lastError: isUp ? (before?.lastError ?? null) : typeof code === 'string' ? code : 'failed',
    };
    this.#upstreams = [...this.#upstreams.filter((one) => one.name !== name), line].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  }
}

/** Bookkeeping of the log itself. */
const QUIET = new Set(['segment_open', 'segment_close', 'segment_opened', 'segment_closed', 'stream_opened', '']);
