/** Real rsyslogds: the shipper with the configuration that docs/siem ships, and a receiver that stands in for the SIEM. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../support/redis-server.ts';
import { shipped } from './shipped.ts';

const START_WITHIN_MS = 20_000;
const END_WITHIN_MS = 30_000;
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`;
const MODULES = ['imfile', 'mmjsonparse', 'omrelp', 'imrelp'];

/** For `describe.skipIf`, and what the title says then. */
export function whyNoRsyslog(): string | undefined {
  const room = mkdtempSync(join(tmpdir(), 'countersign-rsyslog-'));
  try {
    const probe = join(room, 'probe.conf');
    writeFileSync(probe, MODULES.map((name) => `module(load="${name}")\n`).join(''));
    const { error, stderr } = spawnSync('rsyslogd', ['-N1', '-f', probe], { env: { PATH }, encoding: 'utf8' });
    if (error !== undefined) return 'rsyslogd is not installed';
    const [, missing] = /could not load module '(\w+)'/.exec(stderr) ?? [];
    return missing === undefined ? undefined : `rsyslogd is installed without ${missing}`;
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}

/** The shipped configuration with its three places set. Throws if one of them is not in it exactly once. */
function shipperConfig(audit: string, work: string, port: number): string {
  return [
    ['"/home/countersign/.countersign/audit/*.jsonl"', `"${audit}/*.jsonl"`],
    ['"/var/lib/countersign-shipper"', `"${work}"`],
    ['target="siem.example.net"\n    port="2514"', `target="127.0.0.1"\n    port="${port}"`],
  ].reduce((text, [from = '', to = '']) => {
    if (text.split(from).length !== 2) throw new Error(`docs/siem/rsyslog.conf does not have ${from} exactly once`);
    return text.replace(from, () => to);
  }, shipped('rsyslog.conf'));
}

/** Writes `<MSGID> <message>` for each message; confirms one only when it is written. */
function receiverConfig(work: string, port: number, out: string): string {
  return `
global(workDirectory="${work}" maxMessageSize="16k")
module(load="imrelp")
template(name="kept" type="list") {
  property(name="msgid") constant(value=" ") property(name="msg") constant(value="\\n")
}
input(type="imrelp" address="127.0.0.1" port="${port}" ruleset="keep")
ruleset(name="keep" queue.type="Direct") { action(type="omfile" file="${out}" template="kept") }
`;
}

/** One rsyslogd that can be ended and started again on the same files. */
export class Rsyslogd {
  readonly #config: string;
  readonly #pidFile: string;
  #child: ChildProcess | undefined;
  #said = '';

  constructor(config: string, pidFile: string) {
    this.#config = config;
    this.#pidFile = pidFile;
  }

  /** Resolves when it has written its pid file, which it does when its inputs run. Throws what it said if it ends. */
  async start(): Promise<void> {
    rmSync(this.#pidFile, { force: true });
    this.#said = '';
    const child = spawn('rsyslogd', ['-n', '-f', this.#config, '-i', this.#pidFile], { env: { PATH } });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => this.#hear(chunk));
    const startedMs = Date.now();
    while (!existsSync(this.#pidFile)) {
      if (hasEnded(child) || Date.now() - startedMs > START_WITHIN_MS)
        throw new Error(`rsyslogd did not start: ${this.#said}`);
      await delay(5);
    }
  }

  /** Ends it. Throws if it does not end in time. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const killing = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
    await ended;
    clearTimeout(killing);
    if (child.signalCode !== (signal === 'SIGKILL' ? 'SIGKILL' : null))
      throw new Error(`rsyslogd ended by ${String(child.signalCode)}: ${this.#said}`);
  }

  async restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.end(signal);
    await this.start();
  }

  /** What it said of itself since it was started. */
  get said(): string {
    return this.#said;
  }

  #hear(chunk: Buffer): void {
    this.#said = (this.#said + chunk.toString()).slice(-8_000);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** A message as the receiver kept it. */
export interface Received {
  /** What the shipper found in the record, having parsed it. */
  readonly kind: string;
  readonly line: string;
}

export interface Shipping {
  readonly shipper: Rsyslogd;
  readonly receiver: Rsyslogd;
  received(): readonly Received[];
  stop(): Promise<void>;
}

/** Starts a receiver and a shipper of the directory `audit`, with their files in `room`. */
export async function startShipping(audit: string, room: string): Promise<Shipping> {
  const at = (name: string): string => join(room, name);
  for (const name of ['shipper', 'receiver']) mkdirSync(at(name), { mode: 0o700 });
  const port = await freePort();
  writeFileSync(at('shipper.conf'), shipperConfig(audit, at('shipper'), port));
  writeFileSync(at('receiver.conf'), receiverConfig(at('receiver'), port, at('received')));
  const receiver = new Rsyslogd(at('receiver.conf'), at('receiver.pid'));
  const shipper = new Rsyslogd(at('shipper.conf'), at('shipper.pid'));
  const kept = new Kept(at('received'));
  await receiver.start();
  await shipper.start();
  return {
    ...{ shipper, receiver, received: () => kept.all() },
    stop: async () => {
      await shipper.end('SIGKILL');
      await receiver.end('SIGKILL');
    },
  };
}

/** What a growing file holds by now, read on from where it was read to. */
class Kept {
  readonly #file: string;
  readonly #received: Received[] = [];
  #offset = 0;

  constructor(file: string) {
    this.#file = file;
  }

  all(): readonly Received[] {
    if (!existsSync(this.#file)) return [];
    const bytes = readFileSync(this.#file).subarray(this.#offset);
    // The last line may still be on its way to the disk.
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.#offset += end;
    const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
    for (const text of lines) {
      const [, kind = '', line = ''] = /^(\S+) (.*)$/s.exec(text) ?? [];
      this.#received.push({ kind, line });
    }
    return this.#received;
  }
}
