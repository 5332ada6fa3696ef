import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdminLog, openCallLog, verifyLog, type VerifyOptions, type VerifyReport } from '../../src/audit/index.ts';
import type { ReadRecord } from '../../src/audit/chain.ts';
import { Findings } from '../../src/audit/findings.ts';
import { Semantics } from '../../src/audit/verify-semantics.ts';
import { brandAs, type ApprovalId } from '../../src/core/ids.ts';
import {
  ADMIN_EVENTS,
  CALL_EVENTS,
  denial,
  intent,
  makeHome,
  outcome,
  own as ownPart,
  session,
  type Home,
} from './support.ts';

/** A log of several writers: two closed segments, one of two files, and an admin stream of several files. */
let home: Home;
let bench: string;
let admin: string[];
let calls: string[];

beforeAll(async () => {
  home = await makeHome();
  const adminLog = openAdminLog({ ...home.options(), rotateBytes: 5_000 });
  const first = openCallLog(home.options());
  const second = openCallLog({ ...home.options(), rotateBytes: 12_000 });
  for (const event of CALL_EVENTS) await first.writeDurable(event);
  for (const event of ADMIN_EVENTS) await adminLog.write(event);
  for (let i = 0; i < 4; i += 1) {
    await second.writeDurable(intent(`s-${i}`));
    second.write(outcome(`s-${i}`));
  }
  await first.close();
  await second.close();
  admin = home.files('admin-');
  // The segment of the first log comes first, whatever its name.
  const isFirst = (file: string): boolean => home.lines(file).some((line) => line.includes('session_opened'));
  calls = home.files('calls-').sort((a, b) => Number(isFirst(b)) - Number(isFirst(a)));
  expect(admin.length).toBeGreaterThan(1);
  expect(calls.length).toBeGreaterThan(1);
  bench = join(home.folder, 'bench');
});
afterAll(() => home.dispose());

/** The untouched log, copied to the bench. */
function fresh(): void {
  fs.rmSync(bench, { recursive: true, force: true });
  fs.cpSync(home.directory, bench, { recursive: true });
}
function verify(over: Partial<VerifyOptions> = {}): Promise<VerifyReport> {
  return verifyLog({ directory: bench, heads: home.store.heads, segments: home.store.segments, ...over });
}
const alone = (): Promise<VerifyReport> => verifyLog({ directory: bench });
const at = (file: string): string => join(bench, file);
const linesOf = (file: string): string[] => fs.readFileSync(at(file), 'utf8').split('\n').slice(0, -1);
const rewrite = (file: string, lines: string[]): void =>
  fs.writeFileSync(at(file), lines.map((line) => `${line}\n`).join(''));

describe('when nobody touched the log', () => {
  it('finds no fault, and counts every record and file', async () => {
    fresh();
    const lines = [...admin, ...calls].reduce((sum, file) => sum + linesOf(file).length, 0);
    expect(await verify()).toEqual({
      ok: true,
      records: lines,
      files: admin.length + calls.length,
      faults: [],
      omitted: 0,
      notes: [],
    });
  });

  it('says without the store that the end of the admin stream is unproven', async () => {
    fresh();
    expect(await alone()).toMatchObject({
      ok: true,
      faults: [],
      notes: [{ code: 'tail_unproven', file: admin.at(-1) }],
    });
  });

  it('finds nothing in an empty directory of a new home', async () => {
    fs.rmSync(bench, { recursive: true, force: true });
    fs.mkdirSync(bench);
    expect(await alone()).toMatchObject({ ok: true, records: 0, files: 0, notes: [] });
  });

  it('throws when there is no directory', async () => {
    fs.rmSync(bench, { recursive: true, force: true });
    await expect(alone()).rejects.toMatchObject({ name: 'AuditError', code: 'unreadable' });
  });
});

