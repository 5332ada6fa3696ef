/** Records of the log as something that was read from a file: every member may be missing, or be anything. */
export type Fields = Readonly<Record<string, unknown>>;

/** The members of an object, none for anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** What of a record is ours: OCSF keeps the attributes that it does not know under `unmapped`. */
export function ownFields(record: unknown): Fields {
  return fieldsOf(fieldsOf(fieldsOf(record)['unmapped'])['countersign']);
}

/** A text, empty where there is none. */
export function textOf(fields: Fields, key: string): string {
  const value = fields[key];
  return typeof value === 'string' ? value : '';
}
