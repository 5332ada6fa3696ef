/** Who is refused without end: what is recorded, when he is read again, what the log keeps of it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditError, type CallEvent } from '../../src/audit/events.ts';
import { brandAs, type RequestId } from '../../src/core/ids.ts';
import { Brake } from '../../src/gateway/brake.ts';
import { Rejections } from '../../src/gateway/rejections.ts';
import { denial, intent, NOON, session } from '../audit/support.ts';

let written: CallEvent[];
let told: string[];
let brake: Brake;
let isBroken: boolean;

const log = {
  ready: () => Promise.resolve(),
  write: (event: CallEvent) => {
    if (isBroken) throw new AuditError('unwritable', 'the disk is full');
    written.push(event);
  },
  writeSoon: (event: CallEvent) => {
    log.write(event);
    return Promise.resolve();
  },
  writeDurable: (event: CallEvent) => log.writeSoon(event),
  close: () => Promise.resolve(),
};

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
  written = [];
  told = [];
  isBroken = false;
  brake = new Brake({ pause: () => told.push('pause'), resume: () => told.push('resume') }, Date.now);
});
afterEach(() => vi.useRealTimers());

describe('when calls are denied without end', () => {
  const deny = (times: number): void => {
    for (let at = 0; at < times; at += 1)
      brake.watching(log).write({ ...denial(`r-${at}`), args: [], quota: [] } as CallEvent);
  };

  it('records every one, and reads on only when their bytes are paid for', () => {
    deny(260);
    expect(told).toEqual([]);
    deny(240);
    expect(written).toHaveLength(500);
    expect(told).toEqual(['pause']);
    vi.advanceTimersByTime(4_000);
    expect(told).toEqual(['pause']);
    // What was read before is still being denied.
    deny(400);
    vi.advanceTimersByTime(4_000);
    expect(told).toEqual(['pause']);
    vi.advanceTimersByTime(5_000);
    expect(told).toEqual(['pause', 'resume']);
    deny(100);
    expect(told).toEqual(['pause', 'resume', 'pause']);
  });

  it('reads no faster where the log cannot be written', () => {
    isBroken = true;
    for (let at = 0; at < 500; at += 1) expect(() => deny(1)).toThrow('the disk is full');
    expect(told).toEqual(['pause']);
  });

  it.each([
    ['the client’s own lists and denials', { method: 'tools/list', from: 'client', decision: 'allow', code: null }, 1],
    ['denials of what a server asks', { method: 'roots/list', from: 'server', decision: 'deny', code: 'flood' }, 0],
  ] as const)('charges the client for %s as is due', (_, what, pauses) => {
    const source = { rule: '(capability)', pointer: '', policy: null, policyHash: null };
    const request = brandAs<RequestId>('r-1');
    for (let at = 0; at < 500; at += 1)
      brake.watching(log).write({ kind: 'request_decided', session, request, upstream: null, ...source, ...what });
    expect(told).toHaveLength(pauses);
  });

  it('charges nothing for a call that is allowed', async () => {
    const watched = brake.watching(log);
    for (let at = 0; at < 5_000; at += 1) await watched.writeSoon(intent(`r-${at}`));
    deny(260);
    expect(told).toEqual([]);
  });
});

describe('when messages are refused without end', () => {
  const rejections = (): Rejections => {
    const parts = { log, nowMs: Date.now, warn: (sentence: string) => void told.push(sentence) };
    return new Rejections(parts, session, brake);
  };
  const counts = () =>
    written.map((event) => (event.kind === 'protocol_rejected' ? [event.code, event.together?.count ?? 1] : []));
  const total = (): number => counts().reduce((sum, [, count]) => sum + Number(count), 0);

  it('records the first one by one, and of the rest each second how many there were by code', () => {
    const refused = rejections();
    for (let at = 0; at < 10_000; at += 1) refused.add({ code: at % 2 === 0 ? 'batch' : 'parse_error', method: null });
    const alone = written.length;
    expect(alone).toBe(266);
    vi.advanceTimersByTime(1_000);
    expect(counts().slice(alone)).toEqual([
      ['batch', 4_867],
      ['parse_error', 4_867],
    ]);
    expect(written.at(-1)).toMatchObject({ together: { sinceMs: NOON } });
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1_000);
    refused.add({ code: 'batch', method: null });
    expect(counts().at(-1)).toEqual(['batch', 1]);
    expect(total()).toBe(10_001);
  });

  it('names no method but the two that it knows, so that nobody can make up things to count apart', () => {
    const refused = rejections();
    for (let at = 0; at < 1_000; at += 1) refused.add({ code: 'id_in_use', method: `made/up/${at}` });
    refused.add({ code: 'id_in_use', method: 'tools/call' });
    refused.end();
    expect(written.length).toBe(268);
    expect(new Set(written.map((event) => ('method' in event ? event.method : '')))).toEqual(
      new Set([null, 'tools/call']),
    );
  });

  it('keeps what the log does not take, says so once, and records it when it can', () => {
    const refused = rejections();
    isBroken = true;
    for (let at = 0; at < 1_000; at += 1) refused.add({ code: 'batch', method: null });
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual(['the audit log cannot be written: the disk is full']);
    isBroken = false;
    vi.advanceTimersByTime(1_000);
    expect(counts()).toEqual([['batch', 1_000]]);
  });

  it('records what was counted when the session ends', () => {
    const refused = rejections();
    for (let at = 0; at < 1_000; at += 1) refused.add({ code: 'batch', method: null });
    refused.end();
    expect(total()).toBe(1_000);
    vi.advanceTimersByTime(10_000);
    expect(total()).toBe(1_000);
  });
});
