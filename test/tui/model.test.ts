import { describe, expect, it } from 'vitest';
import type { ModelOptions } from '../../src/tui/state.ts';
import { NOTHING_SEEN, unseenRows, withSeen } from '../../src/tui/seen.ts';
import { visibleRequests } from '../../src/tui/queue.ts';
import { numbers } from './fixtures/hostile.ts';
import { EACH, fed, happen, later, picture, press, shown, typed } from './fixtures/play.ts';
import { NOON, request, snapshot } from './fixtures/requests.ts';

const LONG = request('apr_long', { args: Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`field_${n}`, n])) });
const NEVER: ModelOptions = { passphrase: 'never', typeAbove: null };
const opened = (model: ReturnType<typeof shown>): typeof model => later(press(model, '<enter>'), 1_000);
const readAll = (model: ReturnType<typeof shown>): typeof model => press(model, ...Array<string>(12).fill(' '));

describe('the queue', () => {
  const [a, b, c] = [1, 2, 3].map((n) => request(`apr_${n}`, { createdMs: NOON - 10_000 + n })) as [
    ReturnType<typeof request>,
    ReturnType<typeof request>,
    ReturnType<typeof request>,
  ];

  it('selects the oldest at first, and keeps its order by age however the desk lists them', () => {
    const model = shown([c, a, b]);
    expect(visibleRequests(model).map(({ id }) => id)).toEqual(['apr_1', 'apr_2', 'apr_3']);
    expect(model.selected).toBe('apr_1');
  });

  it('keeps the selection on its request when others go and come', () => {
    const model = press(shown([a, b, c]), '<down>');
    expect(fed(model, snapshot([b, c])).selected).toBe('apr_2');
    const flood = Array.from({ length: 1_000 }, (_, n) => request(`apr_z${n}`, { createdMs: NOON + n, content: null }));
    expect(fed(model, snapshot([...flood, b])).selected).toBe('apr_2');
  });

  it('gives the focus to nobody for a second when the selected request goes', () => {
    const model = later(press(shown([a, b, c]), '<down>'), 5_000);
    const gone = fed(model, snapshot([a, c]));
    expect(gone.selected).toBeNull();
    expect(press(gone, '<enter>').open).toBeNull();
    expect(later(gone, 999).selected).toBeNull();
    expect(later(gone, 1_000).selected).toBe('apr_3');
  });

  it('does not take a click while its lines move', () => {
    const model = later(shown([a, b, c]), 5_000);
    const moved = fed(model, snapshot([b, c]));
    expect(happen(moved, { is: 'click', row: 4 }).selected).toBe(moved.selected);
    expect(happen(later(moved, 1_000), { is: 'click', row: 4 }).selected).toBe('apr_3');
  });

  it('is filtered by what is typed, sorted, and shows what has ended when asked', () => {
    const other = request('apr_4', { grant: 'a-grant', expiresMs: NOON + 1, shown: { recipient: 'Zed' } });
    const ended = request('apr_5', { state: 'rejected', content: null });
    const model = shown([a, b, other, ended]);
    expect(visibleRequests(typed(press(model, '/'), 'zED')).map(({ id }) => id)).toEqual(['apr_4']);
    expect(visibleRequests(press(model, 's')).map(({ id }) => id)).toEqual(['apr_4', 'apr_1', 'apr_2']);
    expect(visibleRequests(press(model, 's', 's')).map(({ id }) => id)).toEqual(['apr_4', 'apr_1', 'apr_2']);
    expect(visibleRequests(press(model, 'e')).map(({ id }) => id)).toContain('apr_5');
  });

  it('forgets a filter on escape, and keeps it on enter', () => {
    const filtered = typed(press(shown([a, b]), '/'), 'apr_2');
    expect(visibleRequests(press(filtered, '<enter>'))).toHaveLength(1);
    expect(visibleRequests(press(filtered, '<escape>'))).toHaveLength(2);
  });

  it('counts what came while the screen ran, once', () => {
    const model = shown([a]);
    expect(model.arrivals).toBe(0);
    const after = fed(model, snapshot([a, b]));
    expect(after.arrivals).toBe(1);
    expect(fed(after, snapshot([a, b])).arrivals).toBe(1);
  });
});

