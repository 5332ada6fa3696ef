/** `verify.py` as a process that is asked one question after the other: starting Python takes longer than most answers. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BATCH_PY = fileURLToPath(new URL('batch.py', import.meta.url));

interface Answer {
  readonly code: number;
  readonly lines: readonly string[];
}

export class Python {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string, undefined>;
  #stderr = '';
  /** One question at a time. */
  #before: Promise<unknown> = Promise.resolve();

  constructor() {
    this.#child = spawn('python3', [BATCH_PY]);
    this.#child.on('error', (error) => (this.#stderr += error.message));
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.on('data', (text: Buffer) => (this.#stderr += text.toString()));
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** What it prints and its exit code. Throws if it ends instead. */
  ask(args: readonly string[]): Promise<Answer> {
    const answer = this.#before.then(() => this.#ask(args));
    this.#before = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.pid !== undefined) await once(this.#child, 'close');
  }

  async #ask(args: readonly string[]): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(args)}\n`);
    const lines: string[] = [];
    for (;;) {
      const next: IteratorResult<string, undefined> = await this.#answers.next();
      if (next.done === true) throw new Error(`verify.py failed: ${this.#stderr}`);
      const { value } = next;
      const [, code] = /^exit (\d+)$/.exec(value) ?? [];
      if (code !== undefined) return { code: Number(code), lines };
      lines.push(value);
    }
  }
}
