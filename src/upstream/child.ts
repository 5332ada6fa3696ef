/** A server's process: lines in, lines out, and an end that leaves nothing behind. */
import { LineFramer, OutboundQueue } from '../wire/index.ts';
import type { LineSink } from '../wire/index.ts';
import { signalGroup, sweepGroup } from './group.ts';
import { launch } from './launch.ts';
import type { LaunchSpec, Running } from './launch.ts';
import { LineRing } from './ring.ts';
import { isSettledWithin } from './wait.ts';

/** How a process ended: by its own exit code, or by a signal. */
export interface ChildExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** Takes what a process writes. */
export interface ChildSink extends LineSink {
  /** The process is gone and its last line was delivered. Told once, after all lines. */
  exited(exit: ChildExit): void;
}

const STDERR_LINE_BYTES = 4_096;
/** A server that has nothing to do ends within a fraction of this after its input was closed. */
const POLITE_MS = 2_000;
const FIRM_MS = 2_000;
/** After that the kernel holds the process, and waiting longer would hold us too. */
const KILLED_MS = 5_000;
/** What the process wrote last is in the pipe by the time it is gone; only its children can keep the pipe open. */
const LAST_WORDS_MS = 250;

export class Child {
  readonly pid: number;
  readonly #running: Running;
  readonly #sink: ChildSink;
  readonly #input: OutboundQueue;
  readonly #ring = new LineRing();
  readonly #exited: Promise<ChildExit>;
  readonly #gone: Promise<void>;
  #ending: Promise<void> | null = null;

  /** Starts the program. Throws `UpstreamError` `spawn_failed`. */
  static start(spec: LaunchSpec, sink: ChildSink, maxLineBytes: number): Promise<Child> {
    return launch(spec, (running) => new Child(running, sink, maxLineBytes));
  }

  private constructor(running: Running, sink: ChildSink, maxLineBytes: number) {
    this.#running = running;
    this.#sink = sink;
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
    this.#sink.exited(exit);
    await swept;
    this.#running.stderr.destroy();
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
