/** A whole run through the real binary: every line of its log is a valid OCSF event, and our part fits its schema. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdminEvent, CallEvent } from '../../src/audit/index.ts';
import type { FrameEvent } from '../../src/audit/record-admin.ts';
import type { CarriedIntent } from '../../src/audit/record-calls.ts';
import { ocsfFaults } from '../audit/ocsf/validate.ts';
import { ownPartFaults, SCHEMA_KINDS } from '../audit/own-part.ts';
import { own } from '../audit/support.ts';
import type { Home } from './support/home.ts';
import { runPlain } from './support/run-plain.ts';
import { runSigned } from './support/run-signed.ts';

type Kind = (CallEvent | AdminEvent | FrameEvent | CarriedIntent)['kind'];

/** Every kind that the product can write. A kind that is not here does not compile, and one the run lacks fails below. */
const WRITTEN: Readonly<Record<Kind, true>> = {
  session_opened: true,
  session_closed: true,
  protocol_rejected: true,
  upstream_started: true,
  upstream_failed: true,
  tool_quarantined: true,
  decision: true,
  intent: true,
  intent_carried: true,
  outcome: true,
  request_decided: true,
  request_ended: true,
  approval_requested: true,
  approval_decided: true,
  approval_ended: true,
  segment_open: true,
  segment_close: true,
  stream_opened: true,
  segment_opened: true,
  segment_closed: true,
  segment_abandoned: true,
  segment_pruned: true,
  checkpoint: true,
  audit_stopped: true,
  audit_resumed: true,
  secret_sealed: true,
  secret_removed: true,
  grant_issued: true,
  grant_revoked: true,
  grant_rotated: true,
  grants_frozen: true,
  grants_unfrozen: true,
  auth_failed: true,
  upstream_added: true,
  upstream_accepted: true,
  policy_edited: true,
  policy_refused: true,
  config_signed: true,
  config_reloaded: true,
  config_refused: true,
  quota_reset: true,
  quota_resolved: true,
  quota_settled: true,
  operator_added: true,
  operator_revoked: true,
  approval_signed: true,
  approval_refused: true,
  client_installed: true,
  client_uninstalled: true,
  log_read: true,
};

/** The kinds that the sources of the records name, read as text: vitest compiles nothing that tells types apart. */
function kindsInSources(): string[] {
  const files = ['events.ts', 'record-admin.ts', 'record-calls.ts'];
  const texts = files.map((file) => readFileSync(new URL(`../../src/audit/${file}`, import.meta.url), 'utf8'));
  const unions = texts.join('\n').matchAll(/readonly kind: ((?:'[a-z_]+'(?: \| )?)+);/g);
  return [...unions].flatMap(([, union = '']) => union.replaceAll("'", '').split(' | '));
}

interface Line {
  readonly at: string;
  readonly text: string;
  readonly record: Record<string, unknown>;
}

function linesOf({ directory }: Home): Line[] {
  const folder = join(directory, 'audit');
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return files.flatMap((file) => {
    const whole = readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1);
    return whole.map((text, index) => {
      return { at: `${file}:${index + 1}`, text, record: JSON.parse(text) as Record<string, unknown> };
    });
  });
}

describe('when an installation has done everything that it can', () => {
  const homes: Home[] = [];
  let lines: readonly Line[];
  beforeAll(async () => {
    homes.push(...(await Promise.all([runPlain(), runSigned()])));
    lines = homes.flatMap(linesOf);
  }, 180_000);
  afterAll(() => Promise.all(homes.map((home) => home.remove())));

  it('has written every kind of record that there is', () => {
    const seen = new Set(lines.map(({ record }) => own(record)['kind']));
    expect(Object.keys(WRITTEN).filter((kind) => !seen.has(kind))).toEqual([]);
    expect([...seen].filter((kind) => !(String(kind) in WRITTEN))).toEqual([]);
    expect([...new Set(kindsInSources())].sort()).toEqual(Object.keys(WRITTEN).sort());
    expect([...SCHEMA_KINDS].sort()).toEqual(Object.keys(WRITTEN).sort());
  });

  it('has written valid OCSF events only, of at most 8,000 bytes', () => {
    const faulty = lines.map(({ at, record }) => [at, own(record)['kind'], ocsfFaults(record)] as const);
    expect(faulty.filter(([, , faults]) => faults.length > 0)).toEqual([]);
    expect(Math.max(...lines.map(({ text }) => Buffer.byteLength(text) + 1))).toBeLessThanOrEqual(8_000);
  });

  it('has written nothing of its own that the shipped schema lacks', () => {
    const faulty = lines.map(({ at, record }) => [at, own(record)['kind'], ownPartFaults(own(record))] as const);
    expect(faulty.filter(([, , faults]) => faults.length > 0)).toEqual([]);
  });

  it('has written chains without a fault', async () => {
    for (const home of homes) {
      const { stdout } = await home.run(['audit', 'verify', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, faults: [] });
    }
  });

  it('has met the ways in which a call ends', () => {
    const ways = new Set(lines.map(({ record }) => `${String(own(record)['outcome'])} ${String(own(record)['code'])}`));
    expect([...ways]).toEqual(
      expect.arrayContaining([
        ...['ok result', 'in-doubt tool_error', 'in-doubt exited', 'in-doubt gateway_died'],
        ...['null denied', 'null limit', 'null unknown_tool', 'null unknown_argument', 'null invalid_arguments'],
        ...['null definition_changed', 'null frozen', 'null revoked', 'null approval_rejected', 'null missing'],
        ...['null batch', 'null duplicate_key', 'null syntax', 'null unknown_method', 'null call_without_id'],
      ]),
    );
  });
});
