/** What people did to the installation. Every record that names an actor is an act, also of kinds that come later. */
import { actorOf } from './actor.ts';
import { type Fields, textAt } from './fields.ts';
import { Listing, Tally } from './tally.ts';
import type { Act, ActCount, ActorRow, ActsPart, ReadingRow } from './value-people.ts';

const MOST_ACTS = 200;

/** What each of these says is told elsewhere. */
const ELSEWHERE: ReadonlySet<string> = new Set(['approval_signed', 'approval_refused']);

export class Acts {
  readonly #acts = new Listing<Act>(MOST_ACTS);
  readonly #counts = new Tally((key: { kind: string } & KeyOf): ActCount => ({ ...key, count: 0 }));
  readonly #readings = new Tally((key: { does: string } & KeyOf): ReadingRow => ({
    ...key,
    count: 0,
    first: '',
    last: '',
  }));
  #unproven = 0;

  /** Takes a record that lies in the period. */
  take(kind: string, own: Fields, time: string): void {
    if (typeof own['actor'] !== 'object' || own['actor'] === null || ELSEWHERE.has(kind)) return;
    const actor = actorOf(own);
    if (actor.by !== 'operator') this.#unproven += 1;
    this.#counts.at({ kind, ...actor }).count += 1;
    if (kind === 'log_read') this.#read(actor, own, time);
    else this.#acts.add({ time, kind, actor, about: aboutOf(own) });
  }

  value(): ActsPart {
    return {
      acts: this.#acts.value(),
      counts: this.#counts.value(
        (row) => row,
        (row) => row.count,
      ),
      readings: this.#readings.value(
        (row) => ({ ...row }),
        (row) => row.count,
      ),
      unproven: this.#unproven,
    };
  }

  /** Scripts read the log every day; a line for each would hide the rest. */
  #read(actor: ActorRow, own: Fields, time: string): void {
    const row = this.#readings.at({ does: textAt(own, 'does') ?? '~unknown', ...actor });
    row.count += 1;
    if (row.first === '' || time < row.first) row.first = time;
    if (time > row.last) row.last = time;
  }
}

type KeyOf = { readonly [K in keyof ActorRow]: ActorRow[K] };

const NAMING = ['secret', 'grant', 'upstream', 'operator', 'person', 'policy', 'rule', 'unit', 'scope', 'subject'];
const SAYING = ['request', 'as', 'currency', 'part', 'mcpClient', 'file'];

/** What it was done to, in the record's own words. */
function aboutOf(own: Fields): string {
  const words = [...NAMING, ...SAYING].flatMap((key) => {
    const text = textAt(own, key);
    return text === null ? [] : [`${key} ${text}`];
  });
  return words.join(', ');
}
