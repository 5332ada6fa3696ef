/** Finds whose a message is that cannot be read, so that its sender need not wait for ever. */
import { readId } from './id.ts';
import type { Id } from './id.ts';

/** What could be told of a message from its two ends. */
export interface Envelope {
  readonly id: Id | undefined;
  /** A `method` was seen: the id, if any, is one that the sender chose. */
  readonly hasMethod: boolean;
}

/** One member with a scalar value at the front of an object. Keys with escapes are none. */
const MEMBER = /\s*"([^"\\]*)"\s*:\s*("(?:[^"\\]|\\.)*"|[-+.0-9a-zA-Z]+)\s*(,|\})/y;
/**
 * The last member of an object at the very end of a line. Given that the line is JSON, nothing in this can be inside
 * a string: a string would have to end behind it. So the brace is the message's own, and the id too.
 */
const LAST_ID = /[,{]\s*"id"\s*:\s*("[^"\\]*"|-?[0-9]+)\s*\}\s*$/;

/**
 * Reads the envelope from the first bytes of a line, up to the first member that holds a container (`params`, `result`),
 * and from its last bytes, where the official SDKs write the id. Two different ids are none.
 */
export function peekEnvelope(head: Buffer, tail?: Buffer): Envelope {
  const { idTexts, hasMethod } = peekFront(head.toString('utf8'));
  const last = tail === undefined ? undefined : LAST_ID.exec(tail.toString('utf8'))?.[1];
  const [only, ...others] = new Set(last === undefined ? idTexts : [...idTexts, last]);
  if (only === undefined || others.length > 0) return { id: undefined, hasMethod };
  return { id: readId(Buffer.from(only)), hasMethod };
}

/** The id of a request whose line was too long or broken. */
export function recoverId(head: Buffer, tail?: Buffer): Id | undefined {
  return peekEnvelope(head, tail).id;
}

interface Front {
  readonly idTexts: readonly string[];
  readonly hasMethod: boolean;
}

function peekFront(text: string): Front {
  const idTexts: string[] = [];
  let hasMethod = false;
  MEMBER.lastIndex = /^\s*\{/.exec(text)?.[0].length ?? text.length;
  for (let member = MEMBER.exec(text); member !== null; member = MEMBER.exec(text)) {
    const [, key, value = '', after] = member;
    if (key === 'id') idTexts.push(value);
    if (key === 'method') hasMethod = true;
    if (after === '}') break;
  }
  return { idTexts, hasMethod };
}
