/** What the parts of one rule share while they are read. Faults are gathered, so that a writer sees all of them at once. */
import type { Pattern } from '../core/policy.ts';
import type { Fault } from './fault.ts';
import type { CompilePattern } from './pattern.ts';
import type { Source } from './source.ts';
import type { DocumentPath } from './tree.ts';

/** The faults of a source. */
export class FaultList {
  readonly faults: Fault[] = [];
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Notes a fault at the value, or at the key, of a path. Answers null, so that a reader can return it. */
  refuse(code: string, path: DocumentPath, message: string, which: 'key' | 'value' = 'value'): null {
    this.faults.push(this.#source.fault(code, path, message, which));
    return null;
  }
}

/** The faults of a rule, and what its parts need. */
export class Scope extends FaultList {
  readonly timezone: string;
  readonly #compile: CompilePattern;

  constructor(source: Source, compile: CompilePattern, timezone: string) {
    super(source);
    this.#compile = compile;
    this.timezone = timezone;
  }

  /** A pattern that must match the whole of a text. */
  pattern(source: string, path: DocumentPath): Pattern | null {
    try {
      return this.#compile(source);
    } catch (error) {
      const why = error instanceof Error ? error.message.replace(/\p{C}/gu, '?').slice(0, 120) : 'it does not compile';
      return this.refuse('bad_pattern', path, `not a pattern in RE2 syntax: ${why}`);
    }
  }
}
