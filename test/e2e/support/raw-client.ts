/** A client that speaks bytes, so that it can also speak badly. */
import { spawn, type ChildProcessWithoutNullStreams, type SpawnOptionsWithoutStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BIN, type Home } from './home.ts';

export interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown> & {
    isError?: boolean;
    _meta?: Record<string, { decision: string; rule: string; policy: string | null }>;
    content?: { text: string }[];
    tools?: { name: string }[];
  };
  readonly error?: { code: number; message: string };
}

export class RawClient {
  readonly child: ChildProcessWithoutNullStreams;
  /** Every line that came back, as bytes were. */
  readonly lines: string[] = [];
  readonly messages: Message[] = [];
  stderr = '';
  readonly #waiting: { readonly wants: (message: Message) => boolean; readonly take: (message: Message) => void }[] =
    [];
  #next = 100;
  #killed = false;

  /** `launch` starts another program in the gateway's place, such as one that connects to it. */
  constructor(
    home: Home,
    token: string | undefined,
    env: Record<string, string> = {},
    { words = [BIN], ...launch }: SpawnOptionsWithoutStdio & { readonly words?: readonly string[] } = {},
  ) {
    const tokens = token === undefined ? {} : { COUNTERSIGN_TOKEN: token };
    this.child = spawn(process.execPath, words, {
      env: { PATH: process.env['PATH'], ...home.env, ...tokens, ...env },
      cwd: home.room,
      ...launch,
    });
    this.child.stdin.on('error', () => undefined);
    this.child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    createInterface({ input: this.child.stdout }).on('line', (line) => this.#take(line));
  }

  /** Writes one line, whatever it is. */
  send(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** The first message that is wanted, past or to come. */
  receive(wants: (message: Message) => boolean): Promise<Message> {
    const past = this.messages.find(wants);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((take) => this.#waiting.push({ wants, take }));
  }

  /** Sends a request and waits for its answer. */
  async request(method: string, params?: unknown): Promise<Message> {
    const id = this.#next++;
    this.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return this.receive((message) => message.id === id && message.method === undefined);
  }

  async initialize(): Promise<Message> {
    const answer = await this.request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'raw', version: '1' },
    });
    this.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    return answer;
  }

  call(name: string, args: unknown, meta?: unknown): Promise<Message> {
    return this.request('tools/call', { name, arguments: args, _meta: meta });
  }

  async tools(): Promise<string[]> {
    return ((await this.request('tools/list')).result?.tools ?? []).map(({ name }) => name);
  }

  /** Closes stdin and waits for the end. */
  async close(): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const ended = once(this.child, 'close');
    this.child.stdin.end();
    const [code] = (await ended) as [number | null];
    return code;
  }

  /** Ends the gateway where it stands, and waits until all it wrote was read. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.#killed = true;
    const ended = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await ended;
  }

  #take(line: string): void {
    const message = this.#read(line);
    if (message === undefined) return;
    this.lines.push(line);
    this.messages.push(message);
    for (const { wants, take } of this.#waiting) if (wants(message)) take(message);
  }

  /** What a killed process was writing may be half a line; anything else that is no message is a fault. */
  #read(line: string): Message | undefined {
    try {
      return JSON.parse(line) as Message;
    } catch (error) {
      if (this.#killed) return undefined;
      throw error;
    }
  }
}

/** The decision a denial carries. */
export function decisionOf(message: Message): { decision: string; rule: string; policy: string | null } | undefined {
  return message.result?._meta?.['countersign/decision'];
}

/** What an agent reads: the first text of the result, or the message of the error. */
export function words({ result, error }: Message): string {
  return result?.content?.[0]?.text ?? error?.message ?? '';
}