describe('when a byte was changed', () => {
  it('finds it at its file and line, wherever it is', async () => {
    fresh();
    for (const file of [calls[0]!, admin[0]!]) {
      const whole = fs.readFileSync(at(file));
      let line = 1;
      for (let position = 0; position < whole.length; position += 1) {
        const here = line;
        if (whole[position] === 0x0a) line += 1;
        if (position % 151 !== 0 && whole[position] !== 0x0a) continue;
        const changed = Buffer.from(whole);
        changed[position] = whole[position]! ^ (1 + (position % 127));
        fs.writeFileSync(at(file), changed);
        const { ok, faults } = await verify();
        expect(ok, `byte ${position} of ${file}`).toBe(false);
        expect(
          faults.some(
            (fault) =>
              fault.file === file && (fault.line === here || fault.line === 0 || fault.code === 'tail_missing'),
          ),
          `byte ${position}: ${JSON.stringify(faults)}`,
        ).toBe(true);
      }
      fs.writeFileSync(at(file), whole);
    }
  }, 60_000);

  it('gives the sequence of the record', async () => {
    fresh();
    const lines = linesOf(calls[0]!);
    rewrite(calls[0]!, lines.with(3, lines[3]!.replace('support-agent', 'finance-agent')));
    expect((await verify()).faults).toEqual([
      {
        file: calls[0],
        line: 4,
        seq: 3,
        code: 'hash_mismatch',
        message: 'the record was changed after it was written',
      },
    ]);
  });

  it('finds white space, an escape or a repeated key that leave the value as it was', async () => {
    const disguises: ((line: string) => string)[] = [
      (line) => line.replace('{', '{ '),
      (line) => `${line} `,
      (line) => `${line}\r`,
      (line) => line.replace('countersign', '\\u0063ountersign'),
      (line) => line.replace('{"time"', '{"time":1,"time"'),
      (line) => line.replace('"seq":3', '"seq":3.0'),
    ];
    for (const disguise of disguises) {
      fresh();
      const lines = linesOf(calls[0]!);
      rewrite(calls[0]!, lines.with(3, disguise(lines[3]!)));
      expect((await verify()).faults).toMatchObject([{ file: calls[0], line: 4, seq: 3, code: 'hash_mismatch' }]);
    }
  });
});

const unsealed = (part: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(part).filter(([key]) => key !== 'hash'));

interface Tampering {
  readonly what: string;
  readonly change: () => void;
  readonly finds: () => readonly object[];
}
const tamperings: Tampering[] = [
  {
    what: 'a line is deleted',
    change: () => rewrite(calls[0]!, linesOf(calls[0]!).toSpliced(2, 1)),
    finds: () => [{ code: 'seq_gap', file: calls[0], line: 3, seq: 3 }],
  },
  {
    what: 'the first line is deleted',
    change: () => rewrite(calls[0]!, linesOf(calls[0]!).slice(1)),
    finds: () => [{ code: 'seq_gap', file: calls[0], line: 1, seq: 1 }],
  },
  {
    what: 'two lines are swapped',
    change: () => {
      const lines = linesOf(calls[0]!);
      rewrite(calls[0]!, lines.with(2, lines[3]!).with(3, lines[2]!));
    },
    finds: () => [
      { code: 'seq_gap', file: calls[0], line: 3, seq: 3 },
      { code: 'seq_gap', file: calls[0], line: 4, seq: 2 },
      { code: 'seq_gap', file: calls[0], line: 5, seq: 4 },
    ],
  },
  {
    what: 'a line is repeated',
    change: () => rewrite(calls[0]!, linesOf(calls[0]!).toSpliced(3, 0, linesOf(calls[0]!)[2]!)),
    finds: () => [{ code: 'seq_gap', file: calls[0], line: 4, seq: 2 }],
  },
  {
    what: 'a line of another segment is put in',
    change: () =>
      rewrite(
        calls[0]!,
        linesOf(calls[0]!).with(2, linesOf(calls.find((file) => file !== calls[0] && linesOf(file).length > 2)!)[2]!),
      ),
    finds: () => [
      { code: 'prev_mismatch', file: calls[0], line: 3, seq: 2 },
      { code: 'registry_mismatch', file: calls[0], line: 3, seq: 2 },
      { code: 'prev_mismatch', file: calls[0], line: 4, seq: 3 },
    ],
  },
  {
    what: 'something that is no record is put in',
    change: () => rewrite(calls[0]!, linesOf(calls[0]!).toSpliced(2, 0, 'hello')),
    finds: () => [
      { code: 'bad_json', file: calls[0], line: 3, seq: 2 },
      { code: 'seq_gap', file: calls[0], line: 4, seq: 2 },
    ],
  },
  {
    what: 'an endless line is put in',
    change: () => rewrite(calls[0]!, linesOf(calls[0]!).with(2, 'x'.repeat(3_000_000))),
    finds: () => [
      { code: 'line_too_long', file: calls[0], line: 3 },
      { code: 'bad_json', file: calls[0], line: 3 },
    ],
  },
  {
    what: 'the last line is cut off',
    change: () => rewrite(calls[0]!, linesOf(calls[0]!).slice(0, -1)),
    finds: () => [{ code: 'tail_missing', file: calls[0] }],
  },
  {
    what: 'a closed file ends in the middle of a line',
    change: () => fs.truncateSync(at(calls[0]!), fs.statSync(at(calls[0]!)).size - 20),
    finds: () => [
      { code: 'torn_line', file: calls[0] },
      { code: 'tail_missing', file: calls[0] },
    ],
  },
  {
    what: 'a closed file is emptied',
    change: () => fs.truncateSync(at(calls[0]!), 0),
    finds: () => [{ code: 'tail_missing', file: calls[0] }],
  },
  {
    what: 'a line is added behind the end',
    change: () => fs.appendFileSync(at(calls[0]!), `${linesOf(calls[0]!).at(-1)!}\n`),
    finds: () => [{ code: 'seq_gap', file: calls[0] }],
  },
  {
    what: 'a calls file is removed',
    change: () => fs.unlinkSync(at(calls[0]!)),
    finds: () => [{ code: 'missing_file', file: calls[0], line: 0, seq: null }],
  },
  {
    what: 'a calls file is renamed',
    change: () => fs.renameSync(at(calls[0]!), at('calls-20261122-other.jsonl')),
    finds: () => [
      { code: 'missing_file', file: calls[0] },
      { code: 'unknown_file', file: 'calls-20261122-other.jsonl' },
    ],
  },
  {
    what: 'two calls files change their names',
    change: () => {
      fs.renameSync(at(calls[0]!), at('x'));
      fs.renameSync(at(calls[1]!), at(calls[0]!));
      fs.renameSync(at('x'), at(calls[1]!));
    },
    finds: () => [{ code: 'registry_mismatch', file: calls[0], line: 1 }],
  },
  {
    what: 'a calls file is added',
    change: () => fs.copyFileSync(at(calls[0]!), at('calls-20261122-copy.jsonl')),
    finds: () => [{ code: 'unknown_file', file: 'calls-20261122-copy.jsonl' }],
  },
  {
    what: 'the first admin file is removed',
    change: () => fs.unlinkSync(at(admin[0]!)),
    finds: () => [{ code: 'missing_file', file: admin[0] }],
  },
  {
    what: 'the last admin file is removed',
    change: () => fs.unlinkSync(at(admin.at(-1)!)),
    finds: () => [{ code: 'missing_file', file: admin.at(-1) }],
  },
  {
    what: 'an admin file is renamed',
    change: () => fs.renameSync(at(admin[0]!), at('admin-20261122-0000000099.jsonl')),
    finds: () => [{ file: admin[0], code: 'missing_file' }],
  },
  {
    what: 'an admin file is added',
    change: () => fs.copyFileSync(at(admin[0]!), at('admin-20261122-0000000000-9.jsonl')),
    finds: () => [{ code: 'unknown_file' }],
  },
  {
    what: 'the end of the admin stream is cut off',
    change: () => rewrite(admin.at(-1)!, linesOf(admin.at(-1)!).slice(0, -1)),
    finds: () => [{ code: 'tail_missing', file: admin.at(-1) }],
  },
];

