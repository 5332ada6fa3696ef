/** Sees to it that no server outlives its gateway, and lets others see how the servers do. One for a whole process. */
import { randomBytes } from 'node:crypto';
import { processStart } from '../audit/index.ts';
import type { UpstreamName } from '../core/ids.ts';
import { endLeftovers, endMarked } from './leftovers.ts';
import type { Upstream, UpstreamState } from './port.ts';
import { readRuns, removeRun, writeRun } from './run-file.ts';
import type { ProcessIdentity, Run, ServerNote } from './run-file.ts';
import { Watchdog } from './watchdog.ts';

/** What marks a process and its children, whatever group or session they move to. It is no secret, and says nothing. */
export const MARK_VARIABLE = 'MCP_SUPERVISOR_RUN';

/** One server's process, from just before it is started until all of it is gone. */
export interface Watched {
  /** Goes into its environment. */
  readonly variables: Readonly<Record<string, string>>;
  started(pid: number): void;
  /** Its group is empty, or never came to be. Resolves when what had left the group is gone as well. */
  gone(): Promise<void>;
}

/** Starts processes under guard. */
export interface ProcessGuard {
  watch(): Watched;
}

export interface GuardParts {
  /** Where gateways of this home note what they run. */
  readonly directory: string;
  /** Names this machine until its next start. */
  readonly host: string;
  readonly nowMs: () => number;
  readonly warn: (sentence: string) => void;
}

export class Guard implements ProcessGuard {
  readonly #parts: GuardParts;
  readonly #id = randomBytes(16).toString('hex');
  readonly #watchdog = new Watchdog(this.#id);
  readonly #processes = new Map<number, ProcessIdentity>();
  readonly #servers = new Map<UpstreamName, ServerNote>();
  #count = 0;
  #isScheduled = false;
  #hasWarned = false;
  #reaped: Promise<void> | null = null;

  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  watch(): Watched {
    this.#reap();
    this.#count += 1;
    const place = `x${this.#count}`;
    const mark = `${this.#id}.${this.#count}.`;
    let group: number | null = null;
    this.#watchdog.add(place);
    return {
      variables: { [MARK_VARIABLE]: mark },
      started: (pid) => {
        group = pid;
        this.#watchdog.add(String(pid));
        this.#watchdog.remove(place);
        this.#processes.set(pid, { pid, start: processStart(pid) });
        this.#write();
      },
      gone: async () => {
        await endMarked(mark);
        this.#watchdog.remove(place);
        if (group !== null) {
          this.#watchdog.remove(String(group));
          this.#processes.delete(group);
        }
        this.#write();
      },
    };
  }

  /** Notes how a server does. */
  note({ name, tools, restarts }: Upstream, state: UpstreamState): void {
    if (state.is === 'ended') this.#servers.delete(name);
    else {
      const lastError = state.is === 'failed' ? state.why : (this.#servers.get(name)?.lastError ?? null);
      const since = new Date(this.#parts.nowMs()).toISOString();
      this.#servers.set(name, { name, state: state.is, tools: tools.length, restarts, since, lastError });
    }
    this.#changed();
  }

  /** Ends what killed gateways of this home have left, once. Not waited for: nothing here depends on it. */
  #reap(): void {
    const { directory, host, warn } = this.#parts;
    this.#reaped ??= endLeftovers(directory, host).then((count) => {
      if (count > 0) warn(`${count} process(es) of a gateway that was killed were still running and were ended`);
    });
  }

  /** Writes once for all changes of one turn. */
  #changed(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#write();
    });
  }

  #write(): void {
    const { directory, host } = this.#parts;
    try {
      if (this.#processes.size > 0 || this.#servers.size > 0) {
        const { pid } = process;
        const owner = { host, pid, start: processStart(pid) };
        const [processes, servers] = [[...this.#processes.values()], [...this.#servers.values()]];
        writeRun(directory, this.#id, { owner, mark: this.#id, processes, servers });
        return;
      }
      removeRun(directory, this.#id);
      this.#watchdog.end();
    } catch (error) {
      // The watchdog still stands; only a start after both were killed would find nothing.
      if (!this.#hasWarned) this.#parts.warn(`${directory} cannot be written: ${words(error)}`);
      this.#hasWarned = true;
    }
  }
}

/** The gateways that run on a home now. */
export function runningGateways(
  directory: string,
  host: string,
  isAlive: (pid: number, start: string) => boolean,
): readonly Run[] {
  return [...readRuns(directory).values()].filter(
    ({ owner }) => owner.host === host && isAlive(owner.pid, owner.start),
  );
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
