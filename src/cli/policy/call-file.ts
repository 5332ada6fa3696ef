/** The call that `policy explain` is asked about: `{tool, arguments, time?}`, read as strictly as an agent's. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { CLIENT_LIMITS, parseStrict, WireError } from '../../wire/index.ts';
import { CommandError, Exit } from '../report.ts';
import { INSTANT_WORDS, parseInstantMs } from '../../config/instant.ts';

export interface WrittenCall {
  /** `<upstream>/<tool>`, as written. */
  readonly tool: string;
  readonly args: JsonObject;
  /** Null: now. */
  readonly timeMs: number | null;
}

const FORM = 'write a call like {"tool": "stripe/create_refund", "arguments": {"amount": 2500}}';
const KEYS: ReadonlySet<string> = new Set(['tool', 'arguments', 'time']);

/** Reads a call from a file, or from stdin for `-`. Throws `CommandError`. */
export async function readCall(file: string): Promise<WrittenCall> {
  const name = file === '-' ? 'the call on stdin' : `the call in \`${file}\``;
  return callOf(parsed(await bytesOf(file), name), name);
}

function parsed(bytes: Buffer, name: string): Json {
  try {
    return parseStrict(bytes, CLIENT_LIMITS);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    const message = `${name} is refused: ${cause.message} (${cause.code})`;
    throw new CommandError(Exit.usage, message, 'an agent that sent this would be refused too', { cause });
  }
}

function callOf(value: Json, name: string): WrittenCall {
  const wrong = (words: string): CommandError => new CommandError(Exit.usage, `${name}: ${words}`, FORM);
  if (!isObject(value)) throw wrong('it is not an object');
  for (const key of value.keys())
    if (!KEYS.has(key)) throw wrong(`unknown key \`${key.slice(0, 64)}\`; expected \`tool\`, \`arguments\`, \`time\``);
  const tool = value.get('tool');
  const args = value.get('arguments') ?? (value.has('arguments') ? null : new Map<string, Json>());
  if (typeof tool !== 'string') throw wrong('`tool` must be a string, `<upstream>/<tool>`');
  if (!isObject(args)) throw wrong('`arguments` must be an object');
  const time = value.get('time');
  const timeMs = time === undefined ? null : typeof time === 'string' ? parseInstantMs(time) : undefined;
  if (timeMs === undefined) throw wrong(`\`time\` must be ${INSTANT_WORDS}`);
  return { tool, args, timeMs };
}

async function bytesOf(file: string): Promise<Buffer> {
  if (file === '-') return bounded(process.stdin);
  try {
    // Opened without blocking, so that a pipe in place of a file does not hold the command up.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    return await bounded(handle.createReadStream());
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    const why = code === 'ENOENT' ? 'there is no such file' : code;
    throw new CommandError(Exit.usage, `cannot read the call in \`${file}\`: ${why}`, FORM, { cause });
  }
}

/** One byte more than a call may have is enough to refuse it. */
async function bounded(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > CLIENT_LIMITS.maxBytes) break;
  }
  return Buffer.concat(chunks);
}
