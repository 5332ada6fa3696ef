/** Says and records, once each, which tools are kept from agents because nobody accepted them as they are now. */
import type { CallEvent, Session } from '../audit/events.ts';
import type { Standing } from '../upstream/index.ts';
import type { Tool } from './tool-list.ts';

/** A server may list new names without end; what comes after so many is kept from agents, but not noted. */
const MAX_NOTED = 1_000;

export class Quarantine {
  readonly #session: Session;
  readonly #warn: (sentence: string) => void;
  readonly #record: (event: CallEvent) => void;
  readonly #noted = new Set<string>();

  constructor(session: Session, warn: (sentence: string) => void, record: (event: CallEvent) => void) {
    this.#session = session;
    this.#warn = warn;
    this.#record = record;
  }

  /** Notes the tools that were not noted before with the same standing. */
  note(tools: readonly Tool[]): void {
    const unnoted = tools.filter(({ tool, standing }) => !this.#noted.has(`${standing} ${tool}`));
    const fresh = unnoted.slice(0, Math.max(0, MAX_NOTED - this.#noted.size));
    for (const tool of fresh) this.#one(tool);
    const byUpstream = new Map<string, number>();
    for (const { behind } of fresh)
      byUpstream.set(behind.part.config.name, (byUpstream.get(behind.part.config.name) ?? 0) + 1);
    for (const [name, count] of byUpstream)
      this.#warn(
        `${count} tool(s) of upstream \`${name}\` are not as they were accepted and are kept from agents; run: countersign upstream review ${name}`,
      );
  }

  #one({ tool, standing, behind }: Tool): void {
    this.#noted.add(`${standing} ${tool}`);
    const code = codeOf(standing);
    if (code === null) return;
    const upstream = behind.part.config.name;
    // A name that was never accepted is the server's own text, and stays out of the log.
    this.#record({
      kind: 'tool_quarantined',
      session: this.#session,
      upstream,
      tool: code === 'changed' ? tool : null,
      code,
    });
  }
}

function codeOf(standing: Standing): 'new' | 'changed' | 'unacceptable' | null {
  return standing === 'accepted' ? null : standing;
}
