import type { StreamHead, StreamHeads } from '../port.ts';
import type { Connection } from './connection.ts';
import { asRow, integerOf, textOf } from './rows.ts';

const READ = 'SELECT file, bytes, count, hash FROM stream_heads WHERE stream = ?';
const KEEP = `INSERT INTO stream_heads (stream, file, bytes, count, hash) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (stream) DO UPDATE SET file = excluded.file, bytes = excluded.bytes, count = excluded.count, hash = excluded.hash`;

const BEFORE_THE_FIRST: StreamHead = { file: '', bytes: 0, count: 0, hash: '0'.repeat(64) };

/** Stream heads in SQLite; the write lock of the file is what makes `exclusive` exclusive. */
export class SqliteHeads implements StreamHeads {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  exclusive<T>(
    stream: string,
    step: (head: StreamHead) => { readonly head: StreamHead; readonly result: T },
  ): Promise<T> {
    return this.#connection.exclusive(() => {
      const { head, result } = step(this.#current(stream));
      this.#connection.statement(KEEP).run(stream, head.file, head.bytes, head.count, head.hash);
      return result;
    });
  }

  read(stream: string): Promise<StreamHead> {
    return this.#connection.read(() => this.#current(stream));
  }

  #current(stream: string): StreamHead {
    const row = asRow(this.#connection.statement(READ).get(stream));
    if (row === undefined) return BEFORE_THE_FIRST;
    return {
      file: textOf(row, 'file'),
      bytes: integerOf(row, 'bytes'),
      count: integerOf(row, 'count'),
      hash: textOf(row, 'hash'),
    };
  }
}
