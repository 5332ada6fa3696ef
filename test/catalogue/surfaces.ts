/**
 * What real servers list: for each tool its argument paths, each with its JSON types. `*` is for an object that admits
 * any name, values after `=` are all that a string may hold. A tool with null was seen without its schema.
 */
import { readFileSync } from 'node:fs';

type Lists = Readonly<Record<string, Readonly<Record<string, string | null>>>>;

/** Every list, by server and version. */
export const LISTS = JSON.parse(readFileSync(new URL('surfaces.json', import.meta.url), 'utf8')) as Lists;

interface Node {
  type?: string[];
  enum?: string[];
  properties?: Record<string, Node>;
  additionalProperties?: boolean;
  items?: Node;
}

/** The definition of a tool as its server lists it, as far as it is known. */
export function definitionOf(name: string, paths: string): { readonly name: string; readonly inputSchema: unknown } {
  const root: Node = {};
  for (const row of paths.split(' ')) {
    const at = row.indexOf(':');
    describeNode(nodeAt(root, row.slice(0, at)), row.slice(at + 1));
  }
  return { name, inputSchema: root };
}

function describeNode(node: Node, text: string): void {
  const [shape = '', values] = text.split('=');
  const types = shape.replace('*', '').split('|');
  if (types[0] !== 'any') node.type = types;
  if (values !== undefined) node.enum = values.split(',');
  if (types.includes('object')) {
    node.properties = {};
    node.additionalProperties = shape.endsWith('*');
  }
}

function nodeAt(root: Node, path: string): Node {
  let here = root;
  for (const key of path.replaceAll('[*]', '.[*]').split('.')) {
    if (key === '') continue;
    if (key === '[*]') here = here.items ??= {};
    else here = (here.properties ??= {})[key] ??= {};
  }
  return here;
}