describe('approving', () => {
  it('is off until every line was on the screen', () => {
    let model = opened(shown([LONG], { options: NEVER }));
    for (let page = 0; page < 20 && model.prompt === null; page += 1) {
      model = press(model, 'a');
      if (model.prompt === null) {
        expect(model.notice?.words).toMatch(/^cannot approve: \d+ lines? w/);
        model = press(model, ' ');
      }
    }
    expect(model.prompt).toEqual({ asks: 'yes', verdict: 'approve', entry: '' });
  });

  it('stays off when somebody jumps to the end', () => {
    expect(press(opened(shown([LONG])), 'G', 'a').notice?.words).toMatch(/not on the screen yet/);
  });

  it('is off again at another width, and not at another height', () => {
    const read = readAll(opened(shown([LONG], { columns: 100, rows: 30 })));
    expect(press(read, 'a').prompt).not.toBeNull();
    const wider = happen(read, { is: 'resize', columns: 101, rows: 30 });
    expect(press(wider, 'a').prompt).toBeNull();
    const lower = happen(read, { is: 'resize', columns: 100, rows: 24 });
    expect(press(lower, 'a').prompt).not.toBeNull();
  });

  it('is off in a terminal that is too small, and what was asked is dropped', () => {
    const asking = press(readAll(opened(shown([LONG]))), 'a');
    const small = happen(asking, { is: 'resize', columns: 60, rows: 20 });
    expect(small.prompt).toBeNull();
    expect(small.notice?.words).toBe('cannot approve: the terminal became too small');
    expect(press(small, 'a').prompt).toBeNull();
    const back = happen(small, { is: 'resize', columns: 80, rows: 24 });
    expect(press(back, 'a').prompt).not.toBeNull();
  });

  it('counts no line as seen behind the help', () => {
    const model = press(opened(shown([LONG])), '?');
    expect(model.seen.get(LONG.hash)).toEqual(press(model, 'x').seen.get(LONG.hash));
  });

  it('waits a second after the request was opened', () => {
    const model = press(shown([request('apr_1')]), '<enter>');
    expect(press(model, 'a').notice?.words).toBe('cannot approve: the request was only just opened; look at it first');
    expect(press(later(model, 1_000), 'a').prompt).not.toBeNull();
  });

  it.each([
    ['gone', [], 'the request is gone from the queue'],
    ['ended', [request('apr_1', { state: 'claimed' })], 'the request does not wait any more'],
    [
      'another under the same id',
      [{ ...request('apr_1'), hash: 'f'.repeat(64) }],
      'the request is gone from the queue',
    ],
  ])('is off when the request is %s', (_, next, words) => {
    const model = fed(opened(shown([request('apr_1')])), snapshot(next));
    expect(press(model, 'a').notice?.words).toBe(`cannot approve: ${words}`);
  });

  it('is off when the desk says other things under the same hash', () => {
    const one = request('apr_1');
    const other = { ...one, content: { ...one.content!, arguments: '{"amount":1}' } };
    const model = fed(opened(shown([one])), snapshot([other]));
    expect(press(model, 'a').notice?.words).toMatch(/^cannot approve: the request is not what was opened/);
    expect(picture(model).join('\n')).toContain('50000');
  });

  it('is off when the time is over by the desk’s clock', () => {
    const model = opened(shown([request('apr_1', { expiresMs: NOON + 1_500 })]));
    expect(press(model, 'a').prompt).not.toBeNull();
    expect(press(later(model, 500), 'a').notice?.words).toBe('cannot approve: the request has expired');
  });

  it.each([
    ['{"amount":1,"amount":500}', 'its arguments cannot be shown (the key `amount` stands twice in one object)'],
    ['{"b":1,"a":2}', 'its arguments cannot be shown (not in canonical form)'],
    ['{"amount":', 'its arguments cannot be shown (unexpected end at character 11)'],
    ['[1]', 'its arguments cannot be shown (not an object)'],
  ])('is off for arguments of two readings: %s', (argumentText, words) => {
    const model = opened(shown([request('apr_1', { argumentText })]));
    expect(press(model, 'a').notice?.words).toBe(`cannot approve: ${words}`);
    expect(press(model, 'r').prompt).not.toBeNull();
  });

  it('asks for the passphrase and hands it over with the hash that was read', () => {
    const one = request('apr_1');
    const asked = press(opened(shown([one])), 'a');
    expect(asked.prompt).toEqual({ asks: 'passphrase', verdict: 'approve', entry: '' });
    expect(press(asked, '<enter>').prompt).not.toBeNull();
    const sent = press(typed(asked, 'hunter 2é'), '<backspace>', 'e', '<enter>');
    expect(sent.errand).toEqual({ serial: 1, is: 'approve', id: 'apr_1', hash: one.hash, passphrase: 'hunter 2e' });
    expect(press(sent, 'a').notice?.words).toBe('cannot approve: wait for the answer to what was asked before');
    const done = happen(sent, { is: 'outcome', serial: 1, ok: true, words: 'approved\u001b[2J' });
    expect([done.errand, done.notice]).toEqual([null, { tone: 'good', words: 'approved\\u{1b}[2J' }]);
  });

  it('never draws the passphrase', () => {
    const asked = typed(press(opened(shown([request('apr_1')])), 'a'), 'hunter2');
    expect(picture(asked).join('\n')).not.toContain('hunter2');
    expect(picture(asked).at(-2)).toBe(' > *******');
  });

  it('asks once if the operator chose so, and again when he locks', () => {
    const options: ModelOptions = { passphrase: 'once', typeAbove: null };
    const sent = press(typed(press(opened(shown([request('apr_1')], { options })), 'a'), 'pw'), '<enter>');
    const wrong = happen(sent, { is: 'outcome', serial: 1, ok: false, words: 'wrong passphrase' });
    expect(wrong.isUnlocked).toBe(false);
    const right = happen(sent, { is: 'outcome', serial: 1, ok: true, words: 'approved' });
    expect(press(right, 'a').prompt?.asks).toBe('yes');
    expect(press(right, 'L', 'a').prompt?.asks).toBe('passphrase');
  });

  it.each([
    ['500.00 USD', 'USD', null],
    ['500.01 USD', 'USD', '500.01 USD'],
    ['0.01 EUR', 'EUR', '0.01 EUR'],
    [null, null, 'UNKNOWN'],
  ])('has %s typed above the line of 500 USD', (amount, currency, toType) => {
    const options: ModelOptions = { passphrase: 'never', typeAbove: new Map([['USD', 50_000n]]) };
    const asked = press(opened(shown([request('apr_1', { shown: { amount, currency } })], { options })), 'a');
    if (toType === null) {
      expect(asked.prompt?.asks).toBe('yes');
      return;
    }
    expect(asked.prompt?.asks).toBe('amount');
    const wrong = press(typed(asked, '50'), '<enter>');
    expect([wrong.errand, wrong.notice?.words]).toEqual([null, 'that is not the amount, exactly; type it again']);
    expect(press(typed(wrong, toType), '<enter>').errand).toMatchObject({ is: 'approve', passphrase: null });
  });

  it('does nothing on escape', () => {
    const asked = press(opened(shown([request('apr_1')])), 'a');
    expect(press(typed(asked, 'pw'), '<escape>')).toMatchObject({ prompt: null, errand: null });
  });
});

