/** JSON that is not text yet. A number is written as its text says, because `500.00` and `5e2` are traps of their own. */
export class Written {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Tree = null | boolean | string | Written | Tree[] | { [key: string]: Tree };

/** The JSON text of a tree. */
export function write(tree: Tree): string {
  if (tree === null || typeof tree !== 'object') return JSON.stringify(tree);
  if (tree instanceof Written) return tree.text;
  if (Array.isArray(tree)) return `[${tree.map(write).join(',')}]`;
  return `{${Object.entries(tree)
    .map(([key, value]) => `${JSON.stringify(key)}:${write(value)}`)
    .join(',')}}`;
}

/** An object whose keys may be anything, `__proto__` among them. */
export function object(pairs: readonly (readonly [string, Tree])[]): Record<string, Tree> {
  const result: Record<string, Tree> = {};
  for (const [key, value] of pairs) {
    Object.defineProperty(result, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return result;
}
