/** Looking for a value in the log by its keyed hashes. The value stays in this process. */
import { type DigestedArgument, digestUnder, keyEpochs, readKey, readLog, type ValueText } from '../audit/index.ts';
import { fieldsOf, type Fields, ownFields, textOf } from './log-fields.ts';

/** What is looked for, and where. Null: everywhere. */
export interface Sought {
  readonly values: readonly ValueText[];
  readonly tool: string | null;
  readonly argument: string | null;
}

/** What a value would be in the log. */
export interface HashRow {
  readonly tool: string;
  readonly argument: string;
  readonly type: string;
  readonly epoch: string;
  readonly hmac: string;
}

/** A record that holds it. */
export interface FoundRecord {
  readonly time: string | null;
  readonly request: string;
  readonly grant: string;
  readonly tool: string;
  readonly argument: string;
  readonly kind: string;
  readonly decision: string | null;
  readonly outcome: string | null;
  /** False for a record that was changed after it was written. */
  readonly intact: boolean;
}

const WITH_ARGUMENTS: ReadonlySet<string> = new Set(['intent', 'decision', 'approval_requested']);

/** The keys of a home; only that of `epoch` if one is named. Throws `AuditError`. */
export function keysIn(directory: string, epoch: string | null): ReadonlyMap<string, Buffer> {
  const keys = new Map<string, Buffer>();
  for (const one of epoch === null ? keyEpochs(directory) : [epoch]) {
    const key = readKey(directory, one);
    if (key !== undefined) keys.set(one, key);
  }
  return keys;
}

/** The hashes of the sought values, made as the log shows which tools and arguments there are. */
export class Hashes {
  readonly #sought: Sought;
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #byPlace = new Map<string, readonly HashRow[]>();

  constructor(sought: Sought, keys: ReadonlyMap<string, Buffer>) {
    this.#sought = sought;
    this.#keys = keys;
    if (sought.tool !== null && sought.argument !== null) this.at(sought.tool, sought.argument);
  }

  /** Every value under every key, as that argument of that tool. */
  at(tool: string, argument: string): readonly HashRow[] {
    const place = JSON.stringify([tool, argument]);
    const rows = this.#byPlace.get(place) ?? this.#make(tool, argument);
    this.#byPlace.set(place, rows);
    return rows;
  }

  get all(): readonly HashRow[] {
    return [...this.#byPlace.values()].flat();
  }

  #make(tool: string, argument: string): readonly HashRow[] {
    return [...this.#keys].flatMap(([epoch, key]) =>
      this.#sought.values.map((value) => {
        const digested: DigestedArgument = { tool, argument, value };
        return { tool, argument, type: value.type, epoch, hmac: digestUnder(key, epoch, digested) };
      }),
    );
  }
}

/** The records that hold a sought value, with what became of their calls. Throws `AuditError`. */
export async function recordsWith(directory: string, sought: Sought, hashes: Hashes): Promise<readonly FoundRecord[]> {
  const found: FoundRecord[] = [];
  for await (const { record, intact } of readLog({ directory, from: 'start', follow: false })) {
    const own = ownFields(record);
    if (!WITH_ARGUMENTS.has(textOf(own, 'kind'))) continue;
    for (const argument of argumentsWith(own, sought, hashes)) found.push(rowOf(record, own, argument, intact));
  }
  if (found.length === 0) return [];
  const outcomes = await outcomesOf(directory, new Set(found.map(({ request }) => request)));
  const ended = found.map((one) =>
    one.kind === 'intent' ? { ...one, outcome: outcomes.get(one.request) ?? null } : one,
  );
  return ended.sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1));
}

/** The names of the arguments of one record that hold a sought value. */
function argumentsWith(own: Fields, sought: Sought, hashes: Hashes): readonly string[] {
  const tool = textOf(own, 'tool');
  const args = own['args'];
  if (!Array.isArray(args) || (sought.tool !== null && sought.tool !== tool)) return [];
  return args.flatMap((one: unknown) => {
    const fields = fieldsOf(one);
    const [name, hmac] = [textOf(fields, 'name'), textOf(fields, 'hmac')];
    if (hmac === '' || (sought.argument !== null && sought.argument !== name)) return [];
    return hashes.at(tool, name).some((row) => row.hmac === hmac) ? [name] : [];
  });
}

function rowOf(record: unknown, own: Fields, argument: string, intact: boolean): FoundRecord {
  const time = fieldsOf(record)['time'];
  const decision = textOf(own, 'decision');
  return {
    time: typeof time === 'number' && Math.abs(time) <= MAX_INSTANT_MS ? new Date(time).toISOString() : null,
    request: textOf(own, 'request'),
    grant: textOf(own, 'grant'),
    tool: textOf(own, 'tool'),
    argument,
    kind: textOf(own, 'kind'),
    decision: decision === '' ? null : decision,
    outcome: null,
    intact,
  };
}

/** ECMA-262, the range of a time value. */
const MAX_INSTANT_MS = 8.64e15;

async function outcomesOf(directory: string, requests: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const outcomes = new Map<string, string>();
  for await (const { record } of readLog({ directory, from: 'start', follow: false })) {
    const own = ownFields(record);
    const request = textOf(own, 'request');
    if (textOf(own, 'kind') === 'outcome' && requests.has(request)) outcomes.set(request, textOf(own, 'outcome'));
  }
  return outcomes;
}
