/**
 * The lines of calls, made ready: of two intents of one session by one rule, most of the text is the same. A line is put
 * together from the parts of one that was made the long way, at a tenth of its price; what the parts do not fit exactly is
 * made the long way.
 */
import { hash as digest } from 'node:crypto';
import { argumentTexts } from './argument-text.ts';
import type { Sealed } from './chain.ts';
import { canonicalText, lineText, MAX_LINE_BYTES, type PlainObject } from './chain.ts';
import type { CallEvent } from './events.ts';
import { assemble, type Stamp } from './ocsf.ts';
import { callLine, FULL_ROOM } from './record.ts';
import { callShape, type CarriedIntent } from './record-calls.ts';
import { wholeMs } from './record-session.ts';

type Prepared = Extract<CallEvent, { readonly kind: 'intent' | 'outcome' }>;

/** Stand-ins for what differs from line to line; no name has such a text by accident. */
const PREV = 'c5b2f0'.repeat(10) + 'fa9d';
const HASH = '9e41d7'.repeat(10) + 'b30c';
const REQUEST = '5d0f4c1e-7b7e-4f2a-93d4-c0ffee5eed01';
const TIME = 8_123_476_590_137_246;
const SEQ = 8_234_160_597_231_468;
const LATENCY = 8_345_907_126_348_152;
const ARGS = '"args":[]';
const SLOTS = [PREV, HASH, REQUEST, String(TIME), String(SEQ), String(LATENCY), ARGS];
const SLOT = new RegExp(`(${SLOTS.map((slot) => slot.replaceAll('[]', '\\[\\]')).join('|')})`);

/** A text with gaps: `texts[n]` stands before the gap `gaps[n]`, a place in `Filling`. There is one text more than gaps. */
interface Parts {
  readonly texts: readonly string[];
  readonly gaps: readonly number[];
}

/** What stands in the gaps, in the order of `SLOTS`. */
type Filling = [prev: string, hash: string, request: string, time: string, seq: string, latency: string, args: string];

interface Template {
  readonly event: Prepared;
  readonly segment: string;
  /** Null where a line of this kind cannot be put together. */
  readonly parts: { readonly line: Parts; readonly canonical: Parts; readonly isAscii: boolean } | null;
}

/** A line that was written. */
export interface WrittenLine {
  readonly bytes: number;
  readonly hash: string;
}

/** A session has few rules and tools that it uses again and again. */
const MOST_TEMPLATES = 32;
/** Beyond this the lists of a record are cut, which only the long way does. */
const REQUEST_ID = /^[0-9a-f-]{1,64}$/;

export class PreparedLines {
  /** Those that were used last first. */
  readonly #templates: Template[] = [];

  /**
   * Writes the line of an event of the calls stream into `room` at `at`, behind which there are `ROOM_BYTES` bytes; or answers
   * the line, where it had to be made the long way. Throws `AuditError` for an event that no line can hold.
   */
  write(event: CallEvent | CarriedIntent, stamp: Stamp, room: Buffer, at: number): WrittenLine | Sealed {
    if (!isPlain(event)) return callLine(event, stamp);
    const args = argumentTexts(event.kind === 'intent' ? event.args : [], FULL_ROOM.args);
    const { parts } = this.#find(event, stamp);
    if (args === null || parts === null) return callLine(event, stamp);
    return filled(parts, event, stamp, args, room, at) ?? callLine(event, stamp);
  }

  #find(event: Prepared, stamp: Stamp): Template {
    const templates = this.#templates;
    for (let index = 0; index < templates.length; index += 1) {
      const template = templates[index] as Template;
      if (template.segment !== stamp.segment || !isAlike(template.event, event)) continue;
      if (index > 0) templates.unshift(...templates.splice(index, 1));
      return template;
    }
    const template = templateOf(event, stamp);
    templates.unshift(template);
    if (templates.length > MOST_TEMPLATES) templates.pop();
    return template;
  }
}

/** An intent or an outcome with nothing in it but what a template has slots for. */
function isPlain(event: CallEvent | CarriedIntent): event is Prepared {
  if (event.kind === 'outcome') return event.approval === undefined && REQUEST_ID.test(event.request);
  if (event.kind !== 'intent' || event.approval !== undefined || event.revealed !== undefined) return false;
  if (event.shadow !== undefined || (event.argsMore ?? 0) > 0) return false;
  return (event.quota === undefined || event.quota.length === 0) && REQUEST_ID.test(event.request);
}

