import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const CORE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'src', 'core');
const FILES = readdirSync(CORE).filter((name) => name.endsWith('.ts'));

/** The lines of a file that run, with their texts taken out. */
function linesOf(file: string): readonly string[] {
  const source = readFileSync(join(CORE, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  return source.split('\n').map((line) => line.trim());
}

/** Whatever makes a double of something, or computes with one. */
const FLOATING =
  /\bNumber\b|\bparseFloat\b|\bparseInt\b|\bFloat(32|64)Array\b|toFixed|toPrecision|NumberFormat|\bMath\.|\b\d+\.\d|\bDate\.parse\b/;

/** Where that is right, and why no amount is near. */
const ALLOWED: readonly (readonly [file: string, code: string, why: string])[] = [
  ['amount-text.ts', '`12.50`', 'words for a person'],
  ['approval.ts', 'Math.min(...needs.map(', 'the life of an approval request in milliseconds'],
  ['approval.ts', 'Math.max(count, other?.count ?? 0)', 'how many persons sign'],
  ['canonical.ts', 'Number.isSafeInteger(value)', 'plain data; anything but an integer is refused'],
  ['canonical.ts', 'Number(written)', 'the text it gives is taken only if it says exactly what was written'],
  ['clock.ts', 'Math.abs(timeMs) <= 8.64e15', 'an instant'],
  ['clock.ts', 'Math.floor(timeMs / 1000) * 1000', 'an instant'],
  ['clock.ts', "Number(part('hour'))", 'an hour of the day'],
  ['clock.ts', 'Date.parse(', 'an instant'],
  ['currencies.ts', 'Number.isInteger(exponent)', 'how many decimals a currency has'],
  ['decimal.ts', "Number(match[3] ?? '0')", 'the exponent of a number; its digits go into a bigint'],
  ['decimal.ts', 'Math.abs(exponent) > MAX_EXPONENT', 'the exponent of a number'],
  ['decimal.ts', 'Math.min(left.exponent, right.exponent)', 'the exponent of a number'],
  ['json.ts', 'Number.isFinite(value)', 'plain data of the configuration, which keeps its shortest text'],
  ['money.ts', 'BigInt(Math.max(from - to, 0))', 'the difference of two numbers of decimals'],
  ['money.ts', 'BigInt(Math.max(to - from, 0))', 'the difference of two numbers of decimals'],
  ['path.ts', 'Number(index[1])', 'the index of an array'],
  ['token.ts', 'Number(rest % 62n)', 'one of 62 characters'],
  ['windows.ts', 'Number.isSafeInteger(timeMs)', 'an instant'],
  ['windows.ts', 'Math.max(fromMs, wallMs - held)', 'an instant'],
  ['windows.ts', 'Math.floor((below + at) / 2)', 'an instant'],
];

describe('when the engine holds an amount', () => {
  it('is never in a double: nothing makes or rounds one but what is listed here with its reason', () => {
    const found = FILES.flatMap((file) =>
      linesOf(file).flatMap((line) => (FLOATING.test(line) ? [{ file, line }] : [])),
    );
    const excused = ({ file, line }: { file: string; line: string }): boolean =>
      ALLOWED.some(([where, code]) => where === file && FLOATING.test(code) && !FLOATING.test(line.replace(code, '')));
    expect(found.filter((each) => !excused(each))).toEqual([]);
  });

  it('has no reason left over', () => {
    const unused = ALLOWED.filter(([file, code]) => !linesOf(file).some((line) => line.includes(code)));
    expect(unused).toEqual([]);
  });

  it('never gives an amount the type of a double', () => {
    const AMOUNTS = /\b(amount\w*|minor\w*|units|cap|caps|total|sum|product|divisor)\??: (readonly )?number\b/;
    expect(FILES.flatMap((file) => linesOf(file).filter((line) => AMOUNTS.test(line)))).toEqual([]);
  });
});
