import blessed from 'blessed';
import { describe, expect, it } from 'vitest';
import { characterOf } from '../../src/tui/characters.ts';
import { cellsOf, cut, fit, safeText } from '../../src/tui/safe-text.ts';
import { rowStarts } from '../../src/tui/wrap.ts';
import { ALL_HOSTILE, hostileString, numbers } from './fixtures/hostile.ts';

/** Controls, format and bidi characters, separators, surrogates, private use, unassigned: nothing of these may come out. */
const NEVER = /[\p{C}\p{Zl}\p{Zp}\u00a0\u2000-\u200a\u3000\ufe00-\ufe0f\u034f\u115f\u1160\u3164\uffa0]/u;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const FOREIGN_NUMBER = /(?![0-9])\p{N}/u;
const STACK = /\p{M}{3}/u;

function expectSafe(text: string): void {
  for (const never of [NEVER, RIGHT_TO_LEFT, FOREIGN_NUMBER, STACK, /\p{Extended_Pictographic}(?<![©®™])/u])
    expect(never.test(text), `${never.source} in ${JSON.stringify(text)}`).toBe(false);
}

/** What a reader of the escapes gets back. */
function unescaped(text: string): string {
  return text.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}

describe('the text of others', () => {
  it('is drawn as it is when it is plain', () => {
    for (const text of [
      '',
      'cus_9QzJ2',
      'Müller & Söhne GmbH',
      '株式会社サンプル',
      'Ромашка ООО',
      '12,50 €',
      'C:\\temp',
    ])
      expect(safeText(text).text, text).toBe(text);
  });

  it.each([
    ['\u001b[31mred', '\\u{1b}[31mred', ['control characters']],
    ['900\b\b\b100\r', '900\\u{8}\\u{8}\\u{8}100\\u{d}', ['control characters', 'line breaks']],
    ['\u202e00.005', '\\u{202e}00.005', ['right-to-left']],
    ['שלום', '\\u{5e9}\\u{5dc}\\u{5d5}\\u{5dd}', ['right-to-left']],
    ['a\u200bb\u{e0041}x\ufe0f', 'a\\u{200b}b\\u{e0041}x\\u{fe0f}', ['hidden characters']],
    ['e\u0301\u0301\u0301', 'e\u0301\u0301\\u{301}', ['stacked marks']],
    ['5\u0301', '5\\u{301}', ['stacked marks']],
    ['５00 ٥', '\\u{ff15}00 \\u{665}', ['look-alike digits', 'right-to-left']],
    ['З00.00', '\\u{417}00.00', ['look-alike digits']],
    ['5O0.00', '5O0.00', ['look-alike digits']],
    ['pi_3OxA7l00', 'pi_3OxA7l00', []],
    ['Аcme', '\\u{410}cme', ['look-alike letters']],
    ['РАУ', '\\u{420}\\u{410}\\u{423}', ['look-alike letters']],
    ['ООО Ромашка', 'ООО Ромашка', ['Cyrillic or Greek letters']],
    ['✅ ok', '\\u{2705} ok', ['symbols']],
    ['a   b ', 'a \\u{20}\\u{20}b\\u{20}', ['runs of spaces']],
    ['a\u00a0b', 'a\\u{a0}b', ['unusual spaces']],
    ['\ud800\ue000\u0378', '\\u{d800}\\u{e000}\\u{378}', ['unknown characters']],
    ['สวัสดี', '\\u{e2a}\\u{e27}\\u{e31}\\u{e2a}\\u{e14}\\u{e35}', ['letters not drawn here', 'stacked marks']],
    ['\\u{202e}', '\\u{5c}u{202e}', []],
    ['{bold}x{/bold}', '{bold}x{/bold}', []],
  ])('%j is shown as %j', (text, shown, warnings) => {
    expect(safeText(text)).toEqual({ text: shown, warnings });
  });

  it('cannot end the quotation marks that it stands in', () => {
    expect(safeText('ok" (checked)', true).text).toBe('ok\\u{22} (checked)');
  });

  it('never lets a control or a direction out, in 120,000 hostile strings, and each can be read back', () => {
    const next = numbers(20_261_127);
    for (let count = 0; count < 120_000; count += 1) {
      const text = hostileString(next);
      const safe = safeText(text, count % 2 === 0).text;
      if (NEVER.test(safe) || FOREIGN_NUMBER.test(safe) || STACK.test(safe)) expectSafe(safe);
      if (unescaped(safe) !== text) expect(unescaped(safe)).toBe(text);
    }
  });

  it('escapes what every class of attack needs', () => {
    for (const text of ALL_HOSTILE) expectSafe(safeText(text).text);
  });

  it('draws no character of another width than blessed thinks', () => {
    const unicode = (blessed as unknown as { readonly unicode: { charWidth(text: string): number } }).unicode;
    const wrong: string[] = [];
    for (let codePoint = 0x20; codePoint < 0x30000; codePoint += 1) {
      const character = characterOf(codePoint);
      const text = String.fromCodePoint(codePoint);
      if (character.is === 'drawn' && unicode.charWidth(text) !== character.cells) wrong.push(codePoint.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['letters', 'a'],
    ['escapes', '\u001b'],
    ['spaces', ' '],
    ['marks', 'e\u0301\u0301\u0301'],
    ['figures', '1,O'],
    ['foreign words', 'Аcme'],
    ['halves', '\udc00'],
  ])('takes 5 MB of %s in its stride', (_, unit) => {
    const text = unit.repeat(Math.ceil(5_000_000 / unit.length));
    const before = performance.now();
    const safe = safeText(text).text;
    const starts = rowStarts(safe, 76);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(safe.replace(/\\u\{[0-9a-f]+\}/g, '?').length).toBe(text.length);
    expect(starts.length).toBeGreaterThan(1);
  });
});

describe('rows of a text', () => {
  it('hold all of it, none wider than asked, and no escape in two', () => {
    const next = numbers(7);
    for (let count = 0; count < 3_000; count += 1) {
      const text = safeText(hostileString(next) + hostileString(next)).text;
      const width = 12 + next(40);
      const starts = rowStarts(text, width);
      const rows = starts.map((start, index) => text.slice(start, starts[index + 1]));
      expect(rows.join('')).toBe(text);
      for (const row of rows) {
        expect(cellsOf(row)).toBeLessThanOrEqual(width);
        expect(row).not.toMatch(/\\u\{[0-9a-f]*$|^[0-9a-f]*\}(?!.*\{)$|^\p{M}/u);
      }
    }
  });

  it('are cut and filled by cells, not by characters', () => {
    expect(cut('日本語', 5)).toBe('日本…');
    expect(cut('日本語', 4)).toBe('日…');
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abc', 0)).toBe('');
    expect(fit('日', 4)).toBe('日  ');
    expect(fit('9', 4, 'right')).toBe('   9');
  });
});