function isAlike(one: Prepared, other: Prepared): boolean {
  return (
    one.kind === other.kind &&
    one.session === other.session &&
    one.tool === other.tool &&
    one.toolKind === other.toolKind &&
    one.rule === other.rule &&
    one.pointer === other.pointer &&
    one.policy === other.policy &&
    one.policyHash === other.policyHash &&
    (one.kind === 'outcome' && other.kind === 'outcome'
      ? one.outcome === other.outcome && one.code === other.code
      : one.kind === 'intent' && other.kind === 'intent' && (one.quota === undefined) === (other.quota === undefined))
  );
}

/** Takes a line of this kind apart, and keeps the parts if they put together exactly what the long way makes. */
function templateOf(event: Prepared, stamp: Stamp): Template {
  const request = REQUEST as typeof event.request;
  const sample = event.kind === 'intent' ? { ...event, request, args: [] } : { ...event, request, latencyMs: LATENCY };
  const record = assemble(callShape(sample, FULL_ROOM), { ...stamp, timeMs: TIME, seq: SEQ, prev: PREV });
  const sealed: PlainObject = { ...record, unmapped: { countersign: { ...record.unmapped.countersign, hash: HASH } } };
  const [line, canonical] = [partsOf(lineText(sealed)), partsOf(canonicalText(record))];
  const isAscii = [...line.texts, ...canonical.texts].every((text) => !NOT_ASCII.test(text));
  const parts = { line, canonical, isAscii };
  const args = argumentTexts(event.kind === 'intent' ? event.args : [], FULL_ROOM.args);
  const room = Buffer.allocUnsafe(ROOM_BYTES);
  const made = args === null ? null : filled(parts, event, stamp, args, room, 0);
  const isExact = made !== null && room.toString('utf8', 0, made.bytes) === callLine(event, stamp).line;
  return { event, segment: stamp.segment, parts: isExact ? parts : null };
}

const NOT_ASCII = /[^\0-\x7f]/;

function partsOf(text: string): Parts {
  const pieces = text.split(SLOT);
  return {
    texts: pieces.filter((_, index) => index % 2 === 0),
    gaps: pieces.filter((_, index) => index % 2 === 1).map((slot) => SLOTS.indexOf(slot)),
  };
}

/** More than a line may have, so that one too many is seen. */
export const ROOM_BYTES = 3 * MAX_LINE_BYTES;
/** The canonical text, which is only hashed. */
const scratch = new Uint8Array(ROOM_BYTES);
const scratchText = Buffer.from(scratch.buffer);

/** Null for a line that is too long. Everything that fills a gap is ASCII. */
function filled(
  { line, canonical, isAscii }: NonNullable<Template['parts']>,
  event: Prepared,
  { timeMs, seq, prev }: Stamp,
  args: { readonly line: string; readonly canonical: string },
  room: Buffer,
  at: number,
): WrittenLine | null {
  const latency = event.kind === 'outcome' ? String(wholeMs(event.latencyMs)) : '';
  const filling: Filling = [prev, '', event.request, String(timeMs), String(seq), latency, args.canonical];
  const hashed = joined(canonical, filling);
  if (hashed.length > MAX_LINE_BYTES) return null;
  const hashedBytes = scratchText.write(hashed, 0, isAscii ? 'latin1' : 'utf8');
  const hash = digest('sha256', scratch.subarray(0, hashedBytes));
  filling[1] = hash;
  filling[6] = args.line;
  const text = joined(line, filling);
  if (text.length >= MAX_LINE_BYTES) return null;
  const bytes = room.write(text, at, isAscii ? 'latin1' : 'utf8');
  room[at + bytes] = NEWLINE;
  return bytes >= MAX_LINE_BYTES ? null : { bytes: bytes + 1, hash };
}

const NEWLINE = 0x0a;

function joined({ texts, gaps }: Parts, filling: Filling): string {
  let text = texts[0] ?? '';
  for (let index = 0; index < gaps.length; index += 1)
    text += (filling[gaps[index] ?? 0] ?? '') + (texts[index + 1] ?? '');
  return text;
}
