/** ArcSight's Common Event Format, version 0: a header between bars, and what else there is as `key=value`. */
import { textOf } from '../fields.ts';
import { numberOf, partsOf, type ExportedRecord, type Parts } from './parts.ts';
import { visible } from './visible.ts';

/** A field of the header. A line end has no form there, and becomes a blank. */
export function cefHeader(text: string): string {
  return text.replace(/\r\n|[\r\n]/g, ' ').replace(/[\\|]/g, '\\$&');
}

/** The value of an extension. */
export function cefValue(text: string): string {
  return text.replace(/[\\=]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
}

/** One line, from the version to the last extension that has a value. */
export function cefLine(
  header: readonly [version: string, event: string, name: string, severity: number],
  extensions: readonly (readonly [key: string, value: string])[],
): string {
  const fields = ['CEF:0', 'countersign', 'countersign', ...header.map((field) => cefHeader(String(field)))];
  const said = extensions.filter(([, value]) => value !== '').map(([key, value]) => `${key}=${cefValue(value)}`);
  return `${fields.join('|')}|${said.join(' ')}`;
}

/** A record as one event. */
export function cefOf({ record, intact }: ExportedRecord): string {
  const parts = partsOf(record);
  const name = parts.kind.replaceAll('_', ' ');
  return cefLine(
    [visible(parts.productVersion), visible(parts.kind), visible(name), SEVERITY[parts.severity] ?? 0],
    extensionsOf(parts, intact).map(([key, value]) => [key, visible(value)] as const),
  );
}

/** `severity_id` of OCSF on the scale of CEF: up to 3 low, 6 medium, 8 high, 10 very high. */
const SEVERITY: Readonly<Record<number, number>> = { 1: 1, 2: 3, 3: 5, 4: 8, 5: 9, 6: 10 };

type Extension = readonly [key: string, value: string];

function extensionsOf(parts: Parts, intact: boolean): readonly Extension[] {
  const { own } = parts;
  return [
    ['rt', String(parts.timeMs ?? '')],
    ['cat', parts.stream],
    ['act', textOf(own, 'decision') || textOf(own, 'verdict')],
    ['outcome', parts.result],
    ['reason', textOf(own, 'code')],
    ['suser', parts.user],
    ['suid', parts.userId],
    ['externalId', parts.id],
    ['destinationServiceName', parts.upstream],
    ['requestClientApplication', parts.agent],
    ...labelled('cs1', 'grant', textOf(own, 'grant')),
    ...labelled('cs2', 'tool', textOf(own, 'tool')),
    ...labelled('cs3', 'rule', textOf(own, 'rule')),
    ...labelled('cs4', 'policy', textOf(own, 'policy')),
    ...labelled('cs5', 'request', textOf(own, 'request')),
    ...labelled('cs6', 'approval', textOf(own, 'approval')),
    ...labelled('cn1', 'seq', String(numberOf(own, 'seq') ?? '')),
    ...labelled('cn2', 'latencyMs', String(numberOf(own, 'latencyMs') ?? '')),
    ['countersignHash', textOf(own, 'hash')],
    ['countersignChanged', intact ? '' : 'true'],
    ['msg', parts.message],
  ];
}

/** A custom field means nothing without its label. */
function labelled(key: string, label: string, value: string): readonly Extension[] {
  return value === ''
    ? []
    : [
        [key, value],
        [`${key}Label`, label],
      ];
}
