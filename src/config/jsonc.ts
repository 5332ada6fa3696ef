/** JSON with comments. Trailing commas, single quotes and the rest of JSON5 stay out. */
import { parse } from '@humanwhocodes/momoa';
import type { DocumentNode, MemberNode, ObjectNode, StringNode, ValueNode } from '@humanwhocodes/momoa';
import { TreeBuilder } from './tree.ts';
import type { DocumentPath, Place, TextFault, Tree } from './tree.ts';

interface Parsed {
  readonly tree: Tree | null;
  readonly faults: readonly TextFault[];
}

/** Reads a text. Answers no tree, and one fault, when it is not JSON at all. */
export function readJsonc(text: string): Parsed {
  let document: DocumentNode;
  try {
    document = parse(text, { mode: 'jsonc', ranges: true });
  } catch (error) {
    return { tree: null, faults: [syntaxFault(error)] };
  }
  const builder = new TreeBuilder<ValueNode>((node, path, on) => build(text, node, path, on));
  return { tree: builder.tree(document.body, placeOf(document.body), []), faults: builder.faults };
}

function syntaxFault(error: unknown): TextFault {
  // momoa descends once per level, so brackets without end exhaust the stack.
  if (error instanceof RangeError)
    return fault('too_deep', { line: 0, column: 0 }, 'the document is nested too deeply');
  const at = isPlaced(error) ? { line: error.line, column: error.column } : { line: 0, column: 0 };
  return fault('syntax', at, `not JSON: ${error instanceof Error ? tidy(error.message) : 'it cannot be read'}`);
}

function fault(code: string, at: Place, message: string): TextFault {
  return { code, at, path: [], message };
}

function isPlaced(error: unknown): error is Place & Error {
  return error instanceof Error && 'line' in error && 'column' in error;
}

const MARKS: ReadonlyMap<string, string> = new Map([
  ['LBrace', '`{`'],
  ['RBrace', '`}`'],
  ['LBracket', '`[`'],
  ['RBracket', '`]`'],
  ['Comma', '`,`'],
  ['Colon', '`:`'],
]);

/** The parser's sentence without its place, and with marks for its names of them. */
function tidy(sentence: string): string {
  const words = sentence
    .replace(/ \(\d+:\d+\)$/, '')
    .replace(/ found\.$/, '')
    .replace(/\.$/, '');
  const marked = words.replace(/ token (\w+)$/, (_all, name: string) => ` ${MARKS.get(name) ?? name.toLowerCase()}`);
  const printable = marked.replace(/\p{C}/gu, '?');
  return printable.slice(0, 1).toLowerCase() + printable.slice(1);
}

function placeOf(node: ValueNode | MemberNode['name']): Place {
  return { line: node.loc.start.line, column: node.loc.start.column };
}

function literal(text: string, node: { readonly range?: readonly number[] }): string {
  return text.slice(node.range?.[0], node.range?.[1]);
}

function build(text: string, node: ValueNode, path: DocumentPath, on: TreeBuilder<ValueNode>): Tree {
  const at = placeOf(node);
  switch (node.type) {
    case 'Object':
      return on.map(
        at,
        node.members.map((member) => memberOf(text, member, path, on)),
        path,
      );
    case 'Array':
      return on.list(
        at,
        node.elements.map(({ value }) => [value, placeOf(value)] as const),
        path,
      );
    case 'String':
      checkRaw(text, node, path, on);
      return on.text(at, node.value, path);
    case 'Number':
      return on.number(at, literal(text, node), path);
    case 'Boolean':
      return { is: 'scalar', at, value: node.value };
    case 'Null':
      return { is: 'scalar', at, value: null };
    case 'NaN':
    case 'Infinity':
      return on.number(at, literal(text, node), path);
  }
}

function memberOf(text: string, member: ObjectNode['members'][number], path: DocumentPath, on: TreeBuilder<ValueNode>) {
  const { name, value } = member;
  if (name.type === 'Identifier') return { name: name.name, at: placeOf(name), node: value };
  checkRaw(text, name, [...path, name.value], on);
  return { name: name.value, at: placeOf(name), node: value };
}

/** momoa lets a string run over the end of a line, which JSON forbids and which hides a forgotten quote. */
function checkRaw(text: string, node: StringNode, path: DocumentPath, on: TreeBuilder<ValueNode>): void {
  const raw = literal(text, node);
  for (let index = 0; index < raw.length; index += 1) {
    if (raw.charCodeAt(index) >= 0x20) continue;
    on.fault('syntax', placeOf(node), path, 'not JSON: a control character in a string is written as an escape');
    return;
  }
}
