import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLog, verifyLog } from '../../../src/audit/index.ts';
import { checkOf, Gathering, reportHtml, reportMarkdown, type ReportValue } from '../../../src/audit/report/index.ts';
import { own } from '../support.ts';
import { writeMonth } from './month.ts';
import { decoded, htmlTables, markdownTables, record, reportOn, type Table, tokens } from './support.ts';
import { memoryHeads, WrittenLog } from './written-log.ts';

const FROM = Date.UTC(2026, 10, 1);
const UNTIL = Date.UTC(2026, 11, 1);

let folder: string;
let value: ReportValue;
/** Our part of every record, for a dull count beside the report's. */
let records: Record<string, unknown>[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-report-'));
  const directory = join(folder, 'audit');
  mkdirSync(directory);
  await writeMonth(new WrittenLog(directory, memoryHeads()), {
    fromMs: FROM,
    days: 30,
    callsPerDay: 30,
    revealed: true,
  });
  const gathering = new Gathering({ sinceMs: FROM, untilMs: UNTIL });
  records = [];
  for await (const one of readLog({ directory, from: 'start', follow: false })) {
    gathering.take(one);
    records.push(own(one.record ?? {}));
  }
  const check = checkOf(await verifyLog({ directory }), null);
  value = gathering.value({ generatedMs: UNTIL, install: 'f'.repeat(32), version: '0.1.0', check });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const count = (of: (own: Record<string, unknown>) => boolean): number => records.filter(of).length;

function table(tables: readonly Table[], caption: string): readonly (readonly string[])[] {
  const found = tables.find((one) => one.caption === caption);
  if (found === undefined) throw new Error(`there is no table \`${caption}\``);
  return found.rows.slice(1);
}

const plain = (cell: string | undefined): string => (cell ?? '').replaceAll(',', '');

describe('the report on a month', () => {
  it('is of a log without faults', () => {
    expect(value.check).toMatchObject({ ok: true, faults: [], records: records.length });
  });

  it('counts what a dull reading of the log counts', () => {
    for (const { grant, calls } of value.calls.grants.rows) {
      const mine = (kind: string) => count((one) => one['kind'] === kind && one['grant'] === grant);
      expect([grant, calls.allowed, calls.denied]).toEqual([grant, mine('intent'), mine('decision')]);
      const ended = (how: string) => count((one) => one['grant'] === grant && one['outcome'] === how);
      expect([calls.ok, calls.failed, calls.inDoubt]).toEqual(['ok', 'failed', 'in-doubt'].map(ended));
    }
    expect(value.approvals.requested).toBe(count((one) => one['kind'] === 'approval_requested'));
    expect(value.approvals.approved).toBe(count((one) => one['verdict'] === 'approve'));
    expect(value.acts.unproven).toBe(count((one) => (one['actor'] as { by?: string } | undefined)?.by === 'os-user'));
  });

  it('sums up money as whole cents do', () => {
    const ok = new Set(records.filter((one) => one['outcome'] === 'ok').map((one) => one['request']));
    const moved = (currency: string, flow: readonly string[]): bigint =>
      records
        .filter((one) => one['kind'] === 'intent' && ok.has(one['request']) && flow.includes(String(one['toolKind'])))
        .map((one) => (one['revealed'] as { amount?: string } | undefined)?.amount ?? '')
        .filter((amount) => amount.endsWith(` ${currency}`))
        .reduce((sum, amount) => sum + BigInt(amount.slice(0, -4).replace('.', '')), 0n);
    const shown = value.calls.money.map(({ currency, flow, moved: text }) => [
      currency,
      flow,
      BigInt(text.replace('.', '')),
    ]);
    expect(shown).toEqual([
      ...[
        ['EUR', 'in', moved('EUR', ['invoice_issue'])],
        ['EUR', 'out', moved('EUR', ['payout'])],
      ],
      ...[
        ['JPY', 'in', moved('JPY', ['charge'])],
        ['USD', 'out', moved('USD', ['refund'])],
      ],
    ]);
  });

  it('says the same in Markdown, in HTML and in its figures', () => {
    const [inHtml, inMarkdown] = [htmlTables(reportHtml(value)), markdownTables(reportMarkdown(value))];
    expect(inHtml.length).toBeGreaterThan(12);
    expect(inMarkdown).toEqual(inHtml);
    for (const tables of [inHtml, inMarkdown]) {
      const { grants, total, money } = value.calls;
      const counts = [...grants.rows, { grant: 'All grants', calls: total }].map(({ grant, calls }) => [
        ...[grant, calls.allowed, calls.ok, calls.failed, calls.inDoubt, calls.open, calls.denied, calls.waiting].map(
          String,
        ),
      ]);
      expect(table(tables, 'Calls by grant').map((row) => row.map(plain))).toEqual(counts);
      const sums = [...grants.rows, { grant: 'All grants', money }].flatMap(({ grant, money: rows }) =>
        rows.map((row) => [
          grant,
          row.currency,
          row.flow,
          row.moved,
          row.inDoubt,
          row.open,
          row.failed,
          row.refused,
          String(row.calls),
        ]),
      );
      expect(table(tables, 'Money by grant and currency').map((row) => row.map(plain))).toEqual(sums);
      const operators = value.approvals.operators.rows.map((row) => Object.values(row).map(String));
      expect(table(tables, 'Verdicts by operator').map((row) => row.map(plain))).toEqual(operators);
      const rules = value.calls.rules.rows.map(({ rule, policy, denials }) => [rule, policy, String(denials)]);
      expect(table(tables, 'Denials by rule').map((row) => row.map(plain))).toEqual(rules);
      const spans = value.approvals.times.spans.map(({ label, count: times }) => [label, String(times)]);
      expect(table(tables, 'Time from request to verdict').map((row) => row.map(plain))).toEqual(spans);
    }
  });

  it('says in the words of its charts what its tables say', () => {
    const page = reportHtml(value);
    const titles = [
      ...page.matchAll(/<g>\s*<title>(\d{4}-\d\d-\d\d): (\d+) allowed, (\d+) in doubt[^,]*, (\d+) denied/g),
    ];
    expect(titles).toHaveLength(value.calls.days.length);
    const sum = (place: number): number => titles.reduce((all, title) => all + Number(title[place]), 0);
    expect(sum(2) + sum(3)).toBe(value.calls.total.allowed);
    expect(sum(4)).toBe(value.calls.total.denied);
  });

  it('is one file that needs nothing, and runs nothing', () => {
    const page = reportHtml(value);
    for (const token of tokens(page)) {
      if (token.is !== 'open') continue;
      expect(['script', 'link', 'img', 'iframe', 'object', 'embed', 'base', 'form', 'use', 'image', 'a']).not.toContain(
        token.name,
      );
      expect(token.attributes).not.toMatch(/\s(?:on[a-z]+|href|src|xlink:href|action|srcset)=/i);
    }
    expect(page).not.toMatch(/https?:|url\(|@import|\/\/[a-z]/i);
    expect(page).toContain("default-src 'none'");
  });

  it('can be read without seeing it: every drawing has a title, every table a caption and heads with a scope', () => {
    const page = reportHtml(value);
    const all = tokens(page).flatMap((token) => (token.is === 'open' ? [token] : []));
    for (const { name, attributes } of all) {
      if (name === 'svg')
        expect(attributes).toMatch(/aria-hidden="true"|role="img" aria-labelledby="\S+" aria-describedby="\S+"/);
      if (name === 'th') expect(attributes).toMatch(/scope="(?:col|row)"/);
    }
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of page.matchAll(/aria-(?:labelledby|describedby)="([^"]+)"/g)) expect(ids).toContain(id);
    expect(htmlTables(page).every(({ caption }) => caption !== '')).toBe(true);
  });
});

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='x",
  '</style></title><svg/onload=x>',
  '&lt;script&gt;',
  'a | b || c',
  '`code` **bold** __bold__ [x](javascript:1) ![y](http://z)',
  'line\nbreak\r\n# heading',
  '\u202egnp.exe\u2066\u200b',
  '\u001b[31mred\u0007',
  '\\| \\` \\<',
  '<!-- -->',
];
const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 60 }));

