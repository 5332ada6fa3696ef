/** What came from outside and was kept out, and how the payment servers fared. */
import { countAt, type Fields, textAt } from './fields.ts';
import { Tally } from './tally.ts';
import type { OutsidePart, QuarantineRow, RefusedTokenRow, UpstreamRow } from './value.ts';
import type { CodeRow } from './value-calls.ts';

const UNKNOWN = '~unknown';
/** Reasons are a closed list of ours. */
const MOST_CODES = 50;

interface Upstream {
  readonly upstream: string;
  started: number;
  failed: number;
  readonly codes: Tally<{ code: string }, CodeRow>;
}

export class Outside {
  readonly #tokens = new Tally((key: { code: string; grant: string | null }): RefusedTokenRow => ({
    ...key,
    count: 0,
    last: '',
  }));
  readonly #messages = new Tally(codeRow);
  readonly #upstreams = new Tally((key: { upstream: string }): Upstream => ({
    ...key,
    started: 0,
    failed: 0,
    codes: new Tally(codeRow, MOST_CODES),
  }));
  readonly #quarantines = new Tally((key: { upstream: string; tool: string; code: string }): QuarantineRow => ({
    ...key,
    count: 0,
    first: '',
    last: '',
  }));

  /** Takes a record that lies in the period. */
  take(kind: string, own: Fields, time: string): void {
    const code = textAt(own, 'code') ?? UNKNOWN;
    const upstream = textAt(own, 'upstream') ?? UNKNOWN;
    switch (kind) {
      case 'auth_failed': {
        refuseToken(this.#tokens.at({ code, grant: textAt(own, 'grant') }), time);
        return;
      }
      case 'protocol_rejected':
        this.#messages.at({ code }).count += countAt(own, 'count') ?? 1;
        return;
      case 'upstream_started':
        this.#upstreams.at({ upstream }).started += 1;
        return;
      case 'upstream_failed': {
        fail(this.#upstreams.at({ upstream }), code);
        return;
      }
      case 'tool_quarantined': {
        quarantine(this.#quarantines.at({ upstream, tool: textAt(own, 'tool') ?? UNKNOWN, code }), time);
        return;
      }
    }
  }

  value(): OutsidePart {
    return {
      tokens: this.#tokens.value(
        (row) => ({ ...row }),
        (row) => row.count,
      ),
      messages: this.#messages.value(
        (row) => row,
        (row) => row.count,
      ),
      upstreams: this.#upstreams.value(upstreamRow, (row) => row.started + row.failed),
      quarantines: this.#quarantines.value(
        (row) => ({ ...row }),
        (row) => row.count,
      ),
    };
  }
}

function codeRow(key: { code: string }): CodeRow {
  return { ...key, count: 0 };
}

function refuseToken(row: RefusedTokenRow, time: string): void {
  row.count += 1;
  if (time > row.last) row.last = time;
}

function fail(row: Upstream, code: string): void {
  row.failed += 1;
  row.codes.at({ code }).count += 1;
}

function quarantine(row: QuarantineRow, time: string): void {
  row.count += 1;
  if (row.first === '' || time < row.first) row.first = time;
  if (time > row.last) row.last = time;
}

function upstreamRow({ upstream, started, failed, codes }: Upstream): UpstreamRow {
  const { rows, others } = codes.value(
    (row) => row,
    (row) => row.count,
  );
  return { upstream, started, failed, codes: others === null ? rows : [...rows, others] };
}
