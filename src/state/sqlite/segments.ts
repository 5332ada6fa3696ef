import type { SegmentOwner, SegmentRecord, SegmentStore } from '../port.ts';
import type { Connection } from './connection.ts';
import { asRows, integerOf, type Row, textOf } from './rows.ts';

const OPEN = `INSERT INTO segments (segment, file, pid, process_start, state) VALUES (?, ?, ?, ?, 'open')`;
const END = `UPDATE segments SET state = ? WHERE segment = ? AND state = 'open'`;
const TAKE_OVER = `UPDATE segments SET pid = ?, process_start = ?
  WHERE pid = ? AND process_start = ? AND state = 'open' RETURNING segment, file, pid, process_start`;
const LIST_OPEN = `SELECT segment, file, pid, process_start FROM segments WHERE state = 'open' ORDER BY segment`;

/** Segments in SQLite. */
export class SqliteSegments implements SegmentStore {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async open(record: Omit<SegmentRecord, 'state'>): Promise<void> {
    const { segment, file, pid, processStart } = record;
    await this.#connection.write(() => this.#connection.statement(OPEN).run(segment, file, pid, processStart));
  }

  async takeOver(from: SegmentOwner, to: SegmentOwner): Promise<readonly SegmentRecord[]> {
    const owners = [to.pid, to.processStart, from.pid, from.processStart] as const;
    const rows = await this.#connection.write(() => asRows(this.#connection.statement(TAKE_OVER).all(...owners)));
    return rows.map(openSegmentOf);
  }

  async end(segment: string, state: 'closed' | 'abandoned'): Promise<boolean> {
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
  };
}
