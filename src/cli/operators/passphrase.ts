/** Passphrases: from a hidden prompt or from a file descriptor, never from the command line. */
import { createReadStream } from 'node:fs';
import { CommandError, Exit } from '../report.ts';

/** More than any passphrase; a whole file on the descriptor by mistake is refused. */
const MAX_BYTES = 4_096;

/** What `--passphrase-fd` said. */
export interface PassphraseOptions {
  readonly passphraseFd?: string;
}

/** The passphrase of an operator's key. Throws `CommandError` where nobody can be asked. */
export function readPassphrase(operator: string, { passphraseFd }: PassphraseOptions): Promise<string> {
  if (passphraseFd !== undefined) return fromDescriptor(passphraseFd, '--passphrase-fd');
  return prompted(`passphrase of ${operator} (hidden)`, '--passphrase-fd N');
}

/** A passphrase for a new key; a person types it twice. */
export async function newPassphrase(operator: string, descriptor: string | undefined, option: string): Promise<string> {
  if (descriptor !== undefined) return fromDescriptor(descriptor, option);
  const first = await prompted(`new passphrase of ${operator} (hidden)`, `${option} N`);
  const second = await prompted('the same again', `${option} N`);
  if (first === second) return first;
  throw new CommandError(Exit.usage, 'the two passphrases differ; nothing was made');
}

async function prompted(message: string, instead: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new CommandError(Exit.usage, 'there is no terminal to ask for the passphrase on', `give it with ${instead}`);
  const { isCancel, password } = await import('@clack/prompts');
  const answer = await password({ message, output: process.stderr });
  if (isCancel(answer)) throw new CommandError(Exit.usage, 'nothing was signed');
  return answer;
}

async function fromDescriptor(text: string, option: string): Promise<string> {
  const fd = /^[0-9]{1,4}$/.test(text) ? Number(text) : undefined;
  if (fd === undefined || fd === 1 || fd === 2)
    throw new CommandError(
      Exit.usage,
      `\`${text}\` behind \`${option}\` is no descriptor to read from`,
      `${option} 3 3<file`,
    );
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of createReadStream('', { fd }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BYTES) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new CommandError(Exit.usage, `descriptor ${fd} of \`${option}\` cannot be read`, `${option} 3 3<file`, {
      cause,
    });
  }
  if (size > MAX_BYTES)
    throw new CommandError(
      Exit.usage,
      `what stands on descriptor ${fd} is no passphrase: it is over ${MAX_BYTES} bytes`,
    );
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