describe('when the log was tampered with', () => {
  it.each(tamperings.map((tampering) => [tampering.what, tampering] as const))(
    'finds that %s',
    async (_, { change, finds }) => {
      fresh();
      change();
      const { ok, faults } = await verify();
      expect(ok).toBe(false);
      for (const expected of finds()) expect(faults).toContainEqual(expect.objectContaining(expected));
    },
  );

  it('finds a record that was changed and hashed anew, because the next one names the old hash', async () => {
    const { readRecord, seal } = await import('../../src/audit/chain.ts');
    fresh();
    const lines = linesOf(calls[0]!);
    const { json } = readRecord(Buffer.from(lines[3]!))!;
    const part = {
      ...(json as { unmapped: { countersign: Record<string, unknown> } }).unmapped.countersign,
      kind: 'forged',
    };
    const forged = seal({ ...json, unmapped: { countersign: unsealed(part) } } as unknown as Parameters<
      typeof seal
    >[0]);
    rewrite(calls[0]!, lines.with(3, forged.bytes.toString().trimEnd()));
    expect((await verify()).faults).toMatchObject([{ code: 'prev_mismatch', file: calls[0], line: 5, seq: 4 }]);
  });

  it('finds a whole segment that was written anew, because the registry holds its head', async () => {
    const { seal } = await import('../../src/audit/chain.ts');
    fresh();
    let prev = '0'.repeat(64);
    const lines = linesOf(calls[0]!).map((line) => {
      const json = JSON.parse(line.replaceAll('support@acme.example', 'nobody@acme.example')) as {
        unmapped: { countersign: Record<string, unknown> };
      };
      const part = unsealed(json.unmapped.countersign);
      const sealed = seal({ ...json, unmapped: { countersign: { ...part, prev } } } as unknown as Parameters<
        typeof seal
      >[0]);
      prev = sealed.hash;
      return sealed.bytes.toString().trimEnd();
    });
    rewrite(calls[0]!, lines);
    expect((await verify()).faults).toMatchObject([
      { code: 'checkpoint_bad', file: calls[0] },
      { code: 'registry_mismatch', file: calls[0] },
    ]);
  });

  it('finds half a character that nothing can be hashed of', async () => {
    fresh();
    const lines = linesOf(calls[0]!);
    const halved = lines[3]!.replace('"message":"', '"message":"\\ud800').replace(/"hash":"[0-9a-f]{64}"/, '"hash":""');
    rewrite(calls[0]!, lines.with(3, halved));
    expect((await verify()).faults).toContainEqual(expect.objectContaining({ code: 'hash_mismatch', line: 4 }));
  });

  it('finds a byte that is no text in the place of the character that stands for such bytes', async () => {
    const own = await makeHome();
    const log = openCallLog(own.options());
    await log.writeDurable({ kind: 'session_closed', session, why: 'gone \ufffd' });
    await log.close();
    const path = join(own.directory, own.files('calls-')[0]!);
    const before = fs.readFileSync(path);
    const at = before.indexOf('\ufffd');
    fs.writeFileSync(path, Buffer.concat([before.subarray(0, at), Buffer.from([0xff]), before.subarray(at + 3)]));
    expect((await verifyLog({ directory: own.directory })).faults).toMatchObject([{ code: 'hash_mismatch', line: 2 }]);
    await own.dispose();
  });

  it('finds a number that readers may read differently, though its hash is right', async () => {
    const { readRecord, seal } = await import('../../src/audit/chain.ts');
    fresh();
    const lines = linesOf(calls[0]!);
    const { json, own } = readRecord(Buffer.from(lines.at(-1)!))!;
    const forged = { ...json, unmapped: { countersign: { ...unsealed(own), count: 0.5 } } };
    rewrite(
      calls[0]!,
      lines.with(
        -1,
        seal(forged as unknown as Parameters<typeof seal>[0])
          .bytes.toString()
          .trimEnd(),
      ),
    );
    expect((await verify()).faults).toContainEqual(expect.objectContaining({ code: 'hash_mismatch' }));
  });

  it('finds another name of the last file of the stream, which nothing continues', async () => {
    fresh();
    const last = admin.at(-1)!;
    fs.renameSync(at(last), at('admin-20261122-9999999999.jsonl'));
    expect((await alone()).faults).toMatchObject([{ code: 'registry_mismatch', line: 1 }]);
    fresh();
    fs.renameSync(at(last), at(last.replace('.jsonl', '-7.jsonl')));
    expect((await alone()).ok).toBe(true);
    expect((await verify()).faults).toMatchObject([{ code: 'registry_mismatch' }]);
  });

  it('finds a directory in the place of a file', async () => {
    for (const file of [admin.at(-1)!, calls[0]!]) {
      fresh();
      fs.unlinkSync(at(file));
      fs.mkdirSync(at(file));
      expect((await verify()).faults).toContainEqual(expect.objectContaining({ code: 'unreadable', file }));
    }
  });

  it('keeps the report of a destroyed log small', async () => {
    fresh();
    rewrite(
      calls[0]!,
      Array.from({ length: 5_000 }, (_, i) => `junk ${i}`),
    );
    const { faults, omitted } = await verify();
    expect(faults).toHaveLength(1_000);
    expect(omitted).toBeGreaterThan(3_900);
  });
});

