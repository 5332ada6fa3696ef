/** Why bytes are not the JSON we accept. A closed list: the audit log and the tests name these codes. */
export type WireCode =
  | 'invalid_utf8'
  | 'syntax' // not RFC 8259; a byte order mark counts as this
  | 'duplicate_key' // two readers could take different members for the same name
  | 'forbidden_key' // `__proto__`, `constructor`, `prototype`: a trap for the reader behind us
  | 'lone_surrogate' // half a character, which readers replace each in its own way
  | 'unsafe_integer' // a number that a double cannot hold as it was written
  | 'too_deep'
  | 'too_many_keys'
  | 'key_too_long'
  | 'too_large';

/** The bytes were refused. `offset` counts UTF-16 units of the decoded text, from 0. */
export class WireError extends Error {
  readonly code: WireCode;
  readonly offset: number;
  constructor(code: WireCode, message: string, offset: number) {
    super(message);
    this.name = 'WireError';
    this.code = code;
    this.offset = offset;
  }
}