/** Every place of a report at which text from outside can stand. */
function reportWith(text: string): ReportValue {
  const call = {
    grant: text,
    tool: text,
    toolKind: 'refund',
    policy: text,
    policyHash: text,
    rule: text,
    request: text,
  };
  const actor = { by: 'operator', name: text, fingerprint: text };
  const fault = { file: text, line: 1, seq: 0, code: 'bad_json', message: text } as const;
  const chain = { ok: false, records: 1, files: 1, faults: [fault], omitted: 0, notes: [] };
  return reportOn(
    [
      record('segment_open', { install: text }),
      record('intent', call),
      record('decision', { ...call, code: text, toolKind: 'refund' }),
      record('approval_requested', { approval: text }),
      record('approval_decided', {
        approval: text,
        accepted: true,
        verdict: 'approve',
        operator: text,
        fingerprint: text,
      }),
      record('approval_refused', { approval: text, operator: text, code: text }),
      record('policy_edited', { actor, policy: text, policyHash: text, replacedHash: text }),
      record('config_signed', { actor, part: text, partHash: text }),
      record('log_read', { actor, does: text }),
      record('secret_sealed', { actor, secret: text }),
      record(text, { actor }),
      record('auth_failed', { code: text, grant: text }),
      record('protocol_rejected', { code: text }),
      record('upstream_failed', { upstream: text, code: text }),
      record('tool_quarantined', { upstream: text, tool: text, code: text }),
      record('segment_abandoned', { entry: { file: text, count: 1 } }),
    ],
    checkOf(chain, null),
  );
}

