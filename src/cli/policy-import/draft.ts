/** Our policy while it is put together. */
import type { TestDoc } from '../../config/test-schema.ts';
import type { Way } from './notes.ts';

/** `when` as it is written in a document: facts, or `all` of several conditions about one fact. */
export type WhenDoc = Readonly<Record<string, TestDoc>> | { readonly all: readonly WhenDoc[] };

/** `limit` as it is written in a document. */
export interface LimitDoc {
  readonly calls: number;
  readonly per: string;
  readonly timezone?: string;
  readonly scope?: 'policy';
}

/** A rule as it is written in a document, with the place of what it was made from. */
export interface RuleDraft {
  readonly way: Way;
  /** What its id should say; made unique at the end. */
  readonly name: string;
  readonly tools: readonly string[];
  readonly effect: 'allow' | 'deny' | 'hide' | 'require' | 'limit';
  readonly when?: WhenDoc;
  readonly limit?: LimitDoc;
  readonly message?: string;
  /** What the note says of it beside its effect. */
  readonly why?: string;
}

/** One of our policy documents. */
export interface PolicyDraft {
  readonly version: 1;
  readonly description: string;
  readonly default: 'deny';
  readonly rules: readonly Readonly<Record<string, unknown>>[];
}

/** An id out of any text: what is no letter, digit, `.`, `_` or `-` becomes `-`. */
export function idFrom(text: string): string {
  const tame = text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 56);
  return tame === '' ? 'rule' : tame;
}

/** Gives each name once: the second of two gets a number. */
export class Ids {
  readonly #taken = new Set<string>();

  take(text: string): string {
    const id = idFrom(text);
    let unique = id;
    for (let count = 2; this.#taken.has(unique); count += 1) unique = `${id}-${count}`;
    this.#taken.add(unique);
    return unique;
  }
}
