/** A share of the work: logs by their seeds, tampered with and judged, and logs that nobody touched. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { seeded } from '../../chaos/rig/seeded.ts';
import { type Base, type Ending, makeBase } from './base.ts';
import { type Image, withFile, writeImage } from './image.ts';
import { ours, theirs, type Verdict } from './judges.ts';
import { Python } from './python.ts';
import { Tally, type ShareReport } from './tally.ts';
import type { Known, Tampering } from './tampering.ts';

export interface ShareOptions {
  readonly tamperings: readonly Tampering[];
  /** Of each class. */
  readonly count: number;
  /** Logs that nobody touched. */
  readonly clean: number;
  readonly seed: number;
  /** Where copies are made; in memory, if there is room. */
  readonly folder: string;
  readonly onProgress?: (sentence: string) => void;
}

/** Tamperings of one class on one log: another log is another chance. */
const PER_BASE = 10;
/** One log in so many is long enough for checkpoints on the way. */
const LONG_EVERY = 12;
const ENDINGS: readonly Ending[] = ['closed', 'recovered', 'open'];
/** A class that no log has a place for must not go on for ever. */
const MOST_BASES_WITHOUT_PROGRESS = 40;

/** A copy that was tampered with, or was not. */
interface Case {
  readonly directory: string;
  readonly tampering: Tampering | undefined;
  readonly label: string;
}

export async function runShare(options: ShareOptions): Promise<ShareReport> {
  const folder = fs.mkdtempSync(join(options.folder, 'countersign-tamper-'));
  const python = new Python();
  try {
    return await new Share(options, folder, python).run();
  } finally {
    await python.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

class Share {
  readonly #options: ShareOptions;
  readonly #folder: string;
  readonly #python: Python;
  readonly #tally: Tally;
  #bases = 0;

  constructor(options: ShareOptions, folder: string, python: Python) {
    this.#options = options;
    this.#python = python;
    this.#folder = folder;
    this.#tally = new Tally(options.tamperings);
  }

  async run(): Promise<ShareReport> {
    for (let idle = 0; this.#owed().length > 0 && idle < MOST_BASES_WITHOUT_PROGRESS; idle += 1) {
      const before = this.#tally.tried;
      await this.#withBase((base) => this.#tamper(base));
      if (this.#tally.tried > before) idle = 0;
      this.#options.onProgress?.(`${this.#tally.tried} tamperings, ${this.#tally.missed} missed`);
    }
    while (this.#tally.clean < this.#options.clean) {
      await this.#withBase((base) => this.#leave(base));
      if (this.#tally.clean % 50 === 0) this.#options.onProgress?.(`${this.#tally.clean} untouched logs`);
    }
    return this.#tally.report();
  }

  #owed(): readonly Tampering[] {
    return this.#options.tamperings.filter(({ name }) => this.#tally.triedOf(name) < this.#options.count);
  }

  async #withBase(work: (base: Base) => Promise<void>): Promise<void> {
    const seed = this.#options.seed + this.#bases;
    const ending = ENDINGS[this.#bases % ENDINGS.length] ?? 'closed';
    const base = await makeBase({ seed, folder: this.#folder, ending, isLong: this.#bases % LONG_EVERY === 0 });
    this.#bases += 1;
    try {
      await work(base);
    } finally {
      await base.dispose();
    }
  }

  async #tamper(base: Base): Promise<void> {
    const cases = this.#owed()
      .filter(({ endings }) => endings.includes(base.ending))
      .flatMap((one) => this.#copies(base, one));
    await this.#judge(base, cases, ({ tampering }) =>
      tampering?.foundBy[0] === 'log' ? ['log'] : ['log', 'checkpoint', 'store'],
    );
    for (const { directory } of cases) fs.rmSync(directory, { recursive: true, force: true });
  }

  #copies(base: Base, tampering: Tampering): readonly Case[] {
    const left = this.#options.count - this.#tally.triedOf(tampering.name);
    return Array.from({ length: Math.min(PER_BASE, left) }, (_, number) => number).flatMap((number) => {
      const random = seeded(base.seed * 1_000 + number);
      const image = tampering.apply(base, random);
      return image === undefined
        ? []
        : [this.#copy(image, tampering, `${tampering.name} of log ${base.seed}, number ${number}`)];
    });
  }

  #copies_made = 0;
  #copy(image: Image, tampering: Tampering | undefined, label: string): Case {
    const directory = join(this.#folder, `copy-${(this.#copies_made += 1)}`);
    writeImage(image, directory);
    return { directory, tampering, label };
  }

  /** The log as it is, with all that may be known of it, and with a checkpoint of each of its earlier states. */
  async #leave(base: Base): Promise<void> {
    const image = this.#bases % 2 === 0 ? base.now.image : withFile(base.now.image, 'ballast', Buffer.from('room'));
    const label = `untouched log ${base.seed} (${base.ending})`;
    await this.#judge(base, [this.#copy(image, undefined, label)], () => ['log', 'checkpoint', 'store']);
    for (const { knowledge } of base.past)
      await this.#judge({ ...base, now: { image, knowledge } }, [this.#copy(image, undefined, label)], () => [
        'checkpoint',
      ]);
    this.#tally.leave();
  }

  async #judge(base: Base, cases: readonly Case[], knownOf: (one: Case) => readonly Known[]): Promise<void> {
    const held = join(this.#folder, 'held');
    fs.writeFileSync(held, base.now.knowledge.checkpoint);
    const asked = (known: Known): readonly Case[] => cases.filter((one) => knownOf(one).includes(known));
    for (const known of ['log', 'checkpoint'] as const) {
      const some = asked(known);
      const answer = theirs(
        this.#python,
        some.map(({ directory }) => directory),
        known === 'log' ? undefined : held,
      );
      // Both work at the same time; a failure of ours must not leave the other's unseen.
      answer.catch(() => undefined);
      const own = await this.#ours(base, some, known);
      const other = await answer;
      some.forEach((one, index) => this.#tally.take(one, known, own[index], other[index]));
    }
    const own = await this.#ours(base, asked('store'), 'store');
    asked('store').forEach((one, index) => this.#tally.take(one, 'store', own[index], undefined));
  }

  async #ours(base: Base, cases: readonly Case[], known: Known): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = [];
    for (const { directory } of cases) verdicts.push(await ours(directory, known, base.now.knowledge));
    return verdicts;
  }
}
