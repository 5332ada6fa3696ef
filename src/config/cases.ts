/** From a file of test cases to data, with every fault of it at once. */
import { CaseDocument } from './case-schema.ts';
import type { CaseFile } from './case-schema.ts';
import type { Fault } from './fault.ts';
import { gathered } from './source.ts';
import type { Source } from './source.ts';
import { expectation, issueFaults } from './words.ts';

/** The cases, or what is wrong with their file. */
export type ReadCases =
  { readonly ok: true; readonly file: CaseFile } | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads the cases in `source`. Never throws because of what the document says. */
export function readCases(source: Source): ReadCases {
  if (!source.isRead) return { ok: false, faults: source.faults };
  const document = CaseDocument.safeParse(source.value, { error: expectation });
  const faults = gathered(source, document.success ? [] : issueFaults(source, document.error.issues));
  return document.success && faults.length === 0 ? { ok: true, file: document.data } : { ok: false, faults };
}