describe('the other verdict, and the stop', () => {
  it('rejects without reading to the end', () => {
    const asked = press(opened(shown([LONG], { options: NEVER })), 'r');
    expect(press(typed(asked, 'no'), '<enter>').errand).toBeNull();
    expect(press(typed(asked, 'yes'), '<enter>').errand).toMatchObject({ is: 'reject', id: 'apr_long' });
  });

  it('freezes from everywhere once the word is typed', () => {
    for (const model of [shown([]), press(shown([]), '4'), opened(shown([LONG]))]) {
      expect(press(typed(press(model, 'F'), 'freez'), '<enter>').errand).toBeNull();
      const asked = press(typed(press(model, 'F'), 'freeze'), '<enter>');
      expect([asked.errand, asked.prompt?.asks]).toEqual([null, 'freeze-passphrase']);
      expect(press(asked, '<enter>').errand).toBeNull();
      const freezing = press(typed(asked, 'secret'), '<enter>');
      expect(freezing.errand).toEqual({ serial: 1, is: 'freeze', passphrase: 'secret' });
      expect(JSON.stringify(picture(typed(asked, 'secret')))).not.toContain('secret');
    }
  });

  it('freezes at once where the key asks for itself', () => {
    const asked = press(typed(press(shown([], { options: NEVER }), 'F'), 'freeze'), '<enter>');
    expect(asked.errand).toEqual({ serial: 1, is: 'freeze', passphrase: null });
  });

  it('leaves on q, but not while something is typed', () => {
    expect(press(shown([]), 'q').isDone).toBe(true);
    expect(press(shown([]), 'F', 'q').isDone).toBe(false);
    expect(press(shown([]), 'F', '<ctrl-c>').isDone).toBe(true);
  });

  it('finds text in a request, and goes on to the next place', () => {
    const found = press(typed(press(opened(shown([LONG])), '/'), 'FIELD_5'), '<enter>');
    const first = found.open?.top;
    expect(picture(found)[12]).toMatch(/field_5:/);
    expect(press(found, 'n').open?.top).not.toBe(first);
    expect(press(typed(press(found, '/', '<ctrl-u>'), 'nowhere'), '<enter>').notice?.words).toBe('not found');
  });
});

describe('what was seen', () => {
  it('is the same as a set of rows', () => {
    const next = numbers(3);
    let seen = NOTHING_SEEN;
    const rows = new Set<number>();
    for (let step = 0; step < 2_000; step += 1) {
      if (next(100) === 0) {
        seen = NOTHING_SEEN;
        rows.clear();
      }
      const [from, length] = [next(300), next(9)];
      seen = withSeen(seen, 80, from, from + length);
      for (let row = from; row < from + length; row += 1) rows.add(row);
      expect(unseenRows(seen, 80, 300)).toBe(300 - [...rows].filter((row) => row < 300).length);
    }
    expect(unseenRows(seen, 81, 300)).toBe(300);
  });
});

it('starts with what an operator chose', () => {
  expect(shown([]).options).toBe(EACH);
});