describe('when a segment is still open', () => {
  it('asks nothing of a living process: neither an end nor the outcome of its calls', async () => {
    const own = await makeHome();
    const log = openCallLog(own.options());
    await log.writeDurable(intent('a'));
    const report = await verifyLog({ directory: own.directory, heads: own.store.heads, segments: own.store.segments });
    expect(report).toMatchObject({ ok: true, notes: [] });
    log.write(outcome('a'));
    await log.close();
    await own.dispose();
  });

  it('says of a dead process that its end is unproven and its call has no outcome', async () => {
    const own = await makeHome();
    const log = openCallLog(own.options());
    await log.writeDurable(intent('a'));
    const [file] = own.files('calls-');
    const options = {
      directory: own.directory,
      heads: own.store.heads,
      segments: own.store.segments,
      isAlive: () => false,
    };
    expect(await verifyLog(options)).toMatchObject({
      ok: false,
      faults: [{ code: 'intent_without_outcome', file, line: 2, seq: 1 }],
      notes: [{ code: 'tail_unproven', file, line: 2, seq: 1 }],
    });
    fs.unlinkSync(join(own.directory, file!));
    expect((await verifyLog(options)).faults).toMatchObject([{ code: 'missing_file', file }]);
    expect((await verifyLog({ directory: own.directory })).faults).toMatchObject([{ code: 'never_started', file }]);
    await log.close().catch(() => undefined);
    await own.dispose();
  });

  it('tells a segment that never began from one that was removed, by the store', async () => {
    const own = await makeHome();
    await openAdminLog(own.options()).write({
      ...{ kind: 'segment_opened', segment: 's', file: 'calls-20261122-s.jsonl' },
      key: 'k'.repeat(44),
    });
    const report = await verifyLog({ directory: own.directory, heads: own.store.heads, segments: own.store.segments });
    expect(report).toMatchObject({ ok: true, notes: [{ code: 'never_started', file: 'calls-20261122-s.jsonl' }] });
    await own.dispose();
  });

  it('says when the state file was lost', async () => {
    const own = await makeHome();
    const log = openCallLog(own.options());
    await log.writeDurable(denial('a'));
    await log.close();
    const other = await makeHome();
    const report = await verifyLog({
      directory: own.directory,
      heads: other.store.heads,
      segments: other.store.segments,
    });
    expect(report.faults).toMatchObject([{ code: 'registry_mismatch', line: 0 }]);
    await own.dispose();
    await other.dispose();
  });
});

