/**
 * Writes whole logs for the report's tests: the admin stream through its writer, and calls files line by line, so that a
 * record may have any member and any time. `verifyLog` finds no fault in them.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, writeFileSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { dayOf, openAdminLog, type RegistryLog } from '../../../src/audit/admin.ts';
import { GENESIS, type PlainObject, seal, type Sealed } from '../../../src/audit/chain.ts';
import type { AdminEvent, CallEvent } from '../../../src/audit/index.ts';
import { assemble, type Stamp } from '../../../src/audit/ocsf.ts';
import type { ChainHead, HeadPort } from '../../../src/audit/ports.ts';
import { frameLine } from '../../../src/audit/record.ts';
import { ROOMS } from '../../../src/audit/call-parts.ts';
import { CHECKPOINT_RECORDS, originOf, signCheckpoint } from '../../../src/audit/checkpoint.ts';
import { SigningKey } from '../../../src/audit/signing.ts';
import { callShape } from '../../../src/audit/record-calls.ts';

export const WRITER_INSTALL = '0123456789abcdef0123456789abcdef';
const VERSION = '0.1.0';

export class WrittenLog {
  readonly #directory: string;
  readonly #admin: RegistryLog;
  readonly #clock = {
    now: 0,
    nowMs(): number {
      return this.now;
    },
  };

  /** Its keys are kept in a new directory beside the log, unless the log is that of a home, whose keys sign it. */
  constructor(directory: string, heads: HeadPort, keysDirectory = mkdtempSync(`${directory}-keys-`)) {
    this.#directory = directory;
    const named = { installId: WRITER_INSTALL, version: VERSION };
    this.#admin = openAdminLog({ directory, keysDirectory, heads, clock: this.#clock, ...named });
  }

  async admin(timeMs: number, event: AdminEvent): Promise<void> {
    this.#clock.now = timeMs;
    await this.#admin.write(event);
  }

  /** A calls file of its own, with its lines in the registry. */
  async open(timeMs: number): Promise<WrittenFile> {
    this.#clock.now = timeMs;
    const segment = randomUUID();
    const file = `calls-${dayOf(timeMs)}-${segment}.jsonl`;
    const key = SigningKey.generate();
    const registry = await this.#admin.append({ kind: 'segment_opened', segment, file, key: key.publicKey });
    return new WrittenFile(join(this.#directory, file), segment, key, { ...registry, timeMs });
  }

  /** Ends a file; `died`: as the next gateway does it for a process that was killed. */
  async close(file: WrittenFile, timeMs: number, how: 'closed' | 'died' = 'closed'): Promise<void> {
    if (how === 'closed') file.sign(timeMs);
    if (how === 'closed') file.frame(timeMs, { kind: 'segment_close', count: file.count + 1 });
    this.#clock.now = timeMs;
    const kind = how === 'closed' ? 'segment_closed' : 'segment_abandoned';
    await this.#admin.append({ kind, segment: file.segment, file: file.name, count: file.count, head: file.head });
  }
}

export class WrittenFile {
  readonly segment: string;
  readonly #path: string;
  readonly #key: SigningKey;
  #signed = 0;
  count = 0;
  head = GENESIS;

  constructor(path: string, segment: string, key: SigningKey, opening: { seq: number; hash: string; timeMs: number }) {
    this.#path = path;
    this.segment = segment;
    this.#key = key;
    writeFileSync(path, '', { mode: 0o600, flag: 'wx' });
    const { seq, hash, timeMs } = opening;
    const named = { kind: 'segment_open', install: WRITER_INSTALL, pid: 1, processStart: 'x' } as const;
    const registry = { seq, hash };
    this.frame(timeMs, { ...named, registry, durability: 'money', revealed: ['amount'], key: key.publicKey });
  }

  get name(): string {
    return this.#path.slice(this.#path.lastIndexOf('/') + 1);
  }

  /** A record, with members of our part that its event does not have. */
  add(timeMs: number, event: CallEvent, more: PlainObject = {}): void {
    const shape = callShape(event, ROOMS[0]);
    this.#append(seal(assemble({ ...shape, own: { ...shape.own, ...more } }, this.#stamp(timeMs))));
    if (this.count - this.#signed >= CHECKPOINT_RECORDS) this.sign(timeMs);
  }

  sign(timeMs: number): void {
    const origin = originOf(WRITER_INSTALL, this.segment);
    const { count, head } = this;
    const note = signCheckpoint({ origin, count, head }, [{ name: origin, key: this.#key }]);
    this.frame(timeMs, { kind: 'checkpoint', note });
    this.#signed = this.count;
  }

  frame(timeMs: number, event: Parameters<typeof frameLine>[0]): void {
    this.#append(frameLine(event, this.#stamp(timeMs)));
  }

  #append({ bytes, hash }: Sealed): void {
    appendFileSync(this.#path, bytes);
    this.count += 1;
    this.head = hash;
  }

  #stamp(timeMs: number): Stamp {
    const { segment } = this;
    return {
      timeMs: Math.round(timeMs),
      stream: 'calls',
      segment,
      scope: segment,
      seq: this.count,
      prev: this.head,
      version: VERSION,
    };
  }
}

/** Where the admin stream stands, in memory: for logs that no store knows. */
export function memoryHeads(): HeadPort {
  let head: ChainHead = { file: '', bytes: 0, count: 0, hash: GENESIS };
  return {
    exclusive: (_, step) => {
      const { head: next, result } = step(head);
      head = next;
      return Promise.resolve(result);
    },
    read: () => Promise.resolve(head),
  };
}
