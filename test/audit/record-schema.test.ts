import { describe, expect, it } from 'vitest';
import { recordSchemas } from '../../src/audit/record-schema.ts';
import { everyRecord } from './every-record.ts';
import { ownPartFaults, SCHEMA_KINDS, SHIPPED } from './own-part.ts';
import { own } from './support.ts';

const PARTS = everyRecord().map((record) => own(record));

describe('the shipped schema of our own part of a record', () => {
  it('is the one that the source gives', () => {
    // If this fails: npm run schema
    expect(SHIPPED).toEqual(JSON.parse(JSON.stringify(recordSchemas()['audit-record.schema.json'])));
  });

  it.each(PARTS.map((part) => [part['kind'], part] as const))('fits `%s`', (_, part) => {
    expect(ownPartFaults(part)).toEqual([]);
  });

  it('has every kind that the tests make records of', () => {
    const made = new Set(PARTS.map(({ kind }) => kind));
    expect(SCHEMA_KINDS.filter((kind) => !made.has(kind))).toEqual([]);
  });

  it('is closed, and says of every field what it is', () => {
    for (const [name, { description, properties, additionalProperties }] of Object.entries(SHIPPED.$defs)) {
      expect(description, name).toMatch(/\S\.$/);
      if (properties === undefined) continue;
      expect(additionalProperties, name).toBe(false);
      for (const [key, property] of Object.entries(properties)) {
        const said = property.description ?? SHIPPED.$defs[property.$ref?.replace('#/$defs/', '') ?? '']?.description;
        expect(said ?? nested(property), `${name}.${key}`).toMatch(/\S/);
      }
    }
  });

  it('misses every field that all records have, and refuses one that none has', () => {
    for (const part of PARTS) {
      for (const name of STABLE) {
        const less = Object.fromEntries(Object.entries(part).filter(([key]) => key !== name));
        expect(ownPartFaults(less), `${String(part['kind'])} without ${name}`).not.toEqual([]);
      }
      expect(ownPartFaults({ ...part, more: 1 })).not.toEqual([]);
      expect(ownPartFaults({ ...part, kind: 'other' })).not.toEqual([]);
      expect(ownPartFaults({ ...part, hash: 'no' })).not.toEqual([]);
    }
  });

  it('has room for what is revealed, counted and signed', () => {
    const intent = PARTS.find(({ kind }) => kind === 'intent')!;
    const hmac = '202611:abcdefghijklmnopqrstuv';
    const quota = [
      { rule: 'daily', policy: 'p', unit: 'USD', per: 'day', used: '<=100%', figure: '1.00', cap: '2.00' },
    ];
    const full = {
      ...intent,
      quota,
      args: [{ name: 'amount', type: 'number', length: '<8', hmac }],
      revealed: { amount: '12.50 USD', currency: 'USD', recipient: 'unknown' },
    };
    expect(ownPartFaults(full)).toEqual([]);
    expect(ownPartFaults({ ...full, revealed: { card: '4242' } })).not.toEqual([]);
    expect(ownPartFaults({ ...full, revealed: { amount: 12.5 } })).not.toEqual([]);
    expect(ownPartFaults({ ...full, quota: [{ ...quota[0], used: '80%' }] })).not.toEqual([]);
    expect(ownPartFaults({ ...full, args: [{ name: 'amount', type: 'number', value: 1 }] })).not.toEqual([]);
    const opened = PARTS.find(({ kind }) => kind === 'session_opened')!;
    expect(ownPartFaults({ ...opened, policies: [{ name: 'p', hash: 'a'.repeat(64) }] })).toEqual([]);
    const blank = { ...PARTS.find(({ kind }) => kind === 'segment_close')!, count: undefined };
    expect(ownPartFaults({ ...JSON.parse(JSON.stringify(blank)), kind: 'checkpoint', note: 'n' } as never)).toEqual([]);
  });
});

/** A field that may be null has its sentence one level down. */
function nested(property: object): string | undefined {
  const [reference] = /#\/\$defs\/[^"]+/.exec(JSON.stringify(property)) ?? [];
  return reference === undefined ? undefined : SHIPPED.$defs[reference.replace('#/$defs/', '')]?.description;
}

const STABLE = [
  ...['kind', 'segment', 'seq', 'prev', 'hash', 'request', 'grant', 'principal', 'tool', 'toolKind', 'decision'],
  ...['rule', 'pointer', 'policy', 'policyHash', 'approval', 'quota', 'args', 'latencyMs', 'outcome', 'code'],
];
