/** One connection: prepared statements by text, transactions, and every failure in the port's words. */
import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import { isEngineError, toStateError } from './errors.ts';
import { whenFree } from './retry.ts';

type Ending<T> = { readonly is: 'committed'; readonly result: T } | { readonly is: 'failed'; readonly error: unknown };

export class Connection {
  readonly #database: DatabaseSyncInstance;
  readonly #file: string;
  readonly #deadlineMs: number;
  readonly #checkFile: () => void;
  readonly #statements = new Map<string, StatementSyncInstance>();
  /** Whether a commit waits for the disk, as the engine was last told. */
  #synced = true;
  /** `PRAGMA data_version` does not tell of what this connection itself wrote. */
  #writes = 0;

  constructor(database: DatabaseSyncInstance, file: string, deadlineMs: number, checkFile: () => void) {
    this.#database = database;
    this.#file = file;
    this.#deadlineMs = deadlineMs;
    this.#checkFile = checkFile;
  }

  /** The prepared statement of a fixed SQL text, which is always asked for with the same form of its rows. */
  statement(sql: string, rows: 'object' | 'array' = 'object'): StatementSyncInstance {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      if (rows === 'array') statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /**
   * A text that changes with whatever is committed, by any process: what was read under the same text is as good as read
   * now, but for the clock. Only inside a step.
   */
  version(): string {
    const row = this.statement('PRAGMA data_version', 'array').get() as unknown as readonly number[];
    return `${row[0] ?? 0} ${this.#writes}`;
  }

  /** Runs a step that only reads, again while it is busy. */
  read<T>(step: () => T): Promise<T> {
    return this.#run(step);
  }

  /** Runs a step that is one durable statement, again while it is busy. */
  write<T>(step: () => T): Promise<T> {
    return this.#run(() => {
      this.#sync(true);
      this.#writes += 1;
      return step();
    });
  }

  async #run<T>(step: () => T): Promise<T> {
    try {
      return await whenFree(() => {
        this.#checkFile();
        return step();
      }, this.#deadlineMs);
    } catch (error) {
      throw toStateError(error, this.#file);
    }
  }

  /**
   * Runs `step` while no other connection can write, and commits when it returns. What `step` throws passes unchanged
   * and nothing of it is kept. Only taking the lock is retried: the step runs once. From the lock to the commit nothing
   * is awaited, so that callers of the same process cannot meet inside either. `durable`: what is committed survives a
   * power cut; else the next durable commit takes it along.
   */
  async exclusive<T>(step: () => T, durable = true): Promise<T> {
    const ending = await this.#run(() => {
      this.#sync(durable);
      this.#database.exec('BEGIN IMMEDIATE');
      return this.#finish(step);
    });
    if (ending.is === 'failed') throw ending.error;
    return ending.result;
  }

  /** NORMAL leaves the write-ahead log to the kernel, which a process that dies does not take with it. */
  #sync(durable: boolean): void {
    if (durable === this.#synced) return;
    this.#database.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
    this.#synced = durable;
  }

  #finish<T>(step: () => T): Ending<T> {
    this.#writes += 1;
    try {
      const result = step();
      this.#database.exec('COMMIT');
      return { is: 'committed', result };
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return { is: 'failed', error: isEngineError(error) ? toStateError(error, this.#file) : error };
    }
  }

  /** Closes the file, moving what is in the write-ahead log into it if no other process is busy there. */
  close(): void {
    this.#statements.clear();
    if (!this.#database.isOpen) return;
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // Nothing is lost: what is committed stays in the write-ahead log, which the next opening reads.
    }
    this.#database.close();
  }
}
