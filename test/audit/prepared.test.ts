/** Lines that are put together from parts are those that are made the long way. */
import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../src/audit/index.ts';
import { Sealed } from '../../src/audit/chain.ts';
import { PreparedLines, ROOM_BYTES } from '../../src/audit/prepared.ts';
import { callLine } from '../../src/audit/record.ts';
import { args, CALL_EVENTS, frame, intent, NOON, outcome, session } from './support.ts';

const hex = (digit: string): string => digit.repeat(64);
const stamp = (seq: number, segment = 'seg-1') => ({
  ...{ timeMs: NOON + seq, stream: 'calls', segment, scope: segment },
  ...{ seq, prev: hex((seq % 10).toString()), version: '1.2.3' },
});

/** Each event three times: as the first of its kind, from the parts, and from the parts in another place. */
function expectSame(events: readonly CallEvent[]): void {
  const lines = new PreparedLines();
  for (const [round, segment] of ['seg-1', 'seg-1', 'seg-2'].entries())
    for (const [index, event] of events.entries()) {
      const at = stamp(1_000 * round + index, segment);
      const made = callLine(event, at);
      const room = Buffer.alloc(ROOM_BYTES + 7);
      const written = lines.write(event, at, room, 7);
      const text = written instanceof Sealed ? written.line : room.toString('utf8', 7, 7 + written.bytes);
      expect({ line: text, hash: written.hash }).toEqual({ line: made.line, hash: made.hash });
    }
}

const id = (digit: string): string => `${digit.repeat(8)}-aaaa-4bbb-8ccc-${digit.repeat(12)}`;

describe('a line put together from parts', () => {
  it('is the same as the long way for every event there is', () => {
    expectSame(CALL_EVENTS);
  });

  it('is the same for calls that differ in what a template has slots for', () => {
    expectSame([
      intent(id('1')),
      { ...intent(id('2')), args: [] } as CallEvent,
      { ...intent(id('3')), quota: [] } as CallEvent,
      { ...intent(id('4')), args: [{ name: null, type: 'null', length: '<8' }, ...args], argsMore: 0 } as CallEvent,
      outcome(id('1')),
      { ...outcome(id('2')), latencyMs: 0 } as CallEvent,
      { ...outcome(id('3')), latencyMs: Number.NaN } as CallEvent,
      { ...outcome(id('4')), latencyMs: 1e300 } as CallEvent,
      { ...outcome(id('5')), outcome: 'failed', code: 'unsent' } as CallEvent,
    ]);
  });

  it('is the same where names are hostile, long, or look like a slot', () => {
    const names = [
      'a"b',
      'é',
      '\u202e',
      'x'.repeat(300),
      '"args":[]',
      hex('0'),
      '8123476590137246',
      'c5b2f0'.repeat(10) + 'fa9d',
    ];
    expectSame(
      names.flatMap((name) => [
        { ...intent(id('1')), args: [{ name, type: 'string', length: '<8' }] } as CallEvent,
        { ...intent(id('2')), rule: name, session: { ...session, principal: name } } as CallEvent,
        { ...outcome(id('3')), pointer: name } as CallEvent,
        { ...intent(name), args: [] } as CallEvent,
      ]),
    );
  });

  it('is the same where the arguments do not fit', () => {
    const many = Array.from({ length: 64 }, (_, n) => ({ name: `argument_${n}_${'n'.repeat(60)}`, type: 'string', length: '<8', hmac: '202611:AAAAAAAAAAAAAAAAAAAAAA' })); // prettier-ignore
    for (const count of [10, 25, 26, 27, 28, 30, 64])
      expectSame([{ ...frame(id('1')), kind: 'intent', decision: 'allow', args: many.slice(0, count) } as CallEvent]);
  });
});
