/**
 * The lines of calls, made ready: of two intents of one session by one rule, most of the text is the same. A line is put
 * together from the parts of one that was made the long way, at a tenth of its price; what the parts do not fit exactly is
 * made the long way.
 */
import { hash as digest } from 'node:crypto';
import { argumentTexts } from './argument-text.ts';
import { canonicalText, lineText, MAX_LINE_BYTES, type PlainObject, Sealed } from './chain.ts';
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
const SLOTS = [PREV, HASH, REQUEST, String(TIME), String(SEQ), String(LATENCY), ARGS] as const;
type Slot = (typeof SLOTS)[number];
const SLOT = new RegExp(`(${SLOTS.map((slot) => slot.replaceAll('[]', '\\[\\]')).join('|')})`);

/** Texts in turn: one that stays, the slot behind it, and so on. */
type Parts = readonly string[];
/** The same, the texts that stay as bytes. */
interface ByteParts {
  readonly texts: readonly Buffer[];
  /** One fewer: what stands between them. */
  readonly slots: readonly Slot[];
}

/** What a line is filled with. */
type Filling = Record<Slot, string>;

interface Template {
  readonly event: Prepared;
  readonly segment: string;
  /** Null where a line of this kind cannot be put together. */
  readonly parts: { readonly line: Parts; readonly canonical: ByteParts } | null;
}

/** A session has few rules and tools that it uses again and again. */
const MOST_TEMPLATES = 32;
/** Beyond this the lists of a record are cut, which only the long way does. */
const REQUEST_ID = /^[0-9a-f-]{1,64}$/;

export class PreparedLines {
  /** Those that were used last first. */
  readonly #templates: Template[] = [];

  /** The line of an event of the calls stream. Throws `AuditError` for one that no line can hold. */
  line(event: CallEvent | CarriedIntent, stamp: Stamp): Sealed {
    if (!isPlain(event)) return callLine(event, stamp);
    const args = argumentTexts(event.kind === 'intent' ? event.args : [], FULL_ROOM.args);
    const { parts } = this.#find(event, stamp);
    return (
      (args === null || parts === null ? null : filled(parts, fillingOf(event, stamp), args)) ?? callLine(event, stamp)
    );
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
  const parts = { line: lineText(sealed).split(SLOT), canonical: bytesOf(canonicalText(record).split(SLOT)) };
  const args = argumentTexts(event.kind === 'intent' ? event.args : [], FULL_ROOM.args);
  const made = args === null ? null : filled(parts, fillingOf(event, stamp), args);
  const isExact = made?.line === callLine(event, stamp).line;
  return { event, segment: stamp.segment, parts: isExact ? parts : null };
}

function fillingOf(event: Prepared, { timeMs, seq, prev }: Stamp): Filling {
  return {
    [PREV]: prev,
    [HASH]: '',
    [REQUEST]: event.request,
    [TIME]: String(timeMs),
    [SEQ]: String(seq),
    [LATENCY]: event.kind === 'outcome' ? String(wholeMs(event.latencyMs)) : '',
    [ARGS]: '',
  };
}

/** Null for a line that is too long. */
function filled(
  { line, canonical }: NonNullable<Template['parts']>,
  filling: Filling,
  args: { readonly line: string; readonly canonical: string },
): Sealed | null {
  filling[ARGS] = args.canonical;
  const hash = digest('sha256', written(canonical, filling));
  filling[ARGS] = args.line;
  filling[HASH] = hash;
  const text = `${join(line, filling)}\n`;
  // No character takes more than three bytes.
  if (text.length * 3 > MAX_LINE_BYTES && Buffer.byteLength(text) > MAX_LINE_BYTES) return null;
  return new Sealed(text, hash);
}

function join(parts: Parts, filling: Filling): string {
  let text = parts[0] ?? '';
  for (let index = 1; index < parts.length; index += 2)
    text += (filling[parts[index] ?? ''] ?? '') + (parts[index + 1] ?? '');
  return text;
}

function bytesOf(parts: Parts): ByteParts {
  const texts = parts.filter((_, index) => index % 2 === 0).map((text) => Buffer.from(text));
  return { texts, slots: parts.filter((_, index) => index % 2 === 1) };
}

/** The canonical text is only hashed: it needs no string. Everything that fills it is ASCII. */
const scratch = Buffer.alloc(2 * MAX_LINE_BYTES);

function written({ texts, slots }: ByteParts, filling: Filling): Buffer {
  let end = 0;
  for (let index = 0; index < texts.length; index += 1) {
    end += texts[index]?.copy(scratch, end) ?? 0;
    const slot = slots[index];
    if (slot !== undefined) end += scratch.write(filling[slot] ?? '', end, 'latin1');
  }
  return scratch.subarray(0, end);
}
