import { beforeAll, describe, expect, it } from 'vitest';
import { ALL_HOSTILE, hostileString, numbers } from './fixtures/hostile.ts';
import { NOON, request, snapshot } from './fixtures/requests.ts';
import { bundleShow, Keys, Pty } from './pty.ts';
import type { PtyOptions } from './pty.ts';

const DAY_MS = 86_400_000;
let program = '';
beforeAll(async () => {
  program = await bundleShow();
});

async function started(options: PtyOptions = {}): Promise<Pty> {
  const pty = new Pty(program, options);
  expect(await pty.asked()).toEqual(['subscribed']);
  return pty;
}

const LONG = request('apr_long', { args: Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`field_${n}`, n])) });

describe('in a terminal', () => {
  it('lists, opens, and lets a request be approved only at its end, with the amount and the passphrase typed', async () => {
    await using pty = await started({ show: { typeAbove: { USD: '100' } } });
    pty.feed(snapshot([LONG, request('apr_2', { createdMs: NOON })]));
    await pty.shows('Queue (2)');
    pty.type(Keys.enter);
    await pty.shows('REQUEST apr_long');
    pty.type('a');
    await pty.shows(/cannot approve: (?:the request was only just opened|\d+ lines were not on the screen)/);
    while (!pty.text().includes(': all read')) {
      const before = pty.lines()[11];
      pty.type(' ');
      await pty.until((lines) => lines[11] !== before);
    }
    await pty.shows('all of it was on the screen: a approves');
    pty.type('a');
    await pty.shows('To approve, type the amount: 500.00 USD');
    pty.type(`50${Keys.enter}`);
    await pty.shows('that is not the amount, exactly');
    pty.type(`500.00${Keys.enter}`);
    await pty.shows('Passphrase of your key, to approve 500.00 USD');
    pty.type('pass wörd');
    await pty.shows('> *********');
    pty.type(Keys.enter);
    expect(await pty.asked()).toEqual(['approve', 'apr_long', LONG.hash, 'pass wörd']);
    expect(pty.raw).not.toContain('wörd');
    pty.answer({ ok: true, words: 'approved; the agent may fetch it' });
    await pty.shows('approved; the agent may fetch it');
    pty.type('q');
    expect(await pty.exit).toBe(0);
    expect(pty.isAlternate).toBe(false);
  });

  it('rejects, and says what went wrong', async () => {
    await using pty = await started({ show: { passphrase: 'never' } });
    pty.feed(snapshot([request('apr_1')]));
    await pty.shows('apr_1');
    pty.type(Keys.enter);
    await pty.shows('REQUEST apr_1');
    await pty.shows('a approves, r rejects');
    pty.type('r');
    await pty.shows('Type yes to reject 500.00 USD');
    pty.type(`yes${Keys.enter}`);
    expect(await pty.asked()).toEqual(['reject', 'apr_1', request('apr_1').hash, null]);
    pty.answer({ ok: false, words: 'the store cannot be reached\u001b[2J' });
    await pty.shows('the store cannot be reached\\u{1b}[2J');
  });

  it('freezes', async () => {
    await using pty = await started();
    pty.feed(snapshot([]));
    await pty.shows('nothing waits');
    pty.type('F');
    await pty.shows('Stop ALL calls of EVERY grant?');
    pty.type(`freeze${Keys.enter}`);
    await pty.shows('Passphrase of your key, to stop ALL calls');
    pty.type(`secret words${Keys.enter}`);
    expect(await pty.asked()).toEqual(['freeze', 'secret words']);
  });

  it('says what it needs at 60x20, and shows the request again at the size it had', async () => {
    await using pty = await started({ columns: 100, rows: 30 });
    pty.feed(snapshot([LONG]));
    await pty.shows('apr_long');
    pty.type(Keys.enter);
    await pty.shows('REQUEST apr_long');
    await pty.shows(/approve is off: \d+ lines/);
    const before = pty.lines();
    pty.resize(60, 20);
    await pty.shows('it has 60x20, a request needs 80x24');
    expect(pty.text()).not.toContain('AMOUNT');
    pty.type('a');
    await pty.shows('cannot approve: needs a terminal of 80x24');
    pty.resize(20, 1);
    await pty.until((lines) => lines.length === 1 && lines[0] === 'This terminal is to…');
    pty.resize(100, 30);
    await pty.shows('REQUEST apr_long');
    await pty.until((lines) => lines.at(-1) === before.at(-1));
    expect(pty.lines().slice(9, 27)).toEqual(before.slice(9, 27));
  });

  it('has no colour with NO_COLOR, and colours without', async () => {
    for (const [env, colours] of [
      [{ NO_COLOR: '1' }, false],
      [{}, true],
    ] as const) {
      await using pty = await started({ env });
      pty.feed(snapshot([LONG]));
      await pty.shows('apr_long');

      expect(/\u001b\[(?:[0-9]+;)*[349][0-7]m/.test(pty.raw)).toBe(colours);
      expect(pty.raw).toContain('\u001b[1');
    }
  });

  it.each(['tmux-256color', 'xterm-kitty', 'screen-256color', 'alacritty', 'linux', 'nonsense'])(
    'draws its boxes in UTF-8 with TERM=%s and no LANG',
    async (TERM) => {
      await using pty = await started({ env: { TERM } });
      pty.feed(snapshot([request('apr_1', { shown: { recipient: '株式会社 é €' } })]));
      await pty.shows('株式会社');
      pty.type(Keys.enter);
      await pty.shows('PAYEE      "株式会社 é €"');
      await pty.shows('┌ claimed by the agent: reason ───');
    },
  );

  it.each(['dumb', 'unknown'])('refuses TERM=%j with a hint', async (TERM) => {
    await using pty = new Pty(program, { env: { TERM } });
    expect(await pty.exit).toBe(3);
    expect(pty.raw).toBe(
      'dumb_terminal: this terminal cannot place text on the screen\r\n' +
        '  hint: set TERM to what the terminal is, for example `xterm-256color`, or use `countersign approvals list`\r\n',
    );
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('gives the terminal back on %s', async (signal) => {
    await using pty = await started();
    pty.feed(snapshot([LONG]));
    await pty.shows('apr_long');
    expect(pty.isAlternate).toBe(true);
    process.kill(pty.pid, signal);
    expect(await pty.exit).toBe(-{ SIGTERM: 15, SIGHUP: 1, SIGINT: 2 }[signal]);
    expectGivenBack(pty);
  });

  it('gives the terminal back when something else fails, and hides nothing of it', async () => {
    await using pty = await started({ show: { fails: true } });
    pty.feed(snapshot([LONG]));
    expect(await pty.exit).toBe(1);
    expectGivenBack(pty);
    expect(pty.raw).toContain('something else in this process failed');
  });

  it('rings for a new request if it was asked to', async () => {
    await using pty = await started({ show: { bell: true } });
    pty.feed(snapshot([request('apr_1')]));
    await pty.shows('Queue (1)');
    expect(pty.raw).not.toContain('\u0007');
    pty.feed(snapshot([request('apr_1'), request('apr_2')]));
    await pty.shows('Queue (2)');
    await pty.until(() => pty.raw.includes('\u0007'));
  });

  it('takes the mouse', async () => {
    await using pty = await started();
    pty.feed(snapshot([request('apr_1', { createdMs: NOON - 9 }), request('apr_2', { createdMs: NOON - 8 })]));
    await pty.shows('── apr_1 ');
    pty.type('\u001b[<0;5;5M\u001b[<0;5;5m');
    await pty.shows('── apr_2 ');
  });
});

function expectGivenBack(pty: Pty): void {
  const last = (on: string, off: string): void =>
    expect(pty.raw.lastIndexOf(off)).toBeGreaterThan(pty.raw.lastIndexOf(on));
  last('\u001b[?1049h', '\u001b[?1049l');
  last('\u001b[?25l', '\u001b[?25h');
  for (const mode of [1000, 1002, 1003, 1006])
    if (pty.raw.includes(`\u001b[?${mode}h`)) last(`\u001b[?${mode}h`, `\u001b[?${mode}l`);
}

describe('hostile text', () => {
  const HEADER: readonly [number, number] = [1, 11];
  const next = numbers(11);
  const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');
  const attacks = [...ALL_HOSTILE, ...Array.from({ length: 160 }, () => hostileString(next))].map(wellFormed);
  const hostile = (index: number, part: Parameters<typeof request>[1]): ReturnType<typeof request> => ({
    ...request(`apr_${String(index).padStart(4, '0')}`, { expiresMs: NOON + 9 * DAY_MS + 60_000, ...part }),
    createdMs: NOON - 10_000 + index,
    hash: '0'.repeat(64),
  });

  it('leaves the fixed lines as they are, byte for byte, and sends the terminal nothing of its own', async () => {
    await using pty = await started({ columns: 100, rows: 30 });
    const requests = attacks.map((text, index) =>
      hostile(index, { shown: { reason: text }, args: { [text]: text, list: [text, { [text]: text }] } }),
    );
    pty.feed(snapshot([hostile(9_999, {}), ...requests]));
    await pty.shows('Queue (');
    const expected = await headerOf(pty, 'apr_0000');
    for (let index = 1; index < attacks.length; index += 1) {
      pty.type(Keys.escape);
      await pty.shows('requests that wait');
      pty.type(Keys.down);
      const id = `apr_${String(index).padStart(4, '0')}`;
      await pty.shows(`── ${id} `);
      expect(await headerOf(pty, id), JSON.stringify(attacks[index])).toEqual(expected);
    }
    expectOnlyOwnSequences(pty.raw);
  }, 120_000);

  it('stays within the line of a payee, a tool, a grant and a notice', async () => {
    await using pty = await started();
    const requests = ALL_HOSTILE.map(wellFormed).map((text, index) =>
      hostile(index, { shown: { recipient: text }, tool: `s/${text}`, grant: text, content: { principal: text } }),
    );
    pty.feed({
      ...snapshot(requests),
      feed: requests.map(({ tool, grant }) => ({ atMs: NOON, kind: tool, verdict: grant, grant, tool, rule: tool })),
      upstreams: requests.map(({ tool }) => ({ name: tool, state: tool, tools: 1, lastError: tool })),
    });
    await pty.shows('Queue (');
    for (const index of requests.keys()) {
      const id = `apr_${String(index).padStart(4, '0')}`;
      await pty.shows(`── ${id} `);
      const lines = await headerOf(pty, id);
      expect(lines.map((line) => line.slice(1, 11).trim())).toEqual([
        ...['AMOUNT', 'CURRENCY', 'PAYEE', 'TOOL', 'GRANT', 'RULE', 'EXPIRES', 'HASH', 'REPEAT OF', 'SIGNED'],
      ]);
      pty.type(Keys.escape);
      await pty.shows('requests that wait');
      pty.type(Keys.down);
    }
    pty.type('2');
    await pty.shows('what happens');
    pty.type('3');
    await pty.shows('the servers');
    expectOnlyOwnSequences(pty.raw);
  }, 60_000);

  it('cannot push the amount away with 5 MB, nor with 10,000 arguments', async () => {
    await using pty = await started();
    const filler = '\u001b[2J amount: 1.00 USD APPROVED\n'.repeat(Math.ceil(5_000_000 / 31));
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`amount${n}`, '1.00 USD']));
    pty.feed(snapshot([hostile(0, {}), hostile(1, { args: { filler } }), hostile(2, { args: many })]));
    await pty.shows('Queue (3)');
    const expected = await headerOf(pty, 'apr_0000');
    for (const id of ['apr_0001', 'apr_0002']) {
      pty.type(Keys.escape);
      await pty.shows('requests that wait');
      pty.type(Keys.down);
      await pty.shows(`── ${id} `);
      expect(await headerOf(pty, id)).toEqual(expected);
      await pty.shows(/approve is off: \d{4,} lines were not on the screen/);
      const before = pty.lines()[11];
      pty.type('G');
      await pty.until((lines) => lines[11] !== before);
      expect(pty.lines().slice(...HEADER)).toEqual(expected);
      await pty.shows(/approve is off: \d{4,} lines were not on the screen/);
    }
    expectOnlyOwnSequences(pty.raw);
  }, 60_000);

  async function headerOf(pty: Pty, id: string): Promise<string[]> {
    pty.type(Keys.enter);
    await pty.shows(`REQUEST ${id}`);
    await pty.until((lines) => lines[11]?.startsWith('── lines') === true);
    return pty.lines().slice(...HEADER);
  }
});

/** What blessed itself writes: to place, to style, to save and restore, to set and reset modes. */

const OWN_SEQUENCES = /\u001b\[[0-9;]*[HmCJKr]|\u001b\[\?[0-9;]+[hl]|\u001b[78=>]|\u001b\[>?[0-9;]*[a-z]/g;

/** The last bytes may be the beginning of a sequence whose end is still on its way. */
const UNFINISHED = /\u001b(?:\[[?>]?[0-9;]*)?$/;

function expectOnlyOwnSequences(raw: string): void {
  const rest = raw.replace(UNFINISHED, '').replace(OWN_SEQUENCES, '');
  expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u.exec(rest)?.[0]).toBeUndefined();
  const styles = new Set(raw.match(/\u001b\[[0-9;]*m/g));
  const ours = /^\u001b\[(?:|1|7|1;7|(?:1;)?(?:7;)?3[1-6])m$/;
  expect([...styles].filter((style) => !ours.test(style))).toEqual([]);
}
