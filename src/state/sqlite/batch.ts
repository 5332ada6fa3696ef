/**
 * Group commit: the steps of callers that come in one turn of the event loop share a transaction, and so one sync of
 * the disk. A step decides before it writes, so that one caller's refusal undoes nothing of another's; if the engine
 * fails, all of them fail.
 */
import type { Connection } from './connection.ts';

interface Waiting {
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
  readonly durable: boolean;
}

/** What a table puts off to the end of a transaction, because the steps of a batch often write the same row. */
export interface PutOff {
  /** Writes it. */
  readonly flush: () => void;
  /** Forgets it: the transaction was undone. */
  readonly discard: () => void;
}

export class Batch {
  readonly #connection: Connection;
  readonly #putOff: PutOff[] = [];
  #waiting: Waiting[] = [];
  #running = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** From now on, every transaction of a batch ends with `flush`, or with `discard` if it fails. */
  endWith(putOff: PutOff): void {
    this.#putOff.push(putOff);
  }

  /**
   * Runs `step` in a transaction that it may share, and resolves when that is committed. `durable`: it survives a power
   * cut. A step that throws is rejected alone, and must have written nothing.
   */
  run<T>(step: () => T, durable: boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      const run = (): (() => void) => {
        const result = step();
        return () => resolve(result);
      };
      this.#waiting.push({ run, reject, durable });
      if (this.#running) return;
      this.#running = true;
      setImmediate(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0));
    this.#running = false;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const endings = await this.#connection.exclusive(
        () => {
          const steps = batch.map((one) => endingOf(one));
          for (const { flush } of this.#putOff) flush();
          return steps;
        },
        batch.some(({ durable }) => durable),
      );
      for (const end of endings) end();
    } catch (error) {
      for (const { discard } of this.#putOff) discard();
      for (const { reject } of batch) reject(error);
    }
  }
}

/** A refusal of the port's own words concerns one caller; whatever else is thrown undoes the transaction. */
function endingOf({ run, reject }: Waiting): () => void {
  try {
    return run();
  } catch (error) {
    if (error instanceof Error && error.name === 'StateError') return () => reject(error);
    throw error;
  }
}
