/** What a report says, as plain JSON: `--json` prints it, and every page is drawn from it and from nothing else. */
import type { Listed, Tallied } from './tally.ts';
import type { CallsPart, CodeRow } from './value-calls.ts';
import type { ActsPart, ApprovalsPart, PoliciesPart } from './value-people.ts';

export interface RefusedTokenRow {
  readonly code: string;
  readonly grant: string | null;
  count: number;
  last: string;
}
export interface UpstreamRow {
  readonly upstream: string;
  started: number;
  failed: number;
  readonly codes: readonly CodeRow[];
}
export interface QuarantineRow {
  readonly upstream: string;
  readonly tool: string;
  readonly code: string;
  count: number;
  first: string;
  last: string;
}
export interface OutsidePart {
  readonly tokens: Tallied<RefusedTokenRow>;
  readonly messages: Tallied<CodeRow>;
  readonly upstreams: Tallied<UpstreamRow>;
  readonly quarantines: Tallied<QuarantineRow>;
}

export interface Gap {
  readonly time: string;
  readonly kind: string;
  readonly about: string;
}

export interface RecordsPart {
  /** In the whole log. */
  readonly read: number;
  readonly inPeriod: number;
  readonly first: string | null;
  readonly last: string | null;
  /** Lines that are no record, records without a time, and records that were changed: none of them is in any figure. */
  readonly broken: number;
  readonly undated: number;
  readonly changed: number;
}

export interface LogCheck {
  readonly ok: boolean;
  readonly records: number;
  readonly files: number;
  /** Signatures that were checked; null where no operator could have signed. */
  readonly signatures: number | null;
  /** The first ones. */
  readonly faults: readonly {
    readonly file: string;
    readonly line: number;
    readonly code: string;
    readonly message: string;
  }[];
  readonly faultsLeftOut: number;
  readonly notes: readonly { readonly code: string; readonly count: number }[];
}

/** A report. */
export interface ReportValue {
  readonly period: { readonly since: string; readonly until: string };
  readonly generated: string;
  readonly installation: { readonly id: string; readonly version: string; readonly others: readonly string[] };
  readonly records: RecordsPart;
  readonly calls: CallsPart;
  readonly approvals: ApprovalsPart;
  readonly policies: PoliciesPart;
  readonly acts: ActsPart;
  readonly outside: OutsidePart;
  readonly gaps: Listed<Gap>;
  readonly check: LogCheck;
}
