/** Folding the records of a log into a report: one record after the other, in memory that does not grow with the log. */
import type { LogRecord } from '../read.ts';
import { bounded } from '../text.ts';
import type { VerifyReport } from '../verify.ts';
import { Acts } from './acts.ts';
import { Approvals } from './approvals.ts';
import { Calls } from './calls.ts';
import { type Fields, ownOf, textAt, timeOf } from './fields.ts';
import { gapOf, isGap } from './gaps.ts';
import { Outside } from './outside.ts';
import { Policies } from './policies.ts';
import { Listing } from './tally.ts';
import type { Gap, LogCheck, RecordsPart, ReportValue } from './value.ts';

/** From `sinceMs` on, and before `untilMs`. */
export interface Period {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What the report is of, beside the records. */
export interface Surroundings {
  readonly generatedMs: number;
  readonly install: string;
  readonly version: string;
  readonly check: LogCheck;
}

const MOST_GAPS = 200;
/** A log is of one installation; more than a few others are no information. */
const MOST_INSTALLS = 10;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Gathering {
  readonly #period: Period;
  readonly #calls = new Calls();
  readonly #approvals = new Approvals();
  readonly #policies = new Policies();
  readonly #acts = new Acts();
  readonly #outside = new Outside();
  readonly #gaps = new Listing<Gap>(MOST_GAPS);
  readonly #installs = new Set<string>();
  readonly #records: Mutable<RecordsPart> = {
    ...{ read: 0, inPeriod: 0, first: null, last: null, broken: 0, undated: 0, changed: 0 },
  };

  constructor(period: Period) {
    this.#period = period;
  }

  /** Takes the next record of the log, of whatever time. One that was changed proves nothing, and is only counted. */
  take({ record, intact }: Pick<LogRecord, 'record' | 'intact'>): void {
    this.#records.read += 1;
    if (record === null) this.#records.broken += 1;
    else if (!intact) this.#records.changed += 1;
    else this.#takeRecord(record, timeOf(record));
  }

  /** The report on what was taken. */
  value({ generatedMs, install, version, check }: Surroundings): ReportValue {
    const { sinceMs, untilMs } = this.#period;
    return {
      period: { since: isoOf(sinceMs), until: isoOf(untilMs) },
      generated: isoOf(generatedMs),
      installation: { id: install, version, others: [...this.#installs].filter((id) => id !== install) },
      records: { ...this.#records },
      calls: this.#calls.value(this.#includes),
      approvals: this.#approvals.value(this.#includes),
      policies: this.#policies.value(),
      acts: this.#acts.value(),
      outside: this.#outside.value(),
      gaps: this.#gaps.value(),
      check,
    };
  }

  readonly #includes = (timeMs: number): boolean => timeMs >= this.#period.sinceMs && timeMs < this.#period.untilMs;

  #takeRecord(record: Fields, timeMs: number | null): void {
    if (timeMs === null) {
      this.#records.undated += 1;
      return;
    }
    const own = ownOf(record);
    const kind = textAt(own, 'kind') ?? '';
    const isInPeriod = this.#includes(timeMs);
    this.#note(own, isoOf(timeMs));
    this.#calls.take(kind, own, timeMs, isInPeriod);
    this.#approvals.take(kind, own, timeMs, isInPeriod);
    if (isInPeriod) this.#takeWithin(kind, own, isoOf(timeMs));
  }

  #takeWithin(kind: string, own: Fields, time: string): void {
    this.#records.inPeriod += 1;
    this.#policies.take(kind, own, time);
    this.#outside.take(kind, own, time);
    this.#acts.take(kind, own, time);
    if (isGap(kind)) this.#gaps.add(gapOf(kind, own, time));
  }

  #note(own: Fields, time: string): void {
    const { first, last } = this.#records;
    if (first === null || time < first) this.#records.first = time;
    if (last === null || time > last) this.#records.last = time;
    const install = textAt(own, 'install');
    if (install !== null && this.#installs.size < MOST_INSTALLS) this.#installs.add(install);
  }
}

const MOST_FAULTS = 20;
const MOST_TEXT = 320;

/** A fault of the chain or of a signature. */
interface Fault {
  readonly file: string;
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

/** What verification found, as a report says it. `signatures` is null where no operator could have signed. */
export function checkOf(
  { ok, records, files, faults, omitted, notes }: VerifyReport,
  signatures: { readonly signatures: number; readonly faults: readonly Fault[] } | null,
): LogCheck {
  const all: readonly Fault[] = [...faults, ...(signatures?.faults ?? [])];
  const counts = new Map<string, number>();
  for (const { code } of notes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return {
    ok: ok && all.length === 0,
    records,
    files,
    signatures: signatures?.signatures ?? null,
    faults: all.slice(0, MOST_FAULTS).map(shown),
    faultsLeftOut: Math.max(0, all.length - MOST_FAULTS) + omitted,
    notes: [...counts].map(([code, count]) => ({ code, count })),
  };
}

/** The files of a directory may be called anything. */
function shown({ file, line, code, message }: Fault): Fault {
  return { file: bounded(file, MOST_TEXT), line, code, message: bounded(message, MOST_TEXT) };
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
