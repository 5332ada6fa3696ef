/** A JSON reader of the oracle's own: tagged values, numbers as text, objects as lists of pairs. */

export type J =
  | { readonly t: 'null' }
  | { readonly t: 'bool'; readonly v: boolean }
  | { readonly t: 'str'; readonly v: string }
  | { readonly t: 'num'; readonly v: string }
  | { readonly t: 'arr'; readonly v: readonly J[] }
  | { readonly t: 'obj'; readonly v: readonly (readonly [string, J])[] };

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;

/** Reads one JSON text; throws on anything else. A key that stands twice is refused. */
export function read(text: string): J {
  let at = 0;

  function space(): void {
    while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  }

  function take(mark: string): boolean {
    space();
    if (!text.startsWith(mark, at)) return false;
    at += mark.length;
    return true;
  }

  function need(mark: string): void {
    if (!take(mark)) throw new Error(`expected ${mark} at ${at}`);
  }

  function token(pattern: RegExp): string {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) throw new Error(`no value at ${at}`);
    at += found.length;
    return found;
  }

  function string(): string {
    space();
    return JSON.parse(token(STRING)) as string;
  }

  function list<T>(end: string, item: () => T): T[] {
    const items: T[] = [];
    if (take(end)) return items;
    do items.push(item());
    while (take(','));
    need(end);
    return items;
  }

  function pair(): [string, J] {
    const key = string();
    need(':');
    return [key, value()];
  }

  function object(): J {
    const pairs = list('}', pair);
    if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Error('a key stands twice');
    return { t: 'obj', v: pairs };
  }

  function value(): J {
    if (take('{')) return object();
    if (take('[')) return { t: 'arr', v: list(']', value) };
    if (take('true')) return { t: 'bool', v: true };
    if (take('false')) return { t: 'bool', v: false };
    if (take('null')) return { t: 'null' };
    return text.charAt(at) === '"' ? { t: 'str', v: string() } : { t: 'num', v: token(NUMBER) };
  }

  const result = value();
  space();
  if (at < text.length) throw new Error(`unexpected text at ${at}`);
  return result;
}

/** A member of an object by its exact name. */
export function member(value: J | undefined, name: string): J | undefined {
  if (value?.t !== 'obj') return undefined;
  for (const [key, held] of value.v) if (key === name) return held;
  return undefined;
}

/** The text of a member that has to be a string. */
export function text(value: J | undefined, name: string): string | undefined {
  const held = member(value, name);
  return held?.t === 'str' ? held.v : undefined;
}

/** The elements of a member that has to be an array. */
export function items(value: J | undefined, name: string): readonly J[] {
  const held = member(value, name);
  return held?.t === 'arr' ? held.v : [];
}
