/** Lines of the log that could not be read as records, told once at the end. */
import { join } from 'node:path';
import { type FoundLine, lineNumberAt } from '../audit/index.ts';
import { hint, say } from './report.ts';

export class Damage {
  readonly #directory: string;
  #first: { readonly file: string; readonly offset: number } | undefined;
  #lines = 0;
  #changed = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A line that is no record. */
  readonly unreadable = ({ file, offset }: Pick<FoundLine, 'file' | 'offset'>): void => {
    this.#first ??= { file, offset };
    this.#lines += 1;
  };

  /** A record that was given out, and is not what was written. */
  changed(): void {
    this.#changed += 1;
  }

  /** Says what there was, if there was anything. */
  async tell(): Promise<void> {
    if (this.#first !== undefined) {
      const { file, offset } = this.#first;
      const place = `${file}:${await lineNumberAt(join(this.#directory, file), offset)}`;
      say(
        this.#lines === 1 ? `a line is no record: ${place}` : `${this.#lines} lines are no records, the first ${place}`,
      );
    }
    if (this.#changed > 0)
      say(
        this.#changed === 1
          ? 'a record was changed after it was written'
          : `${this.#changed} records were changed after they were written`,
      );
    if (this.#first !== undefined || this.#changed > 0) hint('`countersign audit verify` names every one of them');
  }
}
