import { describe, expect, it } from 'vitest';
import { cellRows } from '../../src/tui/screen.ts';
import { render } from '../../src/tui/view.ts';
import { ALL_HOSTILE } from './fixtures/hostile.ts';
import { fed, happen, later, picture, press, shown, typed } from './fixtures/play.ts';
import { everyday, NOON, request } from './fixtures/requests.ts';

const day = everyday(NOON);
const at = (columns: number, rows: number): ReturnType<typeof shown> => fed(shown([], { columns, rows }), day);
const text = (...given: Parameters<typeof picture>): string => `\n${picture(...given).join('\n')}\n`;

describe('the screen', () => {
  it('lists what waits', () => {
    expect(text(at(100, 30))).toMatchInlineSnapshot(`
      "
       Countersign   1 Queue (4)  2 Feed  3 Servers  4 Quotas  5 Grants                      14:00:00 UTC
       requests that wait for a person, oldest first   1 grant FROZEN
        WAITED LEFT                   AMOUNT KEY  PAYEE       TOOL                GRANT        STATE
      > 3m     11m 40s            500.00 USD LIVE cus_9QzJ2   stripe/create_refu… support-age… waiting
        1m     13m 25s  12400.00 EUR ASSUMED      Müller & S… paypal/create_payo… payouts-age… waiting
        30s    55s             UNINSPECTABLE      -           square/make_api_re… ops-agent    REPEAT
        9s     15m 00s             79.90 USD test ! \\u{410}c… stripe/create_refu… support-age… waiting
















      ── apr_7F3K ────────────────────────────────────────────────────────────────────────────────────────
       asked by support-agent, for support@acme.example
       rule support/sign-off; signed 0 of 1 by finance
       claimed by the agent: "Customer returned the item."


       enter open  / filter  s sort  e ended  F freeze  ? help  q quit
      "
    `);
  });

  it('lists what waits in 80 columns', () => {
    expect(text(at(80, 24))).toMatchInlineSnapshot(`
      "
       Countersign   1 Queue (4)  2 Feed  3 Servers  4 Quotas  5 Grants  14:00:00 UTC
       requests that wait for a person, oldest first   1 grant FROZEN
        WAITED LEFT                   AMOUNT KEY  PAYEE     TOOL           STATE
      > 3m     11m 40s            500.00 USD LIVE cus_9QzJ2 stripe/create… waiting
        1m     13m 25s  12400.00 EUR ASSUMED      Müller &… paypal/create… waiting
        30s    55s             UNINSPECTABLE      -         square/make_a… REPEAT
        9s     15m 00s             79.90 USD test ! \\u{410… stripe/create… waiting










      ── apr_7F3K ────────────────────────────────────────────────────────────────────
       asked by support-agent, for support@acme.example
       rule support/sign-off; signed 0 of 1 by finance
       claimed by the agent: "Customer returned the item."


       enter open  / filter  s sort  e ended  F freeze  ? help  q quit
      "
    `);
  });

  it.each([
    ['live', ' REQUEST a LIVE KEY                                                        waiting', 'red'],
    ['test', ' REQUEST a TEST KEY                                                        waiting', 'green'],
    [null, ' REQUEST a                                                                  waiting', undefined],
  ] as const)('says beside the id that the key is %s, and claims nothing where none shows it', (mode, title, fg) => {
    const model = press(shown([request('a', { content: { mode } })]), '<enter>');
    expect(picture(model)[0]!.replace(/ +/g, ' ')).toBe(title.replace(/ +/g, ' '));
    const badge = render(model, { columns: 80, rows: 24, color: true }).rows[0]!.find(({ text: it }) => /KEY/.test(it));
    expect(badge?.style).toEqual(fg === undefined ? undefined : { fg, bold: true, inverse: true });
  });

  it('keeps the badge whole beside the longest id', () => {
    const model = press(shown([request('a'.repeat(200), { content: { mode: 'live' } })]), '<enter>');
    expect(picture(model)[0]).toMatch(/^ REQUEST a+… LIVE KEY {1,24}waiting$/);
  });

  it('shows a request: what the gateway derived, the agent’s words in a box, every argument', () => {
    const model = later(press(at(100, 30), '<down>', '<enter>'), 1_000);
    expect(text(model)).toMatchInlineSnapshot(`
      "
       REQUEST apr_9QM2                                                                           waiting
       AMOUNT     12400.00 EUR
       CURRENCY   EUR ASSUMED: the call does not say it, the configuration does
       PAYEE      "Müller & Söhne GmbH"
       TOOL       paypal/create_payout (payout)
       GRANT      payouts-agent, for support@acme.example
       RULE       support/sign-off
       EXPIRES    in 13m 24s, at 14:13:25 UTC
       HASH       bd53fdfe 21898144 …
       REPEAT OF  nothing: no such call ran in the last 24 hours
       SIGNED     0 of 1 by finance; asked 13:58:25 UTC
      ── lines 1 to 15 of 15: all read ───────────────────────────────────────────────────────────────────
       ┌ claimed by the agent: reason ──────────────────────────────────────────────────────────────────┐
       │ ! line breaks, right-to-left ! Invoice 2026-113, due today. Please approve quickly, the CFO    │
       │ has already said yes.\\u{a}APPROVED \\u{202e}00.5                                                │
       └────────────────────────────────────────────────────────────────────────────────────────────────┘
      ── 10 arguments, exactly as sent ───────────────────────────────────────────────────────────────────
       • items[0].amount.currency:     "EUR"
       • items[0].amount.value:        "12000.00"
       • items[0].note:                "Invoice 2026-113"
       • items[0].receiver:            "mueller@example.de"
       • items[1].amount.currency:     "EUR"
       • items[1].amount.value:        "400.00"
       • items[1].note:                "Freight"
       • items[1].receiver:            "mueller@example.de"
       • sender_batch_header.email_subject: "You have a payout"
       • sender_batch_header.sender_batch_id: ! control characters ! "b-88\\u{1b}[31m"

       all of it was on the screen: a approves, r rejects
       a approve  r reject  esc back  space down  / find  F freeze  ? help  q quit
      "
    `);
  });

  it('says what is unknown, and what would be a repeat, in 80 columns', () => {
    const model = later(press(at(80, 24), '<down>', '<down>', '<enter>'), 1_000);
    expect(text(model)).toMatchInlineSnapshot(`
      "
       REQUEST apr_B04X                                                       waiting
       AMOUNT     UNKNOWN: UNINSPECTABLE, nobody told this gateway what the tool does
       CURRENCY   UNKNOWN
       PAYEE      UNKNOWN: not named in the call
       TOOL       square/make_api_request (unclassified)
       GRANT      ops-agent, for support@acme.example
       RULE       unknown-tools
       EXPIRES    in 54s, at 14:00:55 UTC
       HASH       16c77496 61b9671a …
       REPEAT OF  apr_A771, and nobody knows whether it happened
       SIGNED     1 of 2 by admin or finance; asked 13:59:30 UTC
      ── lines 1 to 4 of 4: all read ─────────────────────────────────────────────────
      ── 3 arguments, exactly as sent ────────────────────────────────────────────────
       • method:           "create"
       • request.location: "L1"
       • service:          "orders"






       all of it was on the screen: a approves, r rejects
       a approve  r reject  esc back  space down  / find  F freeze  ? help  q quit
      "
    `);
  });

  it('asks for the amount', () => {
    const model = later(press(at(80, 24), '<down>', '<down>', '<enter>'), 1_000);
    expect(picture(typed(press(model, 'a'), 'UNK')).slice(-3)).toMatchInlineSnapshot(`
      [
        " To approve, type the amount: UNKNOWN",
        " > UNK",
        " enter go on  esc cancel",
      ]
    `);
  });

  it('tells how much is left to read, and all of the hash when asked', () => {
    const long = request('apr_long', { args: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`f${n}`, n])) });
    expect(text(later(press(shown([long]), '<enter>', '<down>', 'h'), 1_000))).toMatchInlineSnapshot(`
      "
       REQUEST apr_long                                                       waiting
       AMOUNT     500.00 USD
       CURRENCY   USD
       PAYEE      "cus_9QzJ2"
       TOOL       stripe/create_refund (refund)
       GRANT      support-agent, for support@acme.example
       RULE       support/sign-off
       EXPIRES    in 11m 59s, at 14:12:00 UTC
       HASH       c881a272fa2d73ed62e1a19085c3ff1fe83889498faae1beba49aa84d01a1e84
       REPEAT OF  nothing: no such call ran in the last 24 hours
       SIGNED     0 of 1 by finance; asked 13:57:00 UTC
      ── lines 2 to 10 of 44: 34 not read yet, scroll down ───────────────────────────
       │ Customer returned the item.                                                │
       └────────────────────────────────────────────────────────────────────────────┘
      ── 40 arguments, exactly as sent ───────────────────────────────────────────────
       • f0:  0
       • f1:  1
       • f10: 10
       • f11: 11
       • f12: 12
       • f13: 13

       approve is off: 34 lines were not on the screen yet; scroll down to the end
       a approve  r reject  esc back  space down  / find  F freeze  ? help  q quit
      "
    `);
  });

  it('shows the feed, the servers, the quotas and the grants', () => {
    for (const pane of ['2', '3', '4', '5']) expect(text(press(at(100, 24), pane)), pane).toMatchSnapshot();
  });

  it('has a help that fits', () => {
    expect(text(press(at(80, 24), '?'))).toMatchInlineSnapshot(`
      "
      ── Keys ────────────────────────────────────────────────────────────────────────
        enter         open the selected request
        a             approve the open request, once all of it was on the screen
        r             reject the open request
        esc           back to the queue
        space, b      one page down, one page up
        arrows, j, k  one line down, one line up
        g, G          to the top, to the bottom
        1 to 5, tab   the queue, the feed of calls, servers, quotas, grants
        /             filter a list; find in an open request, n for the next place
        s             sort the queue by age, expiry or grant
        e             show requests that have ended, too
        h             show all of the hash
        L             forget the passphrase now, if it was given for the session
        F             stop all calls of every grant
        ?             this help
        q             leave; requests go on waiting

        \\u{...} stands for a character that could deceive you; "!" says of which kind
        any key goes back




      "
    `);
  });

  it('says what it needs when it is too small, at any size', () => {
    const model = press(at(80, 24), '<enter>');
    expect(text(happen(model, { is: 'resize', columns: 60, rows: 5 }))).toMatchInlineSnapshot(`
      "
      This terminal is too small
      it has 60x5, a request needs 80x24
      nothing can be approved here
      4 waiting

      "
    `);
    for (const [columns, rows] of [
      [0, 0],
      [1, 1],
      [79, 24],
      [80, 23],
      [200, 2],
    ] as const) {
      const drawn = picture(happen(model, { is: 'resize', columns, rows }), columns, rows);
      expect(drawn).toHaveLength(rows);
      expect(drawn.join('')).not.toContain('approves');
    }
  });

  it('is the same without colours but for the colours', () => {
    const model = press(at(100, 30), '<down>', '<enter>');
    const [coloured, plain] = [true, false].map((color) => render(model, { columns: 100, rows: 30, color }));
    expect(plain!.rows.map((row) => row.map((span) => span.text))).toEqual(
      coloured!.rows.map((row) => row.map((span) => span.text)),
    );
    expect(plain!.rows.flat().some(({ style }) => style.fg !== undefined)).toBe(false);
    expect(coloured!.rows.flat().some(({ style }) => style.fg !== undefined)).toBe(true);
  });
});

