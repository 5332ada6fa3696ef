/** The real rsyslogd as a child, on a configuration and files of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

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
