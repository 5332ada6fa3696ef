/** One change to a YAML text, through the library's own tree of it, which keeps comments, quotes and order. */
import { isMap, isNode, isSeq, parseDocument, type Document, type YAMLMap, type YAMLSeq } from 'yaml';
import type { TextEdit } from './text-edit.ts';
import type { DocumentPath } from './tree.ts';

/** The place is known to be there. */
export function editYaml(text: string, edit: TextEdit): string {
  const document: Document = parseDocument(text, { version: '1.2', schema: 'core' });
  const parent = collectionAt(document, edit.path.slice(0, -1));
  const step = edit.path.at(-1);
  if (edit.is === 'set') document.setIn(edit.path, document.createNode(edit.value));
  else if (edit.is === 'remove') {
    if (isSeq(parent) && typeof step === 'number') keepComment(parent, step);
    document.deleteIn(edit.path);
  } else if (isSeq(parent) && typeof step === 'number') {
    const items: unknown[] = parent.items;
    if (edit.is === 'insert') items.splice(step, 0, document.createNode(edit.value));
    else items.splice(edit.to, 0, ...items.splice(step, 1));
  } else if (edit.is === 'insert') document.setIn(edit.path, document.createNode(edit.value));
  return written(document, text);
}

/** The library writes all of it again: in the manner of the file, as far as a file has one. */
function written(document: Document, text: string): string {
  const again = document.toString({
    // Long lines stay as people wrote them.
    lineWidth: 0,
    indentSeq: !/^[^\s#-][^\n]*:[ \t]*(?:#[^\n]*)?\r?\n-/m.test(text),
    flowCollectionPadding: !/[{[][^\s\]}]/.test(text),
  });
  return text.includes('\r\n') ? again.replaceAll('\n', '\r\n') : again;
}

/** A comment above an item may be of all that follow: it stays, above the next one or at the end. */
function keepComment(parent: YAMLSeq, index: number): void {
  const items: unknown[] = parent.items;
  const [gone, next] = [items[index], items[index + 1]];
  const comment = isNode(gone) ? gone.commentBefore : undefined;
  if (comment === undefined || comment === null) return;
  const holder = isNode(next) ? next : parent;
  const own = isNode(next) ? next.commentBefore : parent.comment;
  const both = [comment, own].filter((part) => part !== undefined && part !== null).join('\n');
  if (holder === parent) parent.comment = both;
  else holder.commentBefore = both;
}

function collectionAt(document: Document, path: DocumentPath): YAMLMap | YAMLSeq | null {
  const found: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isMap(found) || isSeq(found) ? found : null;
}
