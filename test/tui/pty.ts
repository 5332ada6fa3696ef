/** The screen in a terminal: a pseudo-terminal on one side, what a person would see of it on the other. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
import type { IPty } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import type { Outcome, Snapshot } from '../../src/tui/index.ts';
import type { ShowOptions } from './fixtures/show.ts';

interface BlessedBundling {
  readonly blessedPlugin: Plugin;
  copyDescriptions(folder: string): void;
}

/** Bundles the fixture as the product is bundled. */
export async function bundleShow(): Promise<string> {
  const bundling = (await import(new URL('../../scripts/blessed-plugin.mjs', import.meta.url).href)) as BlessedBundling;
  const folder = mkdtempSync(join(tmpdir(), 'countersign-tui-'));
  await build({
    entryPoints: [fileURLToPath(new URL('fixtures/show.ts', import.meta.url))],
    outfile: join(folder, 'show.mjs'),
    ...{ bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'warning' },
    plugins: [bundling.blessedPlugin],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  bundling.copyDescriptions(folder);
  return join(folder, 'show.mjs');
}

export interface PtyOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly show?: ShowOptions;
}

/** What has not come by then never will, and the screen as it is says why. */
const PATIENCE_MS = 20_000;

/** Everything here waits for what it names. */
export class Pty {
  /** Every byte that reached the terminal. */
  raw = '';
  readonly exit: Promise<number>;
  readonly pid: number;
  readonly #pty: IPty;
  readonly #terminal: xterm.Terminal;
  readonly #server: Server;
  readonly #home: string;
  readonly #waiting = new Set<() => void>();
  readonly #asked: unknown[] = [];
  #socket: Socket | undefined;

  constructor(program: string, { columns = 80, rows = 24, env = {}, show = {} }: PtyOptions = {}) {
    this.#home = mkdtempSync(join(tmpdir(), 'countersign-pty-'));
    mkdirSync(join(this.#home, 'home'));
    const path = join(this.#home, 'desk');
    this.#server = createServer((socket) => {
      this.#socket = socket;
      createInterface({ input: socket }).on('line', (line) => {
        this.#asked.push(JSON.parse(line));
        this.#look();
      });
    }).listen(path);
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#pty = spawn(process.execPath, [program, path, JSON.stringify(show)], {
      name: env['TERM'] ?? 'xterm-256color',
      cols: columns,
      rows,
      cwd: this.#home,
      env: { PATH: process.env['PATH'] ?? '', HOME: join(this.#home, 'home'), TERM: 'xterm-256color', ...env },
    });
    this.pid = this.#pty.pid;
    this.#pty.onData((data) => {
      this.raw += data;
      this.#terminal.write(data, () => this.#look());
    });
    this.exit = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => resolve(signal === undefined || signal === 0 ? exitCode : -signal));
    });
  }

  /** What is on the screen, without the spaces at the ends of its lines. */
  lines(): string[] {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: this.#terminal.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(false) ?? '').trimEnd(),
    );
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** True while the screen of the program covers what was there before. */
  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === 'alternate';
  }

  async until(holds: (lines: readonly string[]) => boolean): Promise<void> {
    await this.#when(() => holds(this.lines()));
  }

  async shows(text: string | RegExp): Promise<void> {
    await this.until((lines) =>
      typeof text === 'string' ? lines.join('\n').includes(text) : text.test(lines.join('\n')),
    );
  }

  /** What the screen asks of the desk next. */
  async asked(): Promise<unknown> {
    await this.#when(() => this.#asked.length > 0);
    return this.#asked.shift();
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  feed(snapshot: Snapshot): void {
    this.#send({ snapshot });
  }

  answer(outcome: Outcome): void {
    this.#send({ outcome });
  }

  /** Ends what is left of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      process.kill(this.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
    await this.exit;
    this.#socket?.destroy();
    this.#server.close();
    rmSync(this.#home, { recursive: true, force: true });
  }

  #send(message: unknown): void {
    const line = JSON.stringify(message, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    this.#socket?.write(`${line}\n`);
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }

  async #when(holds: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (holds()) end(resolve);
      };
      const end = (settle: () => void): void => {
        clearTimeout(patience);
        this.#waiting.delete(look);
        settle();
      };
      const patience = setTimeout(() => {
        end(() => reject(new Error(`it never came; the screen shows\n${this.text()}`)));
      }, PATIENCE_MS);
      this.#waiting.add(look);
      look();
    });
  }
}

export const Keys = {
  enter: '\r',
  escape: '\u001b',
  down: '\u001b[B',
  up: '\u001b[A',
  pageDown: '\u001b[6~',
  tab: '\t',
  backspace: '\u007f',
} as const;
