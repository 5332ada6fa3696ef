export type SecretFault =
  | 'missing' // no secret of that name
  | 'wrong_key' // sealed with a key that is not here
  | 'tampered' // the sealed file was changed
  | 'not_for_upstream' // sealed for other upstreams
  | 'keyring_unavailable' // no master key can be found or made
  | 'bad_name'
  | 'bad_value'
  | 'unsafe_file' // a file that others could have read or written
  | 'unwritable'; // the file system refused

/** A secret could not be sealed, opened or removed. No message holds a value. */
export class SecretError extends Error {
  readonly code: SecretFault;
  constructor(code: SecretFault, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SecretError';
    this.code = code;
  }
}
