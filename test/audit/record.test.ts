import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText, seal } from '../../src/audit/chain.ts';
import { canonicalPlain } from '../../src/core/canonical.ts';
import type { CallEvent } from '../../src/audit/index.ts';
import { adminLine, callLine, frameLine } from '../../src/audit/record.ts';
import { bounded } from '../../src/audit/text.ts';
import { brandAs, type GrantName, type PolicyName, type RequestId, type ToolName } from '../../src/core/ids.ts';
import { KINDS } from '../../src/core/kinds.ts';
import { ADMIN_EVENTS, CALL_EVENTS, denial, frame, intent, NOON, outcome, own, policies, session } from './support.ts';
import { stamp } from './every-record.ts';
import { ocsfFaults } from './ocsf/validate.ts';

const read = (bytes: Buffer): Record<string, unknown> => JSON.parse(bytes.toString()) as Record<string, unknown>;
const record = (event: CallEvent): Record<string, unknown> => read(callLine(event, stamp).bytes);

describe('when an event becomes a record', () => {
  it.each([
    ...CALL_EVENTS.map((event) => [event.kind, callLine(event, stamp)] as const),
    ...ADMIN_EVENTS.map((event) => [event.kind, adminLine(event, stamp)] as const),
  ])('makes `%s` an event of its OCSF class, in one line with time first', (_, { bytes }) => {
    expect(ocsfFaults(read(bytes))).toEqual([]);
    const text = bytes.toString();
    expect(text).toMatch(
      /^\{"time":1795348800000,"metadata":\{"uid":"s-1:7","version":"1\.8\.0","product":\{"name":"countersign"/,
    );
    expect(text.indexOf('\n')).toBe(text.length - 1);
    expect(bytes.length).toBeLessThanOrEqual(8_000);
  });

  it('gives the stable part of an intent exactly these names', () => {
    expect(own(record(intent('r-1')))).toEqual({
      kind: 'intent',
      segment: 's-1',
      seq: 7,
      prev: 'a'.repeat(64),
      request: 'r-1',
      grant: 'support-agent',
      principal: 'support@acme.example',
      client: { name: 'test-client', version: '1.2.3' },
      tool: 'stripe/create_refund',
      toolKind: 'refund',
      decision: 'allow',
      rule: 'refunds',
      pointer: '/rules/1',
      policy: 'support',
      policyHash: 'c'.repeat(64),
      approval: null,
      quota: [],
      args: [
        { name: 'payment_intent', type: 'string', length: '<32', hmac: '202611:AAAAAAAAAAAAAAAAAAAAAA' },
        { name: 'amount', type: 'number', length: '<8', hmac: '202611:BBBBBBBBBBBBBBBBBBBBBB' },
      ],
      latencyMs: null,
      outcome: null,
      code: null,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('says of an operator who stops grants or touches quota who he is and what he did, and no amount', () => {
    const actor = { by: 'os-user', name: 'jo' };
    const parts = ADMIN_EVENTS.map((event) => read(adminLine(event, stamp).bytes));
    const of = (kind: string): unknown[] => parts.filter((one) => own(one)['kind'] === kind);
    const mine = (part: object): unknown => ({ countersign: expect.objectContaining(part) as unknown });
    expect(of('grant_rotated')).toMatchObject([
      {
        activity_id: 3,
        entity: { name: 'support-agent', type: 'Grant' },
        actor: { user: { name: 'jo', type: 'OS user' } },
        unmapped: mine({ actor, grant: 'support-agent', retired: 2, overlapUntilMs: NOON }),
      },
    ]);
    expect(of('grants_frozen')).toMatchObject([
      { activity_id: 12, entity: { name: 'every grant' }, unmapped: mine({ actor, grant: null, scope: 'money' }) },
      { activity_id: 12, severity_id: 3, unmapped: mine({ actor, grant: 'support-agent', scope: 'all' }) },
    ]);
    expect(of('grants_unfrozen')).toMatchObject([{ activity_id: 13, message: 'grants unfrozen: every grant' }]);
    expect(of('quota_reset')).toMatchObject([
      {
        entity: { name: 'support daily-refunds USD', type: 'Quota' },
        unmapped: mine({
          ...{ actor, policy: 'support', rule: 'daily-refunds', unit: 'USD' },
          ...{ scope: 'principal', subject: 'support@acme.example', counter: 'd'.repeat(64) },
        }),
      },
    ]);
    expect(of('quota_resolved')).toMatchObject([{ unmapped: mine({ actor, request: 'r-2', as: 'failed' }) }]);
    expect(of('policy_edited')).toMatchObject([
      {
        ...{ activity_id: 3, severity_id: 3, entity: { name: 'support', type: 'Policy' } },
        unmapped: mine({ actor, policy: 'support', replacedHash: 'b'.repeat(64), changes: 4, looser: 1 }),
      },
    ]);
    expect(of('config_signed')).toMatchObject([
      { severity_id: 3, unmapped: mine({ actor, part: 'policy', partHash: 'c'.repeat(64), inForce: true }) },
    ]);
    expect(of('quota_settled')).toMatchObject([{ unmapped: mine({ actor, request: 'r-2', currency: 'USD' }) }]);
  });

  it('says which configuration a running gateway took up, and that one was refused', () => {
    const reloaded = { kind: 'config_reloaded', digest: 'e'.repeat(64), policies, revealed: ['amount'] } as const;
    expect(read(adminLine(reloaded, stamp).bytes)).toMatchObject({
      class_uid: 3004,
      status_id: 1,
      entity: { name: 'configuration', type: 'Configuration' },
      unmapped: {
        countersign: {
          ...{ kind: 'config_reloaded', digest: 'e'.repeat(64), revealed: ['amount'] },
          policies: [
            { name: 'support', hash: 'c'.repeat(64) },
            { name: 'broken', hash: null },
          ],
        },
      },
    });
    expect(read(adminLine({ kind: 'config_refused', faults: 3 }, stamp).bytes)).toMatchObject({
      status_id: 2,
      severity_id: 3,
      unmapped: { countersign: { kind: 'config_refused', faults: 3 } },
    });
  });

  it('says in the words of OCSF that a call was allowed, denied, and how it ended', () => {
    expect(record(intent('r'))).toMatchObject({
      class_uid: 6003,
      activity_id: 1,
      action_id: 1,
      disposition_id: 1,
      severity_id: 1,
    });
    expect(record(denial('r'))).toMatchObject({ action_id: 2, disposition_id: 2, status_id: 2, status_code: 'denied' });
    expect(record(outcome('r'))).toMatchObject({ status_id: 1, duration: 12 });
    const doubt = { ...frame('r'), kind: 'outcome', outcome: 'in-doubt', code: 'timeout', latencyMs: 60_000 } as const;
    expect(record(doubt)).toMatchObject({ status_id: 0, severity_id: 4, disposition_id: 27 });
  });

  it('gives every kind an activity, and 99 to what is not classified', () => {
    const activity = (toolKind: 'unclassified' | (typeof KINDS)[number]): unknown =>
      record({ ...frame('r'), toolKind, kind: 'intent', decision: 'allow', args: [] })['activity_id'];
    for (const kind of KINDS) expect([1, 2, 3, 4]).toContain(activity(kind));
    expect([activity('read'), activity('charge'), activity('refund'), activity('payout'), activity('config')]).toEqual([
      2, 1, 1, 1, 3,
    ]);
    expect(activity('unclassified')).toBe(99);
  });

  it('writes a name that no schema has as `~unknown`', () => {
    const line = record({
      ...frame('r'),
      tool: null,
      toolKind: null,
      kind: 'decision',
      decision: 'deny',
      code: 'x',
      args: [{ name: null, type: 'object', length: '<8' }],
    });
    expect(own(line)).toMatchObject({ tool: '~unknown', args: [{ name: '~unknown', type: 'object' }] });
    expect(record({ kind: 'protocol_rejected', session: null, code: 'batch', method: null })).toMatchObject({
      api: { operation: '~unknown' },
    });
  });

  it('cuts a long list of arguments and counts what it left out', () => {
    const hashed = { type: 'string', length: '<128', hmac: `202611:${'A'.repeat(22)}` } as const;
    const args = Array.from({ length: 890 }, (_, i) => ({ name: `argument_number_${i}`, ...hashed }));
    const { bytes } = callLine({ ...frame('r'), kind: 'intent', decision: 'allow', args, argsMore: 10 }, stamp);
    const part = own(read(bytes)) as { args: unknown[]; argsOmitted: number };
    expect(bytes.length).toBeLessThanOrEqual(8_000);
    expect(part.args.length).toBeGreaterThan(20);
    expect(part.args.length + part.argsOmitted).toBe(900);
  });

  it('writes what is revealed in printable text, cut, and in a fixed order', () => {
    const revealed = { reference: 're\u202e1', reason: 'x'.repeat(500), amount: '12.50 USD' };
    const line = callLine({ ...frame('r'), kind: 'intent', decision: 'allow', args: [], revealed }, stamp).bytes;
    const written = own(read(line))['revealed'];
    expect(JSON.stringify(written)).toBe(
      `{"amount":"12.50 USD","reason":"${'x'.repeat(255)}~","reference":"re<U+202E>1"}`,
    );
    expect(own(record(intent('r')))).not.toHaveProperty('revealed');
  });

  it('keeps control characters, line separators and direction marks out of the bytes', () => {
    const hostile = 'a\u001b[2J\u2028\u2029\u0085\u202e\u200b\ud800\r\n"\\end';
    const { bytes } = callLine(
      {
        kind: 'session_opened',
        protocol: hostile,
        policies: [{ name: brandAs<PolicyName>(hostile), hash: null }],
        session: { ...session, principal: hostile, client: { name: hostile, version: hostile } },
      },
      stamp,
    );
    expect(bytes.toString().slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e\u200b\ud800]/);
    expect(own(read(bytes))['principal']).toBe(
      'a<U+001B>[2J<U+2028><U+2029><U+0085><U+202E><U+200B><U+D800><U+000D><U+000A>"\\end',
    );
  });

  it('stays within 8,000 bytes and valid whatever outsiders call their things', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom(
        '"'.repeat(500),
        '\\'.repeat(500),
        '\u{1f4b8}'.repeat(300),
        '\u0000'.repeat(300),
        'é'.repeat(400),
      ),
    );
    fc.assert(
      fc.property(nasty, nasty, nasty, fc.array(nasty, { maxLength: 60 }), (a, b, c, names) => {
        const event: CallEvent = {
          kind: 'decision',
          decision: 'deny',
          session: { grant: brandAs<GrantName>(a), principal: b, client: { name: c, version: a } },
          request: brandAs<RequestId>(b),
          tool: brandAs<ToolName>(`${c}/${a}`),
          toolKind: 'payout',
          rule: b,
          pointer: c,
          policy: brandAs<PolicyName>(a),
          policyHash: null,
          code: c,
          args: names.map((name) => ({ name, type: 'string', length: '<128', hmac: `202611:${'A'.repeat(22)}` })),
          quota: names.map((rule) => ({
            ...{ rule, policy: brandAs<PolicyName>(a), unit: 'USD', per: 'month', used: '<=100%' },
            ...{ figure: '90071992547409.91 USD', cap: '90071992547409.91 USD' },
          })),
          revealed: { amount: a, currency: b, reason: c, recipient: a, reference: b, quantity: c },
        };
        const { bytes } = callLine(event, stamp);
        expect(bytes.length).toBeLessThanOrEqual(8_000);
        expect(ocsfFaults(read(bytes))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('fills the first record of a file up to 1,024 bytes', () => {
    const first = frameLine(
      {
        kind: 'segment_open',
        install: 'i',
        pid: 1,
        processStart: 's',
        registry: { seq: 0, hash: 'b'.repeat(64) },
        durability: 'money',
        revealed: [],
        key: 'k'.repeat(44),
      },
      stamp,
    );
    expect(first.bytes.length).toBeGreaterThanOrEqual(1_024);
    expect(first.bytes.length).toBeLessThan(1_100);
    expect(ocsfFaults(read(first.bytes))).toEqual([]);
  });
});

describe('when a record is sealed', () => {
  it('hashes the RFC 8785 form of the record without its hash', () => {
    const { hash } = seal({
      time: 1,
      unmapped: { countersign: { kind: 'k', segment: 's', seq: 0, prev: 'p', b: 'é', a: [] } },
    });
    // printf '{"time":1,"unmapped":{"countersign":{"a":[],"b":"é","kind":"k","prev":"p","segment":"s","seq":0}}}' | sha256sum
    expect(hash).toBe('a91f81cbe9ff8848f6cf91291079484cb63a6c40aeb49d6c86b3f76beeb90267');
  });

  it('takes the same text for the RFC 8785 form as the general writer does', () => {
    const lines = [
      ...CALL_EVENTS.map((event) => callLine(event, stamp)),
      ...ADMIN_EVENTS.map((event) => adminLine(event, stamp)),
    ];
    for (const { bytes } of lines) {
      const json = JSON.parse(bytes.toString()) as Parameters<typeof canonicalText>[0];
      expect(canonicalText(json)).toBe(canonicalPlain(json));
    }
  });

  it('refuses a record that no line can hold', () => {
    const record = {
      time: 1,
      unmapped: { countersign: { kind: 'k', segment: 's', seq: 0, prev: 'p', long: 'x'.repeat(8_000) } },
    };
    expect(() => seal(record)).toThrow(expect.objectContaining({ name: 'AuditError', code: 'unwritable' }) as Error);
  });
});

describe('when text is bounded', () => {
  it('leaves printable text of any script as it is', () => {
    expect(bounded('Zoë Müller 東京 ₿', 128)).toBe('Zoë Müller 東京 ₿');
  });
  it('marks where it cut', () => {
    expect(bounded('abcdefgh', 5)).toBe('abcd~');
  });
});
