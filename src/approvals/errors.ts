export type ApprovalFault =
  | 'bad_name' // not the name of an operator
  | 'bad_record' // a record or verdict that breaks its own form
  | 'bad_key' // not a public key of a kind that may sign
  | 'bad_key_file' // not an operator's sealed key
  | 'weak_passphrase'
  | 'wrong_passphrase' // or the sealed key was changed: which of the two is not told
  | 'forgotten'; // the key was used after it was forgotten

/** Something about operators and their keys cannot be done. No message holds a passphrase or a key. */
export class ApprovalError extends Error {
  readonly code: ApprovalFault;
  constructor(code: ApprovalFault, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ApprovalError';
    this.code = code;
  }
}
