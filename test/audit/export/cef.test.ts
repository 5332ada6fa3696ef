import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cefLine, cefOf } from '../../../src/audit/export/cef.ts';
import { ADMIN_EVENTS, CALL_EVENTS, denial, NOON, outcome } from '../support.ts';
import { act, altered, call } from './support.ts';

/** Reads a line as the specification says, sharing nothing with what wrote it. */
function readCef(line: string): { header: string[]; extensions: Record<string, string> } {
  const header: string[] = [];
  let field = '';
  let at = 0;
  for (; header.length < 7; at += 1) {
    if (line[at] === '\\') field += line.charAt((at += 1));
    else if (line[at] === '|') {
      header.push(field);
      field = '';
    } else field += line.charAt(at);
  }
  const keys = [...line.slice(at).matchAll(/(?:^| )([A-Za-z0-9]+)=/g)];
  const rest = line.slice(at);
  const extensions = keys.map(({ 0: text, 1: key = '', index }, place) => {
    const value = rest.slice(index + text.length, keys[place + 1]?.index);
    return [key, value.replace(/\\(.)/g, (_all, char: string) => ({ n: '\n', r: '\r' })[char] ?? char)] as const;
  });
  return { header, extensions: Object.fromEntries(extensions) };
}

const hostile = fc.string({ unit: fc.constantFrom('a', '=', '|', '\\', '\n', '\r', ' ', 'n', 'é', '𝒳', 'act', '"') });
const oneLine = hostile.map((text) => text.replace(/[\r\n]/g, ''));

describe('when a record is written as CEF', () => {
  it('gives back every header and every value, whatever they hold', () => {
    fc.assert(
      fc.property(oneLine, oneLine, hostile, hostile, (kind, name, one, two) => {
        const line = cefLine(
          ['0.1.0', kind, name, 5],
          [
            ['act', one],
            ['msg', two],
          ],
        );
        expect(line).not.toMatch(/[\r\n]/);
        const { header, extensions } = readCef(line);
        expect(header).toEqual(['CEF:0', 'countersign', 'countersign', '0.1.0', kind, name, '5']);
        expect(extensions).toEqual(
          Object.fromEntries([['act', one] as const, ['msg', two] as const].filter(([, value]) => value !== '')),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('has no form for a line end in the header, and makes it a blank', () => {
    expect(cefLine(['1', 'a\nb\r\nc\rd', 'n', 1], [])).toBe('CEF:0|countersign|countersign|1|a b c d|n|1|');
  });

  it('says who did what under which rule', () => {
    const { header, extensions } = readCef(cefOf(call(denial('r-1'))));
    expect(header.slice(3)).toEqual(['0.1.0', 'decision', 'decision', '5']);
    expect(extensions).toMatchObject({
      rt: String(NOON),
      act: 'deny',
      outcome: 'failure',
      reason: 'denied',
      suser: 'support@acme.example',
      externalId: 'seg-1:7',
      destinationServiceName: 'stripe',
      ...{ cs1Label: 'grant', cs1: 'support-agent', cs2Label: 'tool', cs2: 'stripe/create_refund' },
      ...{ cs3Label: 'rule', cs3: 'refunds', cs4Label: 'policy', cs4: 'support', cs5Label: 'request', cs5: 'r-1' },
      ...{ cn1Label: 'seq', cn1: '7' },
    });
    expect(readCef(cefOf(call(outcome('r-1')))).extensions).toMatchObject({
      outcome: 'success',
      cn2: '12',
      cn2Label: 'latencyMs',
    });
  });

  it('can write every record, with a severity from 0 to 10 and a label for every custom field', () => {
    for (const record of [...CALL_EVENTS.map(call), ...ADMIN_EVENTS.map(act)]) {
      const { header, extensions } = readCef(cefOf(record));
      expect(header[6]).toMatch(/^(?:\d|10)$/);
      for (const key of Object.keys(extensions).filter((name) => /^c[sn]\d$/.test(name)))
        expect(extensions).toHaveProperty(`${key}Label`);
    }
  });

  it('marks a record that was changed, and hands no control character on', () => {
    const line = cefOf(altered(call(denial('r-1')), { tool: 'a\u001b[2J\u202e=b\n|', rule: 7 }));
    expect(readCef(line).extensions).toMatchObject({ countersignChanged: 'true', cs2: 'a<U+001B>[2J<U+202E>=b\n|' });
    expect(readCef(line).extensions).not.toHaveProperty('cs3');
  });
});
