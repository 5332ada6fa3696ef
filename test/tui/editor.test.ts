import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EditorDesk, EditorSample, EditorView, FormValues } from '../../src/tui/index.ts';
import { EditorSession } from '../../src/tui/editor/session.ts';
import { initialState } from '../../src/tui/editor/state.ts';
import { editorScreen } from '../../src/tui/editor/view.ts';
import { cellsOf } from '../../src/tui/safe-text.ts';
import type { Screen } from '../../src/tui/spans.ts';

const SIZE = { columns: 80, rows: 24, color: true };
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '\u001b[2J\u001b[H',
    '\u009b31m',
    'a\rAPPROVED',
    '\u202eDEVORPPA',
    '\u200b\u200d',
    'é'.repeat(200),
    '\u0000',
  ),
  fc
    .array(fc.constantFrom('\u001b[', '\u0300', '漢', '\n', ' ', 'x'), { maxLength: 60 })
    .map((parts) => parts.join('')),
);
const sample = fc.record({
  words: hostile,
  decision: fc.constantFrom('allow', 'deny', 'approve'),
  rule: hostile,
  says: fc.array(hostile, { maxLength: 2 }),
});
const view: fc.Arbitrary<EditorView> = fc.record({
  policy: hostile,
  file: hostile,
  isChanged: fc.boolean(),
  canUndo: fc.boolean(),
  tools: fc.array(
    fc.record({
      tool: hostile,
      state: fc.constantFrom('allow', 'deny', 'hide', 'custom'),
      kinds: hostile,
      money: hostile,
      rules: fc.array(hostile, { maxLength: 2 }),
    }),
    { maxLength: 30 },
  ),
  rules: fc.array(fc.record({ id: hostile, effect: hostile, tools: hostile, words: hostile }), { maxLength: 30 }),
});

function checkScreen({ rows }: Screen, columns: number, count: number): void {
  expect(rows).toHaveLength(count);
  for (const row of rows) {
    const line = row.map(({ text }) => text).join('');
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/);
    expect(cellsOf(line)).toBeLessThanOrEqual(columns);
  }
}

