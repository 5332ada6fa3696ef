/** What was found, by whom, with which knowledge; and everything that should not be. */
import type { Verdict } from './judges.ts';
import type { Known, Tampering } from './tampering.ts';

/** How many of a class one verifier found with one piece of knowledge. */
export interface Score {
  readonly asked: number;
  readonly ours: number;
  readonly theirs: number;
  /** Both said the same of ok or not; and named the same faults and notes at the same places. */
  readonly agreed: number;
  readonly same: number;
}

export interface ClassReport {
  readonly name: string;
  readonly what: string;
  readonly foundBy: readonly Known[];
  readonly tried: number;
  readonly by: Readonly<Partial<Record<Known, Score>>>;
}

export interface ShareReport {
  readonly classes: readonly ClassReport[];
  /** Logs that nobody touched, and what was said of them. */
  readonly clean: number;
  readonly cleanVerdicts: Score;
  /** The first things that should not be, in words. */
  readonly cases: readonly string[];
  /** The first verdicts that agree and name other faults or notes. */
  readonly differences: readonly string[];
}

const NONE: Score = { asked: 0, ours: 0, theirs: 0, agreed: 0, same: 0 };
const MOST_CASES = 40;
const MOST_LETTERS = 2_000;

export function sum(one: Score = NONE, other: Score = NONE): Score {
  return {
    asked: one.asked + other.asked,
    ours: one.ours + other.ours,
    theirs: one.theirs + other.theirs,
    agreed: one.agreed + other.agreed,
    same: one.same + other.same,
  };
}

/** A verdict on one copy. Where one verifier lacks the knowledge, the other is alone in saying it. */
function scoreOf(own: Verdict, other: Verdict | undefined): Score {
  return {
    asked: 1,
    ours: own.ok ? 0 : 1,
    theirs: other?.ok === false ? 1 : 0,
    agreed: other === undefined || other.ok === own.ok ? 1 : 0,
    same: other === undefined || other.findings.join() === own.findings.join() ? 1 : 0,
  };
}

interface Judged {
  readonly tampering: Tampering | undefined;
  readonly label: string;
  readonly directory: string;
}

export class Tally {
  clean = 0;
  #missed = 0;
  readonly #tamperings: readonly Tampering[];
  readonly #tried = new Map<string, Set<string>>();
  readonly #scores = new Map<string, Score>();
  readonly #cases: string[] = [];
  readonly #differences: string[] = [];

  constructor(tamperings: readonly Tampering[]) {
    this.#tamperings = tamperings;
  }

  get tried(): number {
    return [...this.#tried.values()].reduce((all, { size }) => all + size, 0);
  }
  get missed(): number {
    return this.#missed;
  }
  triedOf(name: string): number {
    return this.#tried.get(name)?.size ?? 0;
  }
  leave(): void {
    this.clean += 1;
  }

  take(
    { tampering, label, directory }: Judged,
    known: Known,
    own: Verdict | undefined,
    other: Verdict | undefined,
  ): void {
    if (own === undefined) throw new Error(`nothing was said of ${label}`);
    const name = tampering?.name ?? '';
    const key = `${name} ${known}`;
    this.#scores.set(key, sum(this.#scores.get(key), scoreOf(own, other)));
    if (tampering !== undefined) this.#tried.set(name, (this.#tried.get(name) ?? new Set()).add(directory));
    const isFound = tampering?.foundBy.includes(known) === true;
    const said = { verifyLog: own, ...(other === undefined ? {} : { 'verify.py': other }) };
    for (const [who, { ok, findings }] of Object.entries(said)) {
      if (isFound && ok) this.#wrong(`${who} with ${known} missed ${label}`);
      if (tampering === undefined && !ok) this.#wrong(`${who} with ${known} faulted ${label}: ${findings.join(', ')}`);
    }
    if (other !== undefined && other.ok !== own.ok)
      this.#wrong(
        `with ${known} they disagree on ${label}: [${own.findings.join(', ')}] and [${other.findings.join(', ')}]`,
      );
    else if (other !== undefined && other.findings.join() !== own.findings.join())
      keep(
        this.#differences,
        `with ${known} they say different things of ${label}: [${own.findings.join(', ')}] and [${other.findings.join(', ')}]`,
      );
  }

  report(): ShareReport {
    const classes = this.#tamperings.map(({ name, what, foundBy }) => {
      const known = (['log', 'checkpoint', 'store'] as const).filter((one) => this.#scores.has(`${name} ${one}`));
      const by = Object.fromEntries(known.map((one) => [one, this.#scores.get(`${name} ${one}`) ?? NONE]));
      return { name, what, foundBy, tried: this.triedOf(name), by };
    });
    const untouched = (['log', 'checkpoint', 'store'] as const).map((known) => this.#scores.get(` ${known}`) ?? NONE);
    const cleanVerdicts = untouched.reduce((all, one) => sum(all, one), NONE);
    return { classes, clean: this.clean, cleanVerdicts, cases: this.#cases, differences: this.#differences };
  }

  #wrong(sentence: string): void {
    this.#missed += 1;
    keep(this.#cases, sentence);
  }
}

/** A verifier that fails fails often: the first words are enough. */
function keep(list: string[], sentence: string): void {
  if (list.length < MOST_CASES) list.push(sentence.slice(0, MOST_LETTERS));
}
