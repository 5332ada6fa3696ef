/** Server-sent events out of a byte stream (HTML Living Standard, section 9.2.6), bounded. */

export interface ServerEvent {
  /** The lines of `data`, joined; empty for an event that only carries an id. */
  readonly data: Buffer;
  /** As the stream last named it; empty before it did. */
  readonly id: string;
  /** `message` if the event names none. */
  readonly type: string;
}

export interface EventSink {
  event(event: ServerEvent): void;
  /** The data of an event went over the cap: its first bytes, how many there were, its last bytes. Told at its end. */
  oversize(head: Buffer, totalBytes: number, tail: Buffer): void;
  /** How long to wait before a lost stream is asked for again, in milliseconds. */
  retry(waitMs: number): void;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = Buffer.from(' ');
const HEAD_BYTES = 4_096;
const TAIL_BYTES = 1_024;
const MAX_FIELD_CHARS = 1_024;
/** Room for a field's name beside its value. */
const FIELD_BYTES = 64;

/** Takes lines that end in a newline, with or without a carriage return before it. */
export class EventReader {
  readonly #maxBytes: number;
  readonly #sink: EventSink;
  #line: Buffer[] = [];
  #lineBytes = 0;
  #data: Buffer[] = [];
  #dataBytes = 0;
  #over: { readonly head: Buffer; tail: Buffer } | null = null;
  #id = '';
  #type = '';

  /** An event may have `maxBytes` bytes of data. */
  constructor(maxBytes: number, sink: EventSink) {
    this.#maxBytes = maxBytes;
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#append(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    if (start < chunk.length) this.#append(chunk.subarray(start));
  }

  #append(piece: Buffer): void {
    this.#lineBytes += piece.length;
    if (this.#over !== null) this.#over.tail = lastOf(this.#over.tail, piece);
    else {
      this.#line.push(piece);
      if (this.#lineBytes + this.#dataBytes > this.#maxBytes + FIELD_BYTES) this.#spill();
    }
  }

  /** From here on only both ends of the event are kept. */
  #spill(): void {
    const all = Buffer.concat([...this.#data, ...this.#line]);
    const start = this.#data.length === 0 && all.subarray(0, 5).toString('latin1') === 'data:' ? 5 : 0;
    this.#over = { head: Buffer.from(all.subarray(start, start + HEAD_BYTES)), tail: lastOf(Buffer.alloc(0), all) };
    this.#line = [];
    this.#data = [];
  }

  #endLine(): void {
    const bytes = this.#lineBytes;
    this.#lineBytes = 0;
    if (this.#over !== null) {
      const isBlank = bytes === 0 || (bytes === 1 && this.#over.tail.at(-1) === CARRIAGE_RETURN);
      if (isBlank) this.#dispatch();
      else this.#dataBytes += bytes;
      return;
    }
    const [only] = this.#line;
    const whole = this.#line.length === 1 && only !== undefined ? only : Buffer.concat(this.#line);
    this.#line = [];
    const line = whole.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
    if (line.length === 0) this.#dispatch();
    else this.#field(line);
  }

  #field(line: Buffer): void {
    const colon = line.indexOf(0x3a);
    const name = line.toString('latin1', 0, Math.min(colon === -1 ? line.length : colon, FIELD_BYTES));
    const value = colon === -1 ? Buffer.alloc(0) : line.subarray(line[colon + 1] === 0x20 ? colon + 2 : colon + 1);
    if (name === 'data') {
      this.#data.push(value);
      this.#dataBytes += value.length + 1;
    } else if (value.length > MAX_FIELD_CHARS) return;
    else if (name === 'event') this.#type = value.toString('utf8');
    // It goes back in a header, which takes no control characters.
    else if (name === 'id' && /^[\x20-\x7e]*$/.test(value.toString('latin1'))) this.#id = value.toString('latin1');
    else if (name === 'retry' && /^[0-9]{1,9}$/.test(value.toString('latin1')))
      this.#sink.retry(Number(value.toString('latin1')));
  }

  #dispatch(): void {
    const [over, data, bytes, type] = [this.#over, this.#data, this.#dataBytes, this.#type];
    this.#over = null;
    this.#data = [];
    this.#dataBytes = 0;
    this.#type = '';
    if (over !== null) this.#sink.oversize(over.head, bytes, over.tail);
    else if (data.length > 0 || this.#id !== '') {
      this.#sink.event({ data: joined(data), id: this.#id, type: type === '' ? 'message' : type });
    }
  }
}

/** Lines of `data` are joined by line ends, which between the tokens of JSON are as good as spaces. */
function joined(lines: readonly Buffer[]): Buffer {
  const [only = Buffer.alloc(0)] = lines;
  if (lines.length <= 1) return only;
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [SPACE, line])));
}

function lastOf(before: Buffer, piece: Buffer): Buffer {
  if (piece.length >= TAIL_BYTES) return Buffer.from(piece.subarray(-TAIL_BYTES));
  return Buffer.concat([before, piece]).subarray(-TAIL_BYTES);
}

/**
 * JSON in one line. Raw line ends can stand only between tokens, where a space means the same; inside a text they are no
 * JSON. Our clients read lines, and one in the middle of a result would begin a message of the server's own making.
 */
export function flattened(json: Buffer): Buffer {
  if (!json.includes(NEWLINE) && !json.includes(CARRIAGE_RETURN)) return json;
  const flat = Buffer.from(json);
  for (let at = 0; at < flat.length; at += 1) if (flat[at] === NEWLINE || flat[at] === CARRIAGE_RETURN) flat[at] = 0x20;
  return flat;
}
