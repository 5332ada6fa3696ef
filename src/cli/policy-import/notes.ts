/** What became of each part of an imported document. */
import type { Source } from '../../config/index.ts';

/** A place in the document: keys and indices. */
export type Way = readonly (string | number)[];

/** One construct of the source: what it became, or that it was refused. Exactly one of the two is there. */
export interface Note {
  /** `file:line:column`. */
  readonly place: string;
  /** JSON Pointer. */
  readonly path: string;
  /** What stands in our policy now. */
  readonly became?: string;
  /** What could not be kept. */
  readonly refused?: string;
  readonly why: string;
}

/** A construct that could not be kept. */
export interface Refusal {
  readonly way: Way;
  readonly construct: string;
  readonly why: string;
  /** Selectors of the tools that it was about. */
  readonly tools: readonly string[];
  /** True if the policy would permit more without it. */
  readonly loosens: boolean;
}

/** Gathers notes in the order in which the document is read. */
export class NoteBook {
  readonly notes: Note[] = [];
  readonly refusals: Refusal[] = [];
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  became(way: Way, became: string, why = ''): void {
    this.notes.push({ ...this.#at(way), became, why });
  }

  refuse(refusal: Refusal): null {
    const { way, construct, why, loosens } = refusal;
    this.refusals.push(refusal);
    const said = loosens ? why : `${why}; without it less is permitted, so that nothing is lost`;
    this.notes.push({ ...this.#at(way), refused: construct, why: said });
    return null;
  }

  #at(way: Way): { readonly place: string; readonly path: string } {
    const { file, line, column, path } = this.#source.fault('note', way, '');
    return { place: line > 0 ? `${file}:${line}:${column}` : file, path };
  }
}
