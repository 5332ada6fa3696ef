import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CSV_HEADER, csvCell, csvOf, csvRow } from '../../../src/audit/export/csv.ts';
import { ADMIN_EVENTS, CALL_EVENTS, denial } from '../support.ts';
import { act, altered, call } from './support.ts';

/** Reads a row as RFC 4180 says, character by character, sharing nothing with what wrote it. */
function readCsv(row: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let at = 0; at < row.length; at += 1) {
    const char = row.charAt(at);
    if (isQuoted && char === '"' && row.charAt(at + 1) === '"') cell += row.charAt((at += 1));
    else if (char === '"') isQuoted = !isQuoted;
    else if (char === ',' && !isQuoted) {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  if (isQuoted) throw new Error('a quote is open at the end');
  return [...cells, cell];
}

const hostile = fc.string({
  unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\t', "'", '=', '+', '-', '@', '＝', ' ', 'é', '𝒳', ';'),
});

describe('when a record is written as CSV', () => {
  it('gives back every cell, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1 }), (cells) => {
        expect(readCsv(csvRow(cells)).map((cell) => cell.replace(/^'/, ''))).toEqual(cells);
      }),
      { numRuns: 2_000 },
    );
  });

  it('has no cell that a spreadsheet would calculate', () => {
    fc.assert(
      fc.property(fc.constantFrom('=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'), hostile, (first, rest) => {
        const [cell = ''] = readCsv(csvCell(`${first}${rest}`));
        expect(cell).toBe(`'${first}${rest}`);
      }),
    );
    expect(csvCell('=cmd|"/C calc"!A0')).toBe(`"'=cmd|""/C calc""!A0"`);
    expect(csvCell('plain')).toBe('plain');
  });

  it('has the same columns for every record', () => {
    const columns = readCsv(CSV_HEADER);
    expect(columns).toEqual([
      ...['time', 'kind', 'decision', 'outcome', 'code', 'grant', 'user', 'tool', 'tool_kind', 'rule', 'pointer'],
      ...['policy', 'policy_hash', 'request', 'approval', 'latency_ms', 'upstream', 'agent', 'severity', 'message'],
      ...['stream', 'segment', 'seq', 'hash', 'changed'],
    ]);
    for (const record of [...CALL_EVENTS.map(call), ...ADMIN_EVENTS.map(act)])
      expect(readCsv(csvOf(record))).toHaveLength(columns.length);
  });

  it('puts what happened into its columns', () => {
    const cells = readCsv(csvOf(call(denial('r-1'))));
    const row = Object.fromEntries(readCsv(CSV_HEADER).map((column, place) => [column, cells[place]]));
    expect(row).toMatchObject({
      ...{ time: '2026-11-22T12:00:00.000Z', kind: 'decision', decision: 'deny', outcome: '', code: 'denied' },
      ...{ grant: 'support-agent', user: 'support@acme.example', tool: 'stripe/create_refund', rule: 'refunds' },
      ...{ request: 'r-1', upstream: 'stripe', agent: 'test-client', severity: '3', seq: '7', changed: '' },
    });
  });

  it('marks a record that was changed, and takes anything for what it is not', () => {
    const row = csvOf(altered(call(denial('r-1')), { grant: '=1+1\u001b', tool: { a: 1 }, seq: 'x' }));
    expect(row).toContain("'=1+1<U+001B>");
    expect(row).toMatch(/changed after it was written$/);
    expect(readCsv(row)).toHaveLength(readCsv(CSV_HEADER).length);
  });
});