const innocent = (): ReportValue => reportWith('innocent');
const shapeOf = (page: string): string[] =>
  tokens(page).flatMap((token) => (token.is === 'text' ? [] : [`${token.is} ${token.name}`]));

describe('text from outside', () => {
  it('adds no tag and no attribute to the HTML page', () => {
    const shape = shapeOf(reportHtml(innocent()));
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(text !== '');
        expect(shapeOf(reportHtml(reportWith(`x${text}`)))).toEqual(shape);
      }),
      { numRuns: 150 },
    );
  });

  it('adds no table, no cell and no line to the Markdown page', () => {
    const shape = (page: string): number[][] => markdownTables(page).map(({ rows }) => rows.map((row) => row.length));
    const [expected, lines] = [shape(reportMarkdown(innocent())), reportMarkdown(innocent()).split('\n').length];
    fc.assert(
      fc.property(hostile, (text) => {
        const page = reportMarkdown(reportWith(`x${text}`));
        expect(shape(page)).toEqual(expected);
        expect(page.split('\n')).toHaveLength(lines);
        expect(page).not.toMatch(/(?<!\\)`|<(?!\/?\w*$)/);
      }),
      { numRuns: 150 },
    );
  });

  it('is read back as it was written', () => {
    for (const text of [
      'a | b',
      '<b>&amp;"\'',
      '`x` *y* _z_',
      'snake_case_name',
      '~unknown',
      'www.evil.example',
      'http://x',
    ]) {
      const row = table(markdownTables(reportMarkdown(reportWith(text))), 'Denials by rule')[0];
      expect(row).toEqual([text, text, '1']);
      expect(table(htmlTables(reportHtml(reportWith(text))), 'Denials by rule')[0]).toEqual(row);
    }
  });

  it('shows characters that cannot be seen, and none of them as it is', () => {
    for (const page of [reportHtml(reportWith(HOSTILE.join(' '))), reportMarkdown(reportWith(HOSTILE.join(' ')))]) {
      expect(decoded(page)).toContain('<U+202E>');
      expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  });

  it('makes no link in Markdown', () => {
    const page = reportMarkdown(reportWith('[x](http://evil.example) www.evil.example a@evil.example'));
    expect(page).not.toMatch(/(?<!\\)\]\(|http:\/\/|www\.|\w@\w/);
  });
});
