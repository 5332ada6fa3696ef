/** Which records are asked for, and how a line shows that it cannot be one of them before it is parsed. */
import { lineText, type PlainObject } from './chain.ts';
import { ownFields } from './fields.ts';

/** What can be asked for by its exact text; what fewest records have comes first. */
export const FILTER_FIELDS = ['request', 'approval', 'rule', 'tool', 'grant', 'kind', 'outcome', 'decision'] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

export interface RecordFilter {
  readonly fields: Readonly<Partial<Record<FilterField, string>>>;
  /** First and last millisecond that are asked for. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Asks for everything. */
export const EVERY_RECORD: RecordFilter = { fields: {}, sinceMs: -Infinity, untilMs: Infinity };

/** Whether a parsed record is asked for. */
export function isWanted(record: PlainObject, { fields, sinceMs, untilMs }: RecordFilter): boolean {
  const time = record['time'];
  if (sinceMs !== -Infinity || untilMs !== Infinity)
    if (typeof time !== 'number' || time < sinceMs || time > untilMs) return false;
  const own = ownFields(record);
  return FILTER_FIELDS.every((field) => fields[field] === undefined || own[field] === fields[field]);
}

/** Bytes that every line of ours has which the filter asks for. */
export function needlesOf({ fields }: RecordFilter): readonly Buffer[] {
  return FILTER_FIELDS.flatMap((field) => {
    const text = fields[field];
    return text === undefined ? [] : [Buffer.from(lineText({ [field]: text }).slice(1, -1))];
  });
}
