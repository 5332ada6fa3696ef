/** A text that people wrote: its data, and the place of everything in it. */
import type { Fault } from './fault.ts';
import { readJsonc } from './jsonc.ts';
import { MAX_BYTES } from './limits.ts';
import { locate, plain } from './tree.ts';
import type { DocumentPath, Place, TextFault, Tree } from './tree.ts';
import type { readYaml } from './yaml.ts';

const NOWHERE: Tree = { is: 'scalar', at: { line: 0, column: 0 }, value: null };

/** A document, or a part of one: an inline policy is a part whose places are those of the whole file. */
export interface Source {
  readonly file: string;
  /** Plain data: no forbidden key, no number that a double would change. */
  readonly value: unknown;
  /** False if the text is no document at all; the faults then say all there is to say. */
  readonly isRead: boolean;
  /** What is wrong with the text itself. The value then lacks what was refused. */
  readonly faults: readonly Fault[];
  /** Where a path lies: of its last key when the key is wrong, else of its value. The nearest above if it is missing. */
  locate(path: DocumentPath, which?: 'key' | 'value'): Place;
  /** A fault at a path. */
  fault(code: string, path: DocumentPath, message: string, which?: 'key' | 'value'): Fault;
  /** The part at a path, with its own paths beginning there. */
  part(path: DocumentPath): Source;
}

/** By the ending of its name: `.yaml` and `.yml` are YAML, everything else JSON with comments. */
function isYaml(file: string): boolean {
  return /\.ya?ml$/i.test(file);
}

/** Reads a text; the reader of YAML is large, and is loaded only for a file that is YAML. */
export async function loadSource(file: string, text: string): Promise<Source> {
  return sourceOf(file, text, isYaml(file) ? (await import('./yaml.ts')).readYaml : readJsonc);
}

/** The same at once, for who brings the reader of YAML along. */
export function sourceWith(yaml: typeof readYaml, file: string, text: string): Source {
  return sourceOf(file, text, isYaml(file) ? yaml : readJsonc);
}

function sourceOf(file: string, text: string, reader: typeof readYaml): Source {
  const refusal = textFault(text);
  if (refusal !== null) return new Document(file, null, [refusal]);
  const unmarked = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const { tree, faults } = reader(unmarked);
  return new Document(file, tree, faults);
}

function textFault(text: string): TextFault | null {
  const at = { line: 0, column: 0 };
  if (Buffer.byteLength(text) > MAX_BYTES)
    return { code: 'too_large', at, path: [], message: 'the file is over 1 MiB' };
  if (text.trim() === '') return { code: 'empty', at, path: [], message: 'the file is empty' };
  // The decoder puts this character where the bytes were not UTF-8.
  if (text.includes('\uFFFD')) return { code: 'bad_text', at, path: [], message: 'the file is not UTF-8 text' };
  return null;
}

class Document implements Source {
  readonly file: string;
  readonly value: unknown;
  readonly isRead: boolean;
  readonly faults: readonly Fault[];
  readonly #tree: Tree;
  readonly #base: DocumentPath;

  constructor(file: string, read: Tree | null, faults: readonly TextFault[], base: DocumentPath = []) {
    const tree = read ?? NOWHERE;
    this.file = file;
    this.isRead = read !== null;
    this.value = plain(base.length === 0 ? tree : subtree(tree, base));
    this.#tree = tree;
    this.#base = base;
    this.faults = faults.map(({ code, at, path, message }) => this.#faultAt(code, at, path, message));
  }

  locate(path: DocumentPath, which: 'key' | 'value' = 'value'): Place {
    return locate(this.#tree, [...this.#base, ...path], which);
  }

  fault(code: string, path: DocumentPath, message: string, which: 'key' | 'value' = 'value'): Fault {
    return this.#faultAt(code, this.locate(path, which), [...this.#base, ...path], message);
  }

  part(path: DocumentPath): Source {
    return new Document(this.file, this.#tree, [], [...this.#base, ...path]);
  }

  #faultAt(code: string, at: Place, path: DocumentPath, message: string): Fault {
    return { severity: 'error', code, file: this.file, ...at, path: pointer(path), message };
  }
}

function subtree(tree: Tree, path: DocumentPath): Tree {
  return path.reduce<Tree>((here, step) => {
    const next = here.is === 'map' ? here.members.get(String(step))?.value : undefined;
    return next ?? (here.is === 'list' ? here.items[Number(step)] : undefined) ?? NOWHERE;
  }, tree);
}

/** A JSON Pointer (RFC 6901). */
export function pointer(path: DocumentPath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** All faults of a document in the order of the file. Where the text was refused, what it then lacks is not said again. */
export function gathered(source: Source, others: readonly Fault[]): readonly Fault[] {
  const refused = new Set(source.faults.map(({ path }) => path));
  const all = [...source.faults, ...others.filter(({ path }) => !refused.has(path))];
  return all.sort((left, right) => left.line - right.line || left.column - right.column);
}
