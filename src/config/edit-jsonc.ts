/**
 * One change to a text of JSON with comments. Every comment stays but those on the last line of what is removed; what is
 * new is written on one line where it fits, as our own documents are.
 */
import { parse } from '@humanwhocodes/momoa';
import type { DocumentNode, ValueNode } from '@humanwhocodes/momoa';
import type { Plain, TextEdit } from './text-edit.ts';
import type { DocumentPath } from './tree.ts';

/** Where something begins and ends, in UTF-16 code units. */
type Range = readonly [start: number, end: number];
type Token = DocumentNode['tokens'] extends readonly (infer One)[] | undefined ? One : never;

/** Lines of ours are no longer. */
const WIDTH = 120;

/** The place is known to be there. */
export function editJsonc(text: string, edit: TextEdit): string {
  const page = new Page(text);
  switch (edit.is) {
    case 'set': {
      const [start, end] = rangeOf(page.at(edit.path));
      return spliced(text, start, end, page.written(edit.value, start));
    }
    case 'insert':
      return page.insert(edit.path.slice(0, -1), edit.path.at(-1) ?? 0, edit.value);
    case 'remove':
      return page.remove(edit.path);
    case 'move':
      return moved(page, edit.path, edit.to);
  }
}

/** An item goes to its new place as it is written; the comments above it stay, for they may be of a whole part. */
function moved(page: Page, path: DocumentPath, to: number): string {
  const [start, end] = rangeOf(page.at(path));
  const words = page.text.slice(start, end);
  return new Page(page.remove(path)).insertText(path.slice(0, -1), to, words, page.commentBehind(end));
}

class Page {
  readonly text: string;
  /** As the text has them: how a line ends, and one more step of indentation. */
  readonly #eol: string;
  readonly #step: string;
  readonly #root: ValueNode;
  readonly #tokens: readonly Token[];

  constructor(text: string) {
    const document = parse(text, { mode: 'jsonc', ranges: true, tokens: true, allowTrailingCommas: true });
    this.text = text;
    this.#eol = text.includes('\r\n') ? '\r\n' : '\n';
    this.#step = /\n\t/.test(text) ? '\t' : '  ';
    this.#root = document.body;
    this.#tokens = document.tokens ?? [];
  }