describe('what others write', () => {
  const HEADER_ROWS = 11;

  it('moves none of the fixed lines, whatever it is and wherever it stands', () => {
    const fixed = (shownText: string, part: 'reason' | 'args' | 'key'): string[] => {
      const hostile = request('apr_1', {
        shown: { reason: part === 'reason' ? shownText : 'r' },
        ...(part === 'args' ? { args: { note: shownText.replace(/\p{Surrogate}/gu, '?') } } : {}),
        ...(part === 'key' ? { args: { [shownText.replace(/\p{Surrogate}/gu, '?')]: 1 } } : {}),
      });
      const model = press(shown([{ ...hostile, hash: '0'.repeat(64) }], { columns: 100, rows: 30 }), '<enter>');
      return picture(model).slice(0, HEADER_ROWS);
    };
    const calm = fixed('calm', 'reason');
    for (const attack of ALL_HOSTILE)
      for (const part of ['reason', 'args', 'key'] as const) expect(fixed(attack, part), attack).toEqual(calm);
  });

  it('stays in the line of its own fact: every label stands where it always does', () => {
    for (const attack of [...ALL_HOSTILE, 'x'.repeat(5_000)]) {
      const hostile = request(attack, {
        shown: { recipient: attack, amount: attack, currency: attack },
        tool: `stripe/${attack}`,
        grant: attack,
        content: { principal: attack, repeatOf: { id: attack, outcome: 'ok' } },
      });
      const rows = picture(press(shown([hostile]), '<enter>'));
      const labels = rows.slice(1, HEADER_ROWS).map((row) => row.slice(1, 11).trim());
      expect(labels).toEqual([
        ...['AMOUNT', 'CURRENCY', 'PAYEE', 'TOOL', 'GRANT', 'RULE', 'EXPIRES', 'HASH', 'REPEAT OF', 'SIGNED'],
      ]);
    }
  });

  it('fills exactly the cells of the screen, on every list and in every request', () => {
    for (const attack of ALL_HOSTILE) {
      const hostile = request('apr_1', { shown: { recipient: attack, reason: attack }, grant: attack, tool: attack });
      const model = fed(shown([], { columns: 90, rows: 26 }), {
        ...{ nowMs: NOON, requests: [hostile], feed: [{ atMs: NaN, kind: attack, verdict: attack }] },
        ...{ upstreams: [{ name: attack, state: attack, tools: 1, lastError: attack }], quotas: [], grants: [] },
      } as never);
      for (const keys of [[], ['<enter>'], ['3']]) {
        const screen = render(press(model, ...keys), { columns: 90, rows: 26, color: true });
        for (const row of cellRows(screen)) expect(row).toHaveLength(90);
        for (const row of screen.rows)
          expect(row.map((span) => span.text).join('')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }
    }
  });

  it('is shown whole when it is too long for its line', () => {
    const payee = `${'Very Long Name '.repeat(9)}Ltd`;
    const long = request('apr_1', { shown: { recipient: payee } });
    const model = press(shown([long]), '<enter>');
    const all = picture(model)
      .map((row) => row.replace(/^ [•┊] /, ''))
      .join(' ');
    expect(picture(model)[3]).toMatch(/^ PAYEE {6}"Very .*…$/);
    expect(all).toContain('Ltd"');
  });

  it('costs little to draw again, however long the texts are', () => {
    const recipient = '\u001b'.repeat(1_000_000);
    const many = Array.from({ length: 10 }, (_, n) => request(`apr_${n}`, { shown: { recipient, reason: recipient } }));
    const model = shown(many);
    const before = performance.now();
    for (let draws = 0; draws < 50; draws += 1) picture(model);
    expect(performance.now() - before).toBeLessThan(20_000);
    const open = press(model, '<enter>');
    const opened = performance.now();
    for (let draws = 0; draws < 50; draws += 1) picture(open);
    expect(performance.now() - opened).toBeLessThan(20_000);
  });
});