describe('when the editor is drawn', () => {
  it('draws nothing that a terminal would obey, and no line that is too long, whatever names and arguments say', () => {
    fc.assert(
      fc.property(
        view,
        fc.array(sample, { maxLength: 12 }),
        hostile,
        fc.constantFrom<'tools' | 'rules'>('tools', 'rules'),
        fc.constantFrom('list', 'form', 'filter'),
        fc.nat(40),
        (shown, samples, entry, list, is, at) => {
          const form = {
            ...{ rule: entry, tool: entry, at: 0, fault: null, values: { id: entry, effect: entry } },
            fields: [
              { key: 'id', label: 'rule', hint: 'its name', choices: null },
              { key: 'effect', label: 'effect', hint: '', choices: [entry] },
            ],
          };
          const state = {
            ...initialState(shown, null),
            ...{ samples: samples as readonly EditorSample[], list, cursors: { tools: at, rules: at } },
            ...{
              form: is === 'form' ? form : null,
              filter: is === 'filter' ? entry : '',
              isFiltering: is === 'filter',
            },
          };
          checkScreen(editorScreen(state, SIZE), SIZE.columns, SIZE.rows);
          checkScreen(editorScreen(state, { columns: 200, rows: 60, color: false }), 200, 60);
          checkScreen(editorScreen(state, { columns: 30, rows: 8, color: true }), 30, 8);
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('says the keys, and without colours no colour', () => {
    const state = { ...initialState(EMPTY, null), help: true };
    const text = linesOf(editorScreen(state, SIZE)).join('\n');
    for (const words of ['allow, deny or hide', 'undo the last change', 'show which decisions change'])
      expect(text).toContain(words);
    const plain = editorScreen(initialState(EMPTY, 'it went wrong'), { ...SIZE, color: false });
    expect(plain.rows.flat().every(({ style }) => style.fg === undefined)).toBe(true);
    expect(linesOf(plain).join('\n')).toContain('it went wrong');
  });
});

const EMPTY: EditorView = { policy: 'p', file: 'p.json', isChanged: false, canUndo: false, tools: [], rules: [] };
const linesOf = ({ rows }: Screen): string[] => rows.map((row) => row.map(({ text }) => text).join(''));

class Desk implements EditorDesk {
  readonly asked: string[] = [];
  isChanged = false;
  isBroken = false;
  rules = ['r'];
  view(): EditorView {
    const tools = ['s/a', 's/b'].map((tool) => ({
      tool,
      state: 'allow' as const,
      kinds: 'read',
      money: '',
      rules: ['r'],
    }));
    const rules = this.rules.map((id) => ({ id, effect: 'allow', tools: '*', words: '' }));
    return { ...EMPTY, isChanged: this.isChanged, tools, rules };
  }
  samples(tool: string): Promise<readonly EditorSample[]> {
    if (this.isBroken) return Promise.reject(new Error('the engine is gone'));
    return Promise.resolve([{ words: `a call of ${tool}`, decision: 'allow', rule: 'r', says: [] }]);
  }
  setState(tool: string, state: string) {
    return this.#did(`${tool} ${state}`);
  }
  form = (): FormValues => ({ id: 'new', effect: 'deny' });
  fields = () => [
    { key: 'id', label: 'rule', hint: '', choices: null },
    { key: 'effect', label: 'effect', hint: '', choices: ['allow', 'deny'] },
  ];
  preview = () => Promise.resolve({ fault: null, samples: [] });
  apply(rule: string | null, values: FormValues) {
    return this.#did(`apply ${rule} ${values['id']} ${values['effect']}`);
  }
  remove(rule: string) {
    return this.#did(`remove ${rule}`);
  }
  move(rule: string, by: number) {
    const at = this.rules.indexOf(rule);
    if (this.rules.length > 1) this.rules = this.rules.toSpliced(at, 1).toSpliced(at + by, 0, rule);
    return this.#did(`move ${rule} ${by}`);
  }
  undo = () => ({ ok: true, words: 'undone' });
  diff = () => Promise.resolve(['one', 'two']);
  #did(words: string) {
    this.asked.push(words);
    this.isChanged = true;
    return Promise.resolve({ ok: true, words });
  }
}

/** Types keys, and answers what is on the screen once all of them are done. */
async function typed(desk: Desk, keys: readonly string[]) {
  let screen: Screen = { columns: 80, rows: [] };
  let ended: { error?: unknown } | null = null;
  const surface = { ...SIZE, draw: (drawn: Screen) => (screen = drawn), bell: () => undefined };
  const session = new EditorSession(desk, surface, null, (error) => (ended = { error }));
  session.start();
  for (const key of keys) session.key(key);
  await session.settled();
  return { lines: linesOf(screen), wantsToSave: session.wantsToSave, ended: ended as { error?: unknown } | null };
}

describe('when keys are pressed in the editor', () => {
  it('does them one after the other, however fast they come', async () => {
    const desk = new Desk();
    const { lines } = await typed(desk, ['d', 'j', 'x', 'k', 'a']);
    expect(desk.asked).toEqual(['s/a deny', 's/b hide', 's/a allow']);
    expect(lines.join('\n')).toContain('a call of s/a');
  });

  it('fills in a form, and drops it with escape', async () => {
    const desk = new Desk();
    await typed(desk, ['n', 'x', '<down>', '<right>', '<enter>']);
    expect(desk.asked).toEqual(['apply null newx allow']);
    const { lines } = await typed(desk, ['n', 'x', '<escape>']);
    expect(desk.asked).toHaveLength(1);
    expect(lines.join('\n')).toContain('nothing was changed');
  });

  it('removes a rule only after a yes, and moves it', async () => {
    const desk = new Desk();
    await typed(desk, ['<tab>', 'D', 'n', 'D', 'y', '+', '-']);
    expect(desk.asked).toEqual(['remove r', 'move r 1', 'move r -1']);
  });

  it('stays on the rule that it moves, also where a filter leaves others out', async () => {
    const desk = new Desk();
    desk.rules = ['m1', 'a', 'm2', 'b'];
    await typed(desk, ['<tab>', '/', 'm', '<enter>', '+', '+']);
    expect(desk.asked).toEqual(['move m1 1', 'move m1 1']);
  });

  it('saves after the changes were shown, and only with y', async () => {
    const desk = new Desk();
    expect((await typed(desk, ['s'])).lines.join('\n')).toContain('nothing was changed');
    expect((await typed(desk, ['d', 's', '<escape>', 'q', 'n'])).ended).toBeNull();
    const saved = await typed(desk, ['d', 's', 'y']);
    expect([saved.wantsToSave, saved.ended]).toEqual([true, { error: undefined }]);
    const left = await typed(desk, ['d', 'q', 'y']);
    expect([left.wantsToSave, left.ended]).toEqual([false, { error: undefined }]);
  });

  it('ends with the reason if whoever is behind it fails', async () => {
    const desk = new Desk();
    desk.isBroken = true;
    expect((await typed(desk, [])).ended).toEqual({ error: new Error('the engine is gone') });
  });
});
