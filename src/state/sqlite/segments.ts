import type { SegmentOwner, SegmentRecord, SegmentStore } from '../port.ts';
import type { Batch, PutOff } from './batch.ts';
import type { Connection } from './connection.ts';
import { asRows, integerOf, type Row, textOf } from './rows.ts';

const COLUMNS = 'segment, file, pid, process_start, count, head';
const OPEN = `INSERT INTO segments (${COLUMNS}, state) VALUES (?, ?, ?, ?, ?, ?, 'open')`;
const ADVANCE = `UPDATE segments SET count = ?, head = ? WHERE segment = ? AND state = 'open' AND count < ?`;
const END = `UPDATE segments SET state = ? WHERE segment = ? AND state = 'open'`;
const TAKE_OVER = `UPDATE segments SET pid = ?, process_start = ?
  WHERE pid = ? AND process_start = ? AND state = 'open' RETURNING ${COLUMNS}`;
const LIST_OPEN = `SELECT ${COLUMNS} FROM segments WHERE state = 'open' ORDER BY segment`;

type Extent = Parameters<SegmentStore['advance']>[1];

/** Segments in SQLite. How far they go is written along with quota, so that it costs no transaction of its own. */
export class SqliteSegments implements SegmentStore, PutOff {
  readonly #connection: Connection;
  readonly #noted = new Map<string, Extent>();
  /** What the transaction under way wrote, until it is known to be kept. */
  #writing: readonly (readonly [string, Extent])[] = [];

  constructor(connection: Connection, batch: Batch) {
    this.#connection = connection;
    batch.endWith(this);
  }

  async open(record: Omit<SegmentRecord, 'state'>): Promise<void> {
    const { segment, file, pid, processStart, count, head } = record;
    const values = [segment, file, pid, processStart, count, head] as const;
    await this.#connection.write(() => this.#connection.statement(OPEN).run(...values));
  }

  advance(segment: string, extent: Extent): void {
    this.#noted.set(segment, extent);
  }

  async keepProgress(): Promise<void> {
    if (this.#noted.size === 0) return;
    try {
      await this.#connection.write(() => this.flush());
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  readonly flush = (): void => {
    if (this.#noted.size === 0) return;
    this.#writing = [...this.#noted];
    this.#noted.clear();
    for (const [segment, { count, head }] of this.#writing)
      this.#connection.statement(ADVANCE).run(count, head, segment, count);
  };

  readonly discard = (): void => {
    for (const [segment, extent] of this.#writing) if (!this.#noted.has(segment)) this.#noted.set(segment, extent);
    this.#writing = [];
  };

  async takeOver(from: SegmentOwner, to: SegmentOwner): Promise<readonly SegmentRecord[]> {
    const owners = [to.pid, to.processStart, from.pid, from.processStart] as const;
    const rows = await this.#connection.write(() => asRows(this.#connection.statement(TAKE_OVER).all(...owners)));
    return rows.map(openSegmentOf);
  }

  async end(segment: string, state: 'closed' | 'abandoned'): Promise<boolean> {
    this.#noted.delete(segment);
    const { changes } = await this.#connection.write(() => this.#connection.statement(END).run(state, segment));
    return changes === 1;
  }

  async listOpen(): Promise<readonly SegmentRecord[]> {
    const rows = await this.#connection.read(() => asRows(this.#connection.statement(LIST_OPEN).all()));
    return rows.map(openSegmentOf);
  }
}

function openSegmentOf(row: Row): SegmentRecord {
  return {
    segment: textOf(row, 'segment'),
    file: textOf(row, 'file'),
    pid: integerOf(row, 'pid'),
    processStart: textOf(row, 'process_start'),
    state: 'open',
    count: integerOf(row, 'count'),
    head: textOf(row, 'head'),
  };
}
