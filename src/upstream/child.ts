/** A server's process: lines in, lines out, and an end that leaves nothing behind. */
import type { UpstreamName } from '../core/ids.ts';
import { LineFramer, OutboundQueue } from '../wire/index.ts';
import type { Channel, ChannelSink } from './channel.ts';
import { UpstreamError } from './error.ts';
import { signalGroup, sweepGroup } from './group.ts';
import type { ProcessGuard, Watched } from './guard.ts';
import { launch } from './launch.ts';
import type { LaunchSpec, Running } from './launch.ts';
import { LineRing } from './ring.ts';
import { isSettledWithin } from './wait.ts';

/** How a process ended: by its own exit code, or by a signal. */
interface ChildExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

const STDERR_LINE_BYTES = 4_096;
/** A server that has nothing to do ends within a fraction of this after its input was closed. */
const POLITE_MS = 2_000;
const FIRM_MS = 2_000;
/** After that the kernel holds the process, and waiting longer would hold us too. */
const KILLED_MS = 5_000;
/** What the process wrote last is in the pipe by the time it is gone; only its children can keep the pipe open. */
const LAST_WORDS_MS = 250;

const UNWATCHED: Watched = { variables: {}, started: () => undefined, gone: () => Promise.resolve() };

export class Child implements Channel {
  readonly pid: number;
  readonly #name: UpstreamName;
  readonly #running: Running;
  readonly #watched: Watched;
  readonly #sink: ChannelSink;
  readonly #input: OutboundQueue;
  readonly #ring = new LineRing();
  readonly #exited: Promise<ChildExit>;
  readonly #gone: Promise<void>;
  #ending: Promise<void> | null = null;

  /** Starts the program, under guard if there is one. Throws `UpstreamError` `spawn_failed`. */
  static async start(
    spec: LaunchSpec,
    sink: ChannelSink,
    maxLineBytes: number,
    guard: ProcessGuard | null,
  ): Promise<Child> {
    const watched = guard?.watch() ?? UNWATCHED;
    try {
      return await launch(spec, watched.variables, (running) => {
        watched.started(running.pid);
        return new Child(spec.name, running, sink, maxLineBytes, watched);
      });
    } catch (error) {
      void watched.gone();
      throw error;
    }
  }

  private constructor(name: UpstreamName, running: Running, sink: ChannelSink, maxLineBytes: number, watched: Watched) {
    this.#name = name;
    this.#running = running;
    this.#sink = sink;
    this.#watched = watched;
    this.pid = running.pid;
    // A process that no longer reads or writes cannot serve, even if it lives on.
    this.#input = new OutboundQueue(running.stdin, { closed: () => void this.end() });
    this.#exited = new Promise((resolve) => {
      running.onExit((exitCode, signal) => resolve({ exitCode, signal }));
    });
    const drained = this.#readOutput(maxLineBytes);
    this.#readErrors();
    this.#gone = this.#follow(drained);
  }

  /** Queues a line. False if the process has closed its input: nothing of it will be read. */
  write(line: Buffer | string): boolean {
    return this.#input.push(line);
  }

  /** Bytes written and not yet read by the process. */
  get queuedBytes(): number {
    return this.#input.queuedBytes;
  }

  /** Stops reading, so that the process has to wait; a few lines may still come. */
  pause(): void {
    this.#running.stdout.pause();
  }

  resume(): void {
    this.#running.stdout.resume();
  }

  /** On a pipe nothing depends on it. */
  agreed(): void {}

  /** On a pipe there is nothing to take back. */
  forget(): void {}

  /** Keeps a line of stdout that is no message. */
  noise(bytes: Buffer): void {
    this.#ring.add(`stdout: ${bytes.toString('utf8', 0, STDERR_LINE_BYTES)}`);
  }

  /** The last lines of stderr and the noise of stdout, newest last. */
  get lastLines(): readonly string[] {
    return this.#ring.lines;
  }

  /** Closes stdin, then terminates, then kills the group. Resolves when all of it is gone; never rejects. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    this.#input.end();
    this.resume();
    if (!(await isSettledWithin(this.#exited, POLITE_MS))) {
      signalGroup(this.pid, 'SIGTERM');
      if (!(await isSettledWithin(this.#exited, FIRM_MS))) signalGroup(this.pid, 'SIGKILL');
    }
    await isSettledWithin(this.#gone, KILLED_MS);
  }

  /** Waits for the exit, delivers what was written before it, and ends what the process leaves behind. */
  async #follow(drained: Promise<void>): Promise<void> {
    const exit = await this.#exited;
    const swept = sweepGroup(this.pid);
    this.resume();
    if (!(await isSettledWithin(drained, LAST_WORDS_MS))) this.#running.stdout.destroy();
    await drained;
    this.#sink.closed({ error: this.#exitError(exit), exitCode: exit.exitCode });
    await swept;
    await this.#watched.gone();
    this.#running.stderr.destroy();
  }

  #exitError({ exitCode, signal }: ChildExit): UpstreamError {
    const how = signal === null ? `exited with code ${exitCode ?? 0}` : `was ended by ${signal}`;
    return new UpstreamError(
      'exited',
      `its process ${how}; \`countersign upstream test ${this.#name}\` shows what it wrote`,
    );
  }

  /** Resolves when stdout has ended and its last line was delivered. */
  #readOutput(maxLineBytes: number): Promise<void> {
    const { stdout } = this.#running;
    const framer = new LineFramer(maxLineBytes, this.#sink);
    stdout.on('data', (chunk: Buffer) => framer.push(chunk));
    stdout.on('error', () => undefined);
    return new Promise((resolve) => {
      stdout.once('close', () => {
        framer.end();
        resolve();
        void this.end();
      });
    });
  }

  #readErrors(): void {
    const { stderr } = this.#running;
    const framer = new LineFramer(STDERR_LINE_BYTES, {
      line: (bytes) => this.#ring.add(bytes.toString('utf8')),
      oversize: (head) => this.#ring.add(`${head.toString('utf8')}…`),
    });
    stderr.on('data', (chunk: Buffer) => framer.push(chunk));
    stderr.on('error', () => undefined);
    stderr.once('close', () => framer.end());
  }
}
