/** A client's configuration cannot be read, understood or written. The message names the file and what to do. */
export class ClientFileError extends Error {
  override readonly name = 'ClientFileError';
  readonly code: 'unreadable' | 'syntax' | 'not_editable' | 'unsafe_file' | 'changed_meanwhile' | 'unwritable';

  constructor(code: ClientFileError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
