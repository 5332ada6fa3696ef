// A client that costs little itself: it writes lines and looks for the ends of lines in what comes back.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const HELLO = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } };
const NEWLINE = 0x0a;

/** A program with its standard input and output: what is measured. */
export class Target {
  /** Spawns it; `bornMs` is when. */
  constructor(name, { args, env = {} }) {
    this.name = name;
    this.bornMs = performance.now();
    this.child = spawn(process.execPath, args, {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.stderr = '';
    this.child.stderr.on('data', (chunk) => (this.stderr += chunk));
    this.child.stdin.on('error', () => undefined);
    this.child.once('exit', (code) => (this.exitCode = code));
    this.onLine = () => undefined;
    this.pieces = [];
    this.next = 1;
    this.child.stdout.on('data', (chunk) => this.#take(chunk));
  }

  get pid() {
    return this.child.pid;
  }

  /** Each end of a line is told, with the line only where somebody reads it. */
  #take(chunk) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.pieces.push(chunk.subarray(start, end));
      const pieces = this.pieces;
      this.pieces = [];
      start = end + 1;
      this.onLine(pieces);
    }
    if (start < chunk.length) this.pieces.push(chunk.subarray(start));
  }

  write(message) {
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  /** Sends one request and answers its result. Throws for an error. */
  request(method, params, deadlineMs = 60_000) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`${this.name}: no answer to ${method}: ${this.stderr.slice(-500)}`));
      const timer = setTimeout(fail, deadlineMs);
      this.onLine = (pieces) => {
        const message = JSON.parse(Buffer.concat(pieces).toString());
        if (message.id !== id || message.method !== undefined) return;
        clearTimeout(timer);
        this.onLine = () => undefined;
        if (message.error) reject(new Error(`${this.name}: ${message.error.message}`));
        else resolve(message.result);
      };
      this.write({ id, method, params });
    });
  }

  async initialize() {
    await this.request('initialize', HELLO);
    this.write({ method: 'notifications/initialized' });
  }

  /** The name under which it lists a tool. */
  async find(name) {
    const { tools } = await this.request('tools/list');
    return tools.find((tool) => tool.name.endsWith(name)).name;
  }

  /** Calls `count` times with `atOnce` under way; answers how long each took, in ms, and all of them together. */
  burst(tool, args, count, atOnce) {
    const line = Buffer.from(JSON.stringify({ name: tool, arguments: args }));
    const latencies = new Float64Array(count);
    const sentMs = [];
    let sent = 0;
    let done = 0;
    return new Promise((resolve, reject) => {
      const send = () => {
        sentMs[sent++] = performance.now();
        this.child.stdin.write(`{"jsonrpc":"2.0","id":${this.next++},"method":"tools/call","params":${line}}\n`);
      };
      const beganMs = performance.now();
      this.onLine = (pieces) => {
        // Answers of one tool come in order, near enough for a median.
        const nowMs = performance.now();
        latencies[done] = nowMs - sentMs[done];
        done += 1;
        if (sent < count) send();
        if (done < count) return;
        this.onLine = () => undefined;
        // A denial is quick, and no figure of a call.
        const { result } = JSON.parse(Buffer.concat(pieces).toString());
        if (result === undefined || result.isError === true)
          reject(new Error(`${this.name}: ${tool} was not carried out`));
        else resolve({ latencies, tookMs: nowMs - beganMs });
      };
      for (let n = 0; n < Math.min(atOnce, count); n += 1) send();
    });
  }

  /** Calls at even intervals, the processes asleep between them; answers the latencies. */
  async paced(tool, args, count, everyMs) {
    const latencies = [];
    for (let n = 0; n < count; n += 1) {
      latencies.push((await this.burst(tool, args, 1, 1)).tookMs);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    return latencies;
  }

  async end() {
    if (this.exitCode !== undefined) return;
    const ended = once(this.child, 'exit');
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(timer);
  }
}
