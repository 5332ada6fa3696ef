/** The names one use of a generic tool is known with, as a tree. */
import { isArray, isObject } from '../core/json.ts';
import type { Json } from '../core/json.ts';
import type { Path, PathStep } from '../core/policy.ts';

interface Node {
  readonly children: Map<string, Node>;
  each: Node | undefined;
  /** A value may stand here. */
  leaf: boolean;
}

/** Keys are compared as keys: `"a.b"` or `"a[b]"` written by an agent is never taken for `b` in `a`. */
export class AcceptedNames {
  readonly #root = newNode();

  constructor(paths: readonly Path[]) {
    for (const path of paths) path.reduce(descend, this.#root).leaf = true;
  }

  /** The first place in `value` that is not accepted, or nothing. */
  stray(value: Json): Path | undefined {
    return strayIn(this.#root, value, []);
  }
}

function descend(node: Node, step: PathStep): Node {
  if (step.step === 'key') {
    const child = node.children.get(step.key) ?? newNode();
    node.children.set(step.key, child);
    return child;
  }
  node.each ??= newNode();
  return node.each;
}

function newNode(): Node {
  return { children: new Map(), each: undefined, leaf: false };
}

function strayIn(node: Node | undefined, value: Json, at: Path): Path | undefined {
  if (node === undefined) return at;
  if (isObject(value)) return strayMember(node, [...value], at);
  if (isArray(value)) return strayElement(node, value, at);
  return node.leaf ? undefined : at;
}

function strayMember(node: Node, members: readonly (readonly [string, Json])[], at: Path): Path | undefined {
  for (const [key, child] of members) {
    const stray = strayIn(node.children.get(key), child, [...at, { step: 'key', key }]);
    if (stray !== undefined) return stray;
  }
  return undefined;
}

function strayElement(node: Node, elements: readonly Json[], at: Path): Path | undefined {
  for (const [index, element] of elements.entries()) {
    const stray = strayIn(node.each, element, [...at, { step: 'index', index }]);
    if (stray !== undefined) return stray;
  }
  return undefined;
}
