/** What scripts answer, read with the types that they promise. Anything else means damage, never absence. */
import type { Reply } from './dial.ts';
import { damaged } from './errors.ts';

export function textOf(reply: Reply | undefined, what: string): string {
  if (typeof reply !== 'string') throw damaged(what);
  return reply;
}

export function listOf(reply: Reply | undefined, what: string): readonly Reply[] {
  if (!Array.isArray(reply)) throw damaged(what);
  return reply as readonly Reply[];
}

export function textsOf(reply: Reply | undefined, what: string): readonly string[] {
  return listOf(reply, what).map((one) => textOf(one, what));
}

/** A count, as an integer reply or as the digits that keep all of it. */
export function countOf(reply: Reply | undefined, what: string): number {
  const count = typeof reply === 'string' && /^\d+$/.test(reply) ? Number(reply) : reply;
  if (typeof count !== 'number' || !Number.isSafeInteger(count)) throw damaged(what);
  return count;
}

/** Empty for null. */
export function countOrNullOf(reply: Reply | undefined, what: string): number | null {
  return reply === '' ? null : countOf(reply, what);
}

export function oneOf<Word extends string>(reply: Reply | undefined, words: readonly Word[], what: string): Word {
  const word = words.find((one) => one === reply);
  if (word === undefined) throw damaged(what);
  return word;
}

/** A list of fields and values. */
export function fieldsOf(reply: Reply | undefined, what: string): ReadonlyMap<string, string> {
  const texts = textsOf(reply, what);
  return new Map(texts.flatMap((name, at) => (at % 2 === 0 ? [[name, texts[at + 1] ?? '']] : [])));
}

/** The members of a JSON object that we wrote. */
export function membersOf(text: string, what: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(what);
  }
  if (typeof value !== 'object' || value === null) throw damaged(what);
  return value as Readonly<Record<string, unknown>>;
}

/** Consecutive parts of a list, so that no script keeps the server from others for long. */
export function* batchesOf<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