describe('when a line says that a file was deleted because its time was over', () => {
  const actor = { by: 'os-user', name: 'jo' } as const;
  const DAYS_MS = 400 * 86_400_000;
  let own: Home;
  let file: string;
  let line: string;

  /** A log whose first segment is deleted as it should be; `line` is what says so. */
  beforeAll(async () => {
    own = await makeHome();
    const log = openCallLog(own.options());
    await log.writeDurable(denial('a'));
    await log.close();
    file = own.files('calls-')[0]!;
    const closed = own
      .records(own.files('admin-')[0]!)
      .find((record) => JSON.stringify(record).includes('segment_closed'));
    const { entry } = ownPart(closed) as { entry: { segment: string; file: string; count: number; head: string } };
    own.clock.now += DAYS_MS;
    const event = { kind: 'segment_pruned', actor, ...entry, retainDays: 300 } as const;
    await openAdminLog({ ...own.options(), rotateBytes: 64 * 1024 * 1024 }).write(event);
    fs.unlinkSync(join(own.directory, file));
    line = own.files('admin-').at(-1)!;
  });
  afterAll(() => own.dispose());

  it('is content with a line that is signed', async () => {
    expect(await verifyLog({ directory: own.directory })).toMatchObject({
      ok: true,
      notes: [{}, { code: 'pruned', file }],
    });
  });

  it('asks for the file when the signature is missing, because anybody can write a line behind the last', async () => {
    const lines = own.lines(line);
    fs.writeFileSync(
      join(own.directory, line),
      lines
        .slice(0, -1)
        .map((one) => `${one}\n`)
        .join(''),
    );
    const { faults, notes } = await verifyLog({ directory: own.directory });
    expect(faults).toMatchObject([{ code: 'missing_file', file }]);
    expect(notes).toContainEqual({
      ...{ file: line, line: 2, seq: 5, code: 'tail_unproven' },
      message: 'the last record is not signed: a crash left it so, or somebody put it there',
    });
  });
});

describe('when a call ran under an approval', () => {
  const approval = brandAs<ApprovalId>('ap-1');
  const place = { file: 'calls-1.jsonl', line: 2, seq: 1 };
  const judged = (kinds: readonly string[], isPruned: boolean): Findings => {
    const findings = new Findings();
    const semantics = new Semantics(findings);
    for (const kind of kinds)
      semantics.take({ kind, own: { approval, accepted: true, verdict: 'approve' } } as unknown as ReadRecord, place);
    semantics.report(isPruned);
    return findings;
  };

  it('asks for the verdict, but not in files that were deleted with the request', () => {
    expect(judged(['approval_requested', 'approval_decided', 'intent'], false).faults).toEqual([]);
    expect(judged(['intent'], false).faults).toMatchObject([{ code: 'approval_missing' }]);
    expect(judged(['intent'], true)).toMatchObject({ faults: [], notes: [{ code: 'pruned', line: 2 }] });
    // The request is there, so the verdict behind it was not deleted.
    expect(judged(['approval_requested', 'intent'], true).faults).toMatchObject([{ code: 'approval_missing' }]);
  });
});
