/**
 * YAML, of which only the part is read that JSON has too: the core schema, no aliases (they multiply), no tags and no
 * directives (they change what a word means).
 */
import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node, Pair, Scalar } from 'yaml';
import { MAX_DEPTH, TreeBuilder } from './tree.ts';
import type { DocumentPath, Place, RawMember, TextFault, Tree } from './tree.ts';

interface Parsed {
  readonly tree: Tree | null;
  readonly faults: readonly TextFault[];
}

type Part = Node | null;

/** Reads a text. Answers no tree when it is not YAML. */
export function readYaml(text: string): Parsed {
  if (isTooDeep(text)) return broken({ line: 0, column: 0 }, 'too_deep', 'the document is nested too deeply');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
  });
  const place = (offset: number): Place => placeAt(lines, offset);
  const faults = documentFaults(document, place);
  if (faults.length > 0) return { tree: null, faults };
  const reader = new Reader(place);
  return { tree: reader.read(document.contents), faults: reader.builder.faults };
}

function broken(at: Place, code: string, message: string): Parsed {
  return { tree: null, faults: [{ code, at, path: [], message }] };
}

/**
 * The parser descends once per level and ends the whole process on a line of half a million brackets, so the levels are
 * counted before it sees the text. Indentation cannot go deep within the size cap.
 */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const bracket of text.matchAll(/[[\]{}]/g)) {
    depth = bracket[0] === '[' || bracket[0] === '{' ? depth + 1 : Math.max(depth - 1, 0);
    if (depth > 2 * MAX_DEPTH) return true;
  }
  return /(?:[-?:][ \t]+){129}/.test(text);
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function documentFaults(document: Document.Parsed, place: (offset: number) => Place): TextFault[] {
  const faults = [...document.errors, ...document.warnings].map((error): TextFault => {
    const words = error.message.slice(0, 200).replace(/\p{C}/gu, ' ').replace(/\.$/, '');
    return { code: 'syntax', at: place(error.pos[0]), path: [], message: `not YAML as it is read here: ${words}` };
  });
  if (document.directives.yaml.explicit === true) {
    faults.push({ code: 'syntax', at: { line: 1, column: 1 }, path: [], message: 'a YAML directive is not allowed' });
  }
  return faults;
}

class Reader {
  readonly builder: TreeBuilder<Part>;
  readonly #place: (offset: number) => Place;

  constructor(place: (offset: number) => Place) {
    this.#place = place;
    this.builder = new TreeBuilder<Part>((node, path) => this.#build(node, path));
  }

  read(node: Part): Tree {
    return this.builder.tree(node, this.#at(node), []);
  }

  #at(node: Part): Place {
    return this.#place(node?.range?.[0] ?? 0);
  }

  #build(node: Part, path: DocumentPath): Tree {
    const at = this.#at(node);
    if (node === null) return { is: 'scalar', at, value: null };
    if (isAlias(node)) return this.#refuse(at, path, 'an alias is not allowed; write the value out');
    if (node.tag !== undefined) return this.#refuse(at, path, 'a tag is not allowed');
    if (node.anchor !== undefined) this.builder.fault('syntax', at, path, 'an anchor is not allowed');
    if (isMap(node)) return this.builder.map(at, this.#members(node.items, at, path), path);
    if (isSeq<Node | null>(node))
      return this.builder.list(
        at,
        node.items.map((item) => [item, this.#at(item)]),
        path,
      );
    return isScalar(node) ? this.#scalar(node, at, path) : this.#refuse(at, path, 'not a value');
  }

  #refuse(at: Place, path: DocumentPath, message: string): Tree {
    this.builder.fault('syntax', at, path, message);
    return { is: 'scalar', at, value: null };
  }

  #scalar(node: Scalar, at: Place, path: DocumentPath): Tree {
    const { value } = node;
    if (typeof value === 'string') return this.builder.text(at, value, path);
    if (typeof value === 'number') return this.builder.number(at, node.source ?? '', path);
    if (typeof value === 'boolean' || value === null) return { is: 'scalar', at, value };
    return this.#refuse(at, path, 'not a value');
  }

  #members(pairs: readonly Pair[], at: Place, path: DocumentPath): RawMember<Part>[] {
    return pairs.flatMap(({ key, value }) => {
      const place = isPart(key) ? this.#at(key) : at;
      if (isScalar(key) && typeof key.value === 'string' && key.tag === undefined && key.anchor === undefined) {
        return [{ name: key.value, at: place, node: isPart(value) ? value : null }];
      }
      this.builder.fault('syntax', place, path, 'a key is a text; put it into quotes');
      return [];
    });
  }
}

function isPart(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}
