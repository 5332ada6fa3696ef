/** What can be wrong with a secret. No message carries a value. */
export type SecretCode =
  | 'bad_name'
  | 'bad_value'
  | 'missing' // there is no secret of this name
  | 'wrong_key' // sealed under another master key
  | 'tampered' // the file was changed, or moved under another name
  | 'not_for_upstream'
  | 'no_master_key'
  | 'unusable'; // the file system or the keyring does not work

/** A secret cannot be sealed or opened. */
export class SecretError extends Error {
  readonly code: SecretCode;
  constructor(code: SecretCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SecretError';
    this.code = code;
  }
}
