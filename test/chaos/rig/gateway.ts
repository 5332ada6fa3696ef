/** A real gateway as its client sees it: a process that is asked, answers, and may be gone at any instant. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BIN, type Home } from '../../e2e/support/home.ts';

/** What came back for one call. */
export interface Answer {
  readonly text: string;
  readonly isError: boolean;
  /** The rule of a denial; null for what the upstream answered. */
  readonly rule: string | null;
}

interface Reply {
  readonly id?: unknown;
  readonly result?: {
    readonly content?: readonly { readonly text?: string }[];
    readonly isError?: boolean;
    readonly _meta?: Readonly<Record<string, { readonly rule?: string }>>;
  };
  readonly error?: { readonly message: string };
}

export class Gateway {
  /** No other gateway of a scene has it. */
  readonly name: string;
  readonly home: Home;
  readonly child: ChildProcessWithoutNullStreams;
  /** When it was started and when it was gone, by this machine's clock. */
  readonly startedMs = Date.now();
  endedMs = Infinity;
  stderr = '';
  /** Calls that were answered. */
  answers = 0;
  readonly #closed: Promise<void>;
  readonly #waiting = new Map<number, (reply: Reply | undefined) => void>();
  readonly #watchers: (() => void)[] = [];
  #next = 1;

  constructor(name: string, home: Home, token: string, env: Readonly<Record<string, string>> = {}) {
    this.name = name;
    this.home = home;
    this.child = spawn(process.execPath, [BIN], {
      env: { PATH: process.env['PATH'], ...home.env, COUNTERSIGN_TOKEN: token, ...env },
      cwd: home.room,
    });
    this.child.stdin.on('error', () => undefined);
    this.child.stderr.on('data', (chunk: Buffer) => (this.stderr = (this.stderr + chunk.toString()).slice(-20_000)));
    createInterface({ input: this.child.stdout }).on('line', (line) => this.#take(line));
    this.#closed = once(this.child, 'close').then(() => this.#gone());
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves when it has ended and all that it wrote was read. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  get isGone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Undefined if it was gone before it answered. */
  async request(method: string, params: unknown): Promise<Reply | undefined> {
    if (this.isGone) return undefined;
    const id = this.#next++;
    const reply = new Promise<Reply | undefined>((resolve) => this.#waiting.set(id, resolve));
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return reply;
  }

  /** True when the session is open and the tools are known. */
  async open(): Promise<boolean> {
    const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'rig', version: '1' } };
    const greeted = await this.request('initialize', hello);
    if (greeted?.result === undefined) return false;
    this.child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    return (await this.request('tools/list', {}))?.result !== undefined;
  }

  async call(tool: string, args: unknown): Promise<Answer | undefined> {
    const reply = await this.request('tools/call', { name: tool, arguments: args });
    if (reply === undefined) return undefined;
    this.answers += 1;
    for (const look of this.#watchers) look();
    const { result, error } = reply;
    const text = result?.content?.[0]?.text ?? error?.message ?? '';
    const rule = result?._meta?.['countersign/decision']?.rule ?? null;
    return { text, isError: error !== undefined || result?.isError === true, rule };
  }

  /** Resolves after so many answers, or when it is gone. */
  async answered(count: number): Promise<void> {
    if (this.answers >= count) return;
    const enough = new Promise<void>((resolve) =>
      this.#watchers.push(() => {
        if (this.answers >= count) resolve();
      }),
    );
    await Promise.race([enough, this.#closed]);
  }

  kill(): Promise<void> {
    if (!this.isGone) this.child.kill('SIGKILL');
    return this.#closed;
  }

  /** Closes its standard input and waits for its end. */
  async end(): Promise<number | null> {
    this.child.stdin.end();
    await this.#closed;
    return this.child.exitCode;
  }

  #take(line: string): void {
    const reply = replyOf(line);
    if (typeof reply?.id !== 'number') return;
    this.#waiting.get(reply.id)?.(reply);
    this.#waiting.delete(reply.id);
  }

  #gone(): void {
    this.endedMs = Date.now();
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }
}

/** What a process was writing when it was killed may be half a line. */
function replyOf(line: string): Reply | undefined {
  try {
    return JSON.parse(line) as Reply;
  } catch {
    return undefined;
  }
}
