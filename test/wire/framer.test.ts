import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineFramer } from '../../src/wire/index.ts';

type Seen = string | { head: string; totalBytes: number; tail: string };

function collect(maxLineBytes: number): { seen: Seen[]; framer: LineFramer } {
  const seen: Seen[] = [];
  const framer = new LineFramer(maxLineBytes, {
    line: (bytes) => seen.push(bytes.toString('latin1')),
    oversize: (head, totalBytes, tail) =>
      seen.push({ head: head.toString('latin1'), totalBytes, tail: tail.toString('latin1') }),
  });
  return { seen, framer };
}

function frame(maxLineBytes: number, chunks: readonly Buffer[]): Seen[] {
  const { seen, framer } = collect(maxLineBytes);
  for (const chunk of chunks) framer.push(chunk);
  framer.end();
  return seen;
}

describe('LineFramer', () => {
  it('splits at newlines and drops the carriage return before one', () => {
    expect(frame(100, [Buffer.from('{"a":1}\r\n{"b":2}\n')])).toEqual(['{"a":1}', '{"b":2}']);
  });

  it('skips blank lines', () => {
    expect(frame(100, [Buffer.from('\n\r\n  \t\na\n\n')])).toEqual(['a']);
  });

  it('delivers an unterminated last line at the end', () => {
    expect(frame(100, [Buffer.from('a\nb')])).toEqual(['a', 'b']);
  });

  it('delivers nothing at the end of a terminated line', () => {
    expect(frame(100, [Buffer.from('a\n')])).toEqual(['a']);
  });

  it('leaves a byte order mark in the first line', () => {
    expect(frame(100, [Buffer.from('\ufeff{}\n')])).toEqual(['\u00ef\u00bb\u00bf{}']);
  });

  it('hands on a line inside one chunk without copying it', () => {
    const chunk = Buffer.from('abc\ndef\n');
    const lines: Buffer[] = [];
    new LineFramer(100, { line: (bytes) => lines.push(bytes), oversize: () => undefined }).push(chunk);
    expect(lines.map((line) => line.buffer === chunk.buffer)).toEqual([true, true]);
  });

  describe('when a line is over the cap', () => {
    it('tells it once, with its ends and its length, and reads the next line', () => {
      const long = `${'x'.repeat(5_000)}y`;
      expect(frame(4_999, [Buffer.from(`${long}\nnext\n`)])).toEqual([
        { head: 'x'.repeat(4_096), totalBytes: 5_001, tail: `${'x'.repeat(1_023)}y` },
        'next',
      ]);
    });

    it('takes a line of exactly the cap', () => {
      expect(frame(3, [Buffer.from('abc\nabcd\n')])).toEqual(['abc', { head: 'abcd', totalBytes: 4, tail: 'abcd' }]);
    });

    it('tells an unterminated one at the end', () => {
      expect(frame(2, [Buffer.from('ab'), Buffer.from('cd')])).toEqual([{ head: 'abcd', totalBytes: 4, tail: 'abcd' }]);
    });
  });

  it('gives the same lines for every chunking', () => {
    const byte = fc.constantFrom('a', '{', '\r', '\n', ' ', '\u00e9');
    fc.assert(
      fc.property(
        fc.array(byte, { maxLength: 200 }),
        fc.array(fc.nat(20)),
        fc.integer({ min: 1, max: 30 }),
        (text, cuts, cap) => {
          const bytes = Buffer.from(text.join(''));
          const chunks: Buffer[] = [];
          let at = 0;
          for (const cut of cuts) {
            chunks.push(bytes.subarray(at, at + cut));
            at += cut;
          }
          chunks.push(bytes.subarray(at));
          const whole = frame(cap, [bytes]).map(withoutHead);
          expect(frame(cap, chunks).map(withoutHead)).toEqual(whole);
        },
      ),
    );
  });

  it('passes a line of 100 MB by in bounded memory, and in time linear in its size', () => {
    const chunk = Buffer.alloc(64 * 1024, 0x61);
    const time = (chunks: number, cap: number): number => {
      const { seen, framer } = collect(cap);
      const before = performance.now();
      for (let count = 0; count < chunks; count += 1) framer.push(chunk);
      framer.end();
      expect(seen).toHaveLength(1);
      return performance.now() - before;
    };
    const rss = process.memoryUsage().rss;
    const dropped = time(1_600, 1024 * 1024);
    expect(process.memoryUsage().rss - rss).toBeLessThan(64 * 1024 * 1024);
    expect(dropped).toBeLessThan(5_000);
    expect(time(1_600, 200 * 1024 * 1024)).toBeLessThan(5_000);
  });
});

/** A head is longer than the cap by whatever came in the same chunk, up to 4 KiB. */
function withoutHead(seen: Seen): unknown {
  return typeof seen === 'string' ? seen : { totalBytes: seen.totalBytes, tail: seen.tail };
}