  at(path: DocumentPath): ValueNode {
    return path.reduce<ValueNode>((node, step) => {
      if (node.type === 'Array') return node.elements[Number(step)]?.value ?? missing();
      if (node.type !== 'Object') return missing();
      return node.members.find(({ name }) => nameOf(name) === step)?.value ?? missing();
    }, this.#root);
  }

  insert(path: DocumentPath, step: string | number, value: Plain): string {
    const parts = this.#partsOf(this.at(path));
    const key = typeof step === 'string' ? `${JSON.stringify(step)}: ` : '';
    const index = typeof step === 'number' ? step : parts.length;
    const at = parts[0]?.[0] ?? rangeOf(this.at(path))[0];
    const indent = parts.length === 0 ? `${this.#indentAt(at)}${this.#step}` : this.#indentAt(at);
    return this.insertText(path, index, `${key}${this.#pretty(value, indent, WIDTH - indent.length - key.length)}`);
  }

  /** `behind`: a comment that goes to the end of the line. */
  insertText(path: DocumentPath, index: number, words: string, behind = ''): string {
    const container = this.at(path);
    const [open, close] = rangeOf(container);
    const parts = this.#partsOf(container);
    const [first] = parts;
    if (first === undefined) {
      const indent = this.#indentAt(open);
      return spliced(
        this.text,
        open + 1,
        close - 1,
        [this.text.slice(open + 1, close - 1).trimEnd(), `${indent}${this.#step}${words}`, indent].join(this.#eol),
      );
    }
    const isLines = this.#beginsLine(first[0]);
    const next = parts[index];
    if (!isLines) {
      if (next !== undefined) return spliced(this.text, next[0], next[0], `${words}, `);
      const end = parts.at(-1)?.[1] ?? close;
      return spliced(this.text, end, end, `, ${words}`);
    }
    const line = `${this.#eol}${this.#indentAt(first[0])}${words}`;
    if (next !== undefined) {
      const before = parts[index - 1];
      const at = this.#endOfLine(before === undefined ? open + 1 : (this.#commaAfter(before[1]) ?? before[1]));
      return spliced(this.text, at, at, `${line},${behind}`);
    }
    const end = parts.at(-1)?.[1] ?? close;
    // Files of others may have a comma behind the last one; what is new then has one too.
    const comma = this.#commaAfter(end);
    const at = this.#endOfLine(comma ?? end);
    if (comma !== undefined) return `${this.text.slice(0, at)}${line},${behind}${this.text.slice(at)}`;
    return `${this.text.slice(0, end)},${this.text.slice(end, at)}${line}${behind}${this.text.slice(at)}`;
  }

  remove(path: DocumentPath): string {
    const container = this.at(path.slice(0, -1));
    const parts = this.#partsOf(container);
    const step = path.at(-1);
    const index =
      container.type === 'Object' ? container.members.findIndex(({ name }) => nameOf(name) === step) : Number(step);
    const [start, end] = parts[index] ?? missing();
    const next = parts[index + 1];
    const comma = this.#commaAfter(end);
    const before = parts[index - 1];
    const isLines = this.#beginsLine(start) && (next === undefined || this.#beginsLine(next[0]));
    // The last one leaves no comma behind.
    const cut = next === undefined && before !== undefined ? this.#commaAfter(before[1]) : undefined;
    const head = (upTo: number): string =>
      cut === undefined ? this.text.slice(0, upTo) : this.text.slice(0, cut - 1) + this.text.slice(cut, upTo);
    if (isLines) {
      const from = this.text.lastIndexOf('\n', start);
      return head(this.text[from - 1] === '\r' ? from - 1 : from) + this.text.slice(this.#endOfLine(comma ?? end));
    }
    // What stands before the next one may be a comment of its own.
    if (next !== undefined) return spliced(this.text, start, this.#blanksBehind(comma ?? end), '');
    return this.text.slice(0, before?.[1] ?? start) + this.text.slice(end);
  }

  /** A value as it is written in the place of another that begins there. */
  written(value: Plain, start: number): string {
    const column = start - (this.text.lastIndexOf('\n', start - 1) + 1);
    return this.#pretty(value, this.#indentAt(start), WIDTH - column);
  }

  /** JSON on one line if `room` is enough, else its parts on lines of their own. */
  #pretty(value: Plain, indent: string, room: number): string {
    const line = onOneLine(value);
    if (line.length <= room || typeof value !== 'object' || value === null) return line;
    const inner = `${indent}${this.#step}`;
    const left = WIDTH - inner.length;
    const parts = Array.isArray(value)
      ? (value as readonly Plain[]).map((item) => `${inner}${this.#pretty(item, inner, left)}`)
      : Object.entries(value).map(([key, item]) => {
          const name = `${JSON.stringify(key)}: `;
          return `${inner}${name}${this.#pretty(item, inner, left - name.length)}`;
        });
    const [open, close] = Array.isArray(value) ? '[]' : '{}';
    return [open, parts.join(`,${this.#eol}`), `${indent}${close}`].join(this.#eol);
  }

  #partsOf(node: ValueNode): readonly Range[] {
    if (node.type === 'Array') return node.elements.map(({ value }) => rangeOf(value));
    return node.type === 'Object' ? node.members.map((member) => rangeOf(member)) : missing();
  }

  /** The indentation of the line in which something is. */
  #indentAt(offset: number): string {
    const line = this.text.slice(this.text.lastIndexOf('\n', offset - 1) + 1, offset);
    return /^[ \t]*/.exec(line)?.[0] ?? '';
  }

  #beginsLine(offset: number): boolean {
    return /^[ \t]*$/.test(this.text.slice(this.text.lastIndexOf('\n', offset - 1) + 1, offset));
  }

  /** Behind the comma that follows, if one does. */
  #commaAfter(offset: number): number | undefined {
    const next = this.#tokens.find(({ range, type }) => (range?.[0] ?? 0) >= offset && !type.endsWith('Comment'));
    return next?.type === 'Comma' ? next.range?.[1] : undefined;
  }

  #blanksBehind(offset: number): number {
    return offset + (/^[ \t]*/.exec(this.text.slice(offset))?.[0].length ?? 0);
  }

  /** The comment behind an item in its line, with what parts them; empty where it has none, or the line goes on. */
  commentBehind(end: number): string {
    const from = this.#commaAfter(end) ?? end;
    const words = this.text.slice(from, this.#endOfLine(from));
    return words.trim() === '' ? '' : words.trimEnd();
  }

  /** Behind what stands in the same line, where that is nothing but a comment. */
  #endOfLine(offset: number): number {
    const rest = /^[ \t]*(?:\/\*[^\n]*?\*\/[ \t]*)*(?:\/\/[^\r\n]*)?[ \t]*(?=\r?\n|$)/.exec(this.text.slice(offset));
    return offset + (rest?.[0].length ?? 0);
  }
}

function nameOf(name: { readonly type: string; readonly value?: string; readonly name?: string }): string | undefined {
  return name.value ?? name.name;
}

function rangeOf(node: { readonly range?: readonly number[] | undefined }): Range {
  const [start, end] = node.range ?? [];
  return start === undefined || end === undefined ? missing() : [start, end];
}

function missing(): never {
  throw new Error('a place that is known to be there is not');
}

function spliced(text: string, start: number, end: number, words: string): string {
  return text.slice(0, start) + words + text.slice(end);
}

function onOneLine(value: Plain): string {
  if (Array.isArray(value)) return `[${(value as readonly Plain[]).map(onOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${onOneLine(item)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}
