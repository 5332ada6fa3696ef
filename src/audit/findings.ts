/** What verification found. */

export interface Place {
  readonly file: string;
  /** 1-based; 0 for the whole file. */
  readonly line: number;
  /** Null where no record is meant. */
  readonly seq: number | null;
}

export type FaultCode =
  | 'bad_json' // a line that is no record
  | 'hash_mismatch' // a record that was changed
  | 'prev_mismatch' // a record that does not follow the one before
  | 'seq_gap' // records missing, repeated or out of order
  | 'line_too_long' // a line that no writer of ours makes
  | 'torn_line' // half a line at the end of a file that was closed
  | 'missing_file' // a file that the registry knows and the directory does not hold
  | 'unknown_file' // a file that the registry does not know
  | 'tail_missing' // a file that ends before the head that the registry or the store holds
  | 'never_started' // a segment in the registry that has no file, and no store to tell whether it ever had one
  | 'registry_mismatch' // a file that says otherwise than the registry
  | 'intent_without_outcome' // a call whose end was never recorded
  | 'approval_missing' // a call that ran under an approval that nobody is recorded to have given
  | 'cap_exceeded' // a call above a cap that nobody signed
  | 'checkpoint_bad' // a checkpoint that is not signed as it must be, or says otherwise than its chain
  | 'checkpoint_missing' // records that should have been signed and were not
  | 'checkpoint_mismatch' // a checkpoint held elsewhere that the log contradicts
  | 'key_restarted' // the admin stream was signed with a key that it had not named
  | 'key_missing' // the key that the admin stream names is not the one in the home
  | 'unreadable'; // a file that cannot be read

export type NoteCode =
  | 'tail_unproven' // nothing outside the file says where it should end
  | 'torn_tail' // half a line that a crash left, and that no record needs
  | 'unsigned_tail' // a whole line before it, which the log went on without
  | 'never_started' // a segment whose process ended before it made the file
  | 'unsigned' // files of a release that signed nothing
  | 'pruned' // files that were deleted when their time was over
  | 'foreign_file'; // not a file of the log

export interface AuditFault extends Place {
  readonly code: FaultCode;
  readonly message: string;
}
export interface AuditNote extends Place {
  readonly code: NoteCode;
  readonly message: string;
}

/** A destroyed log must not become a report of its own size. */
const MOST_FAULTS = 1_000;

export class Findings {
  readonly faults: AuditFault[] = [];
  readonly notes: AuditNote[] = [];
  /** Faults beyond the thousandth. */
  omitted = 0;

  fault(code: FaultCode, { file, line, seq }: Place, message: string): void {
    if (this.faults.length < MOST_FAULTS) this.faults.push({ file, line, seq, code, message });
    else this.omitted += 1;
  }

  note(code: NoteCode, { file, line, seq }: Place, message: string): void {
    if (this.notes.length < MOST_FAULTS) this.notes.push({ file, line, seq, code, message });
  }
}

/** A file as a whole. */
export function wholeFile(file: string): Place {
  return { file, line: 0, seq: null };
}
