/** Values that must not stand on a command line: from a hidden prompt, or from stdin. */
import { CommandError, Exit } from './report.ts';

interface Asking {
  /** What the prompt says. */
  readonly message: string;
  /** What is said of somebody who thinks better of it. */
  readonly cancelled: string;
  /** A whole file piped in by mistake is refused. */
  readonly maxBytes: number;
}

/** The value; what was piped in comes without the line end that `echo` and most tools add. */
export async function readValue({ message, cancelled, maxBytes }: Asking): Promise<string> {
  if (!process.stdin.isTTY) return readPiped(maxBytes);
  const { isCancel, password } = await import('@clack/prompts');
  const answer = await password({ message: `${message} (hidden)`, output: process.stderr });
  if (isCancel(answer)) throw new CommandError(Exit.usage, cancelled);
  return answer;
}

async function readPiped(maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new CommandError(Exit.usage, `the value is over ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
