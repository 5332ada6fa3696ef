/** One change to a YAML text, through the library's own tree of it, which keeps comments, quotes and order. */
import { isMap, isSeq, parseDocument, type Document, type YAMLMap, type YAMLSeq } from 'yaml';
import type { TextEdit } from './text-edit.ts';
import type { DocumentPath } from './tree.ts';

/** The place is known to be there. */
export function editYaml(text: string, edit: TextEdit): string {
  const document: Document = parseDocument(text, { version: '1.2', schema: 'core' });
  const parent = collectionAt(document, edit.path.slice(0, -1));
  const step = edit.path.at(-1);
  if (edit.is === 'set') document.setIn(edit.path, document.createNode(edit.value));
  else if (edit.is === 'remove') document.deleteIn(edit.path);
  else if (isSeq(parent) && typeof step === 'number') {
    const items: unknown[] = parent.items;
    if (edit.is === 'insert') items.splice(step, 0, document.createNode(edit.value));
    else items.splice(edit.to, 0, ...items.splice(step, 1));
  } else if (edit.is === 'insert') document.setIn(edit.path, document.createNode(edit.value));
  // Long lines stay as people wrote them.
  return document.toString({ lineWidth: 0 });
}

function collectionAt(document: Document, path: DocumentPath): YAMLMap | YAMLSeq | null {
  const found: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isMap(found) || isSeq(found) ? found : null;
}
