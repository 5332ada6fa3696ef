import { describe, expect, it } from 'vitest';
import { ecsOf } from '../../../src/audit/export/ecs.ts';
import { ocsfOf } from '../../../src/audit/export/ocsf.ts';
import { ADMIN_EVENTS, CALL_EVENTS, denial, intent, outcome } from '../support.ts';
import { act, altered, call } from './support.ts';

/** The allowed values of ECS 9.4, written out here. */
const CATEGORIES =
  'api authentication configuration database driver email file host iam intrusion_detection library malware network package process registry session threat vulnerability web'.split(
    ' ',
  );
const TYPES =
  'access admin allowed change connection creation deletion denied device end error group indicator info installation protocol start user'.split(
    ' ',
  );

type Document = Record<string, Record<string, unknown>>;

function ecs(record: Parameters<typeof ecsOf>[0]): Document {
  return JSON.parse(ecsOf(record)) as Document;
}

describe('when a record is written as ECS', () => {
  it('has every field of a call at its place', () => {
    expect(ecs(call(outcome('r-1')))).toEqual({
      '@timestamp': '2026-11-22T12:00:00.000Z',
      ecs: { version: '9.4.0' },
      message: 'outcome of stripe/create_refund: ok',
      event: {
        ...{ kind: 'event', category: ['api'], type: ['end'], action: 'outcome', outcome: 'success' },
        ...{ id: 'seg-1:7', sequence: 7, reason: 'outcome of stripe/create_refund: ok', code: 'ok', severity: 1 },
        ...{ provider: 'countersign', module: 'countersign', dataset: 'countersign.calls', duration: 12_000_000 },
        ...{ created: '2026-11-22T12:00:00.000Z', hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      },
      rule: { id: 'refunds', name: 'refunds', ruleset: 'support', version: 'c'.repeat(64) },
      user: { id: 'grant:support-agent', name: 'support@acme.example' },
      related: { user: ['support@acme.example'] },
      service: { name: 'countersign', type: 'countersign', version: '0.1.0', target: { name: 'stripe' } },
      gen_ai: {
        agent: { name: 'test-client' },
        tool: { name: 'stripe/create_refund', call: { id: 'r-1' } },
        operation: { name: 'execute_tool' },
      },
      countersign: {
        ...{ kind: 'outcome', segment: 'seg-1', prev: '0'.repeat(64), request: 'r-1', grant: 'support-agent' },
        ...{ principal: 'support@acme.example', tool: 'stripe/create_refund', toolKind: 'refund', outcome: 'ok' },
        pointer: '/rules/1',
      },
    });
  });

  it('says allowed, denied, and how a call ended', () => {
    expect(ecs(call(intent('r')))['event']).toMatchObject({ type: ['allowed', 'start'], outcome: 'unknown' });
    expect(ecs(call(denial('r')))['event']).toMatchObject({ type: ['denied'], outcome: 'failure' });
    const doubt = altered(call(outcome('r')), { outcome: 'in-doubt' });
    expect(ecs(doubt)['event']).toMatchObject({ type: ['end', 'error'], outcome: 'unknown' });
  });

  it('has values that ECS allows, and nothing of the arguments, for every record', () => {
    for (const record of [...CALL_EVENTS.map(call), ...ADMIN_EVENTS.map(act)]) {
      const text = ecsOf(record);
      const { event } = JSON.parse(text) as Document;
      expect(CATEGORIES).toEqual(expect.arrayContaining(event!['category'] as string[]));
      expect(TYPES).toEqual(expect.arrayContaining(event!['type'] as string[]));
      expect(['success', 'failure', 'unknown']).toContain(event!['outcome']);
      expect(text).not.toMatch(/payment_intent|"args"|"revealed"|arguments/);
      expect(text).not.toContain('\n');
    }
  });

  it('leaves revealed facts out, as it does arguments', () => {
    const revealed = altered(call(intent('r')), { revealed: { amount: '12.50 USD', reason: 'because' } });
    expect(ecsOf(revealed)).not.toMatch(/12\.50|because/);
  });

  it('marks a record that was changed, and takes anything for what it is not', () => {
    const document = ecs(altered(call(outcome('r')), { latencyMs: 'slow', tool: ['x'], actor: 3, seq: null }));
    expect(document['tags']).toEqual(['changed_after_written']);
    expect(document['event']).not.toHaveProperty('duration');
    expect(document['gen_ai']).not.toHaveProperty('tool.name');
  });

  it('has no time for a record whose time is none', () => {
    const { record, line } = call(outcome('r'));
    for (const time of [9e99, 'now', null])
      expect(ecs({ line, record: { ...record, time }, intact: false })).not.toHaveProperty('@timestamp');
  });
});

describe('when a record is written as OCSF', () => {
  it('is the line, byte for byte', () => {
    const record = call(outcome('r-1'));
    expect(ocsfOf(record)).toBe(record.line);
  });
});
