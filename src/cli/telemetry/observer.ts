/**
 * What the gateway does, as metrics and spans. It watches two things that are there anyway: the events of the audit log, which
 * hold no argument value, and the steps of calls. It changes nothing and throws nothing into them.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { CallEvent, QuotaShare } from '../../audit/events.ts';
import { CALL_CHANNEL, type Step } from '../../gateway/index.ts';
import { Metrics } from './metrics.ts';
import { type Progress, type Span, spanOf } from './spans.ts';

/** Calls whose steps are remembered; a call that waits for a person is one of them. */
const MOST_CALLS = 10_000;
/** Spans that wait to be sent. The collector may be away. */
const MOST_SPANS = 2_000;

/** The upper end of each class: what is used is never shown smaller than it may be. */
const RATIO: Readonly<Record<QuotaShare, number>> = {
  ...{ '<10%': 0.1, '<25%': 0.25, '<50%': 0.5, '<75%': 0.75, '<90%': 0.9, '<=100%': 1, '>100%': 1.1 },
};

export class Observer {
  readonly metrics = new Metrics();
  readonly #nowMs: () => number;
  readonly #calls = new Map<string, Progress>();
  readonly #waiting = new Set<string>();
  #spans: Span[] = [];
  #inFlight = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    subscribe(CALL_CHANNEL, this.#onStep);
    this.metrics.gauge(...IN_FLIGHT, {}, 0);
    this.metrics.gauge(...WAITING, {}, 0);
    this.logWorks(true);
  }

  end(): void {
    unsubscribe(CALL_CHANNEL, this.#onStep);
  }

  /** The spans that have ended since it was asked last. */
  takeSpans(): readonly Span[] {
    const spans = this.#spans;
    this.#spans = [];
    return spans;
  }

  /** An event as it goes into the log. */
  saw(event: CallEvent): void {
    this.metrics.count('countersign_audit_records_total', 'Records written to the calls log.', { kind: event.kind });
    switch (event.kind) {
      case 'decision':
      case 'outcome':
        this.#ended(event);
        return;
      case 'intent':
        this.#quota(event);
        if (event.approval !== undefined) this.#waits(event.approval, false);
        return;
      case 'approval_requested':
        this.#waits(event.approval, true);
        return;
      case 'approval_ended':
        this.#waits(event.approval, false);
        return;
      case 'upstream_started':
        this.metrics.count(...STARTS, { upstream: event.upstream });
        return;
      case 'upstream_failed':
        this.metrics.count(...FAILURES, { upstream: event.upstream, code: event.code });
        return;
      case 'protocol_rejected':
        this.metrics.count(...REJECTIONS, { code: event.code }, event.together?.count);
        return;
      case 'request_decided':
        if (event.decision === 'deny')
          this.metrics.count(...REQUESTS, {
            grant: event.session.grant,
            method: event.method,
            outcome: event.code ?? '',
          });
        return;
      case 'request_ended':
        this.metrics.count(...REQUESTS, { grant: event.session.grant, method: event.method, outcome: event.outcome });
        return;
      case 'session_opened':
      case 'session_closed':
      case 'tool_quarantined':
      case 'approval_decided':
      case 'audit_stopped':
      case 'audit_resumed':
        return;
    }
  }

  /** Whether the last record could be written; if not, calls are refused. */
  logWorks(works: boolean): void {
    this.metrics.gauge(...STOPPED, {}, works ? 0 : 1);
  }

  #ended(event: Extract<CallEvent, { kind: 'decision' | 'outcome' }>): void {
    const { session, tool, toolKind } = event;
    const labels = { grant: session.grant, tool: tool ?? '(unknown)', kind: toolKind ?? 'unknown' };
    const decision = event.kind === 'outcome' ? 'allow' : 'deny';
    const outcome = event.kind === 'outcome' ? event.outcome : event.code;
    this.metrics.count(...CALLS, { ...labels, decision, outcome });
    if (event.kind === 'outcome') this.metrics.observe(...LATENCY, { ...labels }, event.latencyMs / 1_000);
    else this.#quota(event);
    const progress = this.#calls.get(event.request);
    this.#calls.delete(event.request);
    if (this.#spans.length < MOST_SPANS) this.#spans.push(spanOf(event, progress, this.#nowMs()));
    else this.metrics.count('countersign_spans_dropped_total', 'Spans that no collector took in time.', {});
  }

  #quota({ session, quota = [] }: Extract<CallEvent, { kind: 'decision' | 'intent' }>): void {
    for (const { rule, policy, unit, per, used } of quota)
      this.metrics.gauge(...QUOTA, { grant: session.grant, policy: policy ?? '', rule, unit, per }, RATIO[used]);
  }

  #waits(approval: string, isWaiting: boolean): void {
    if (isWaiting) this.#waiting.add(approval);
    else this.#waiting.delete(approval);
    this.metrics.gauge(...WAITING, {}, this.#waiting.size);
  }

  readonly #onStep = (message: unknown): void => {
    const { step, request } = message as { readonly step: Step; readonly request: string };
    const nowMs = this.#nowMs();
    const known = this.#calls.get(request);
    if (known === undefined) {
      if (this.#calls.size < MOST_CALLS && step !== 'recorded') this.#calls.set(request, { beganMs: nowMs, steps: [] });
    } else {
      const startMs = known.steps.at(-1)?.endMs ?? known.beganMs;
      known.steps.push({ name: step, startMs, endMs: nowMs });
      this.metrics.observe(...STAGES, { step }, Math.max(0, nowMs - startMs) / 1_000);
    }
    if (step === 'forwarded') this.#inFlight += 1;
    if (step === 'replied') this.#inFlight = Math.max(0, this.#inFlight - 1);
    if (step === 'forwarded' || step === 'replied') this.metrics.gauge(...IN_FLIGHT, {}, this.#inFlight);
  };
}

const STOPPED = [
  'countersign_audit_stopped',
  '1 while the audit log cannot be written, and calls are refused.',
] as const;
const CALLS = ['countersign_calls_total', 'Calls by what was decided and what became of them.'] as const;
const REJECTIONS = ['countersign_protocol_rejected_total', 'Messages that were refused.'] as const;
const REQUESTS = ['countersign_requests_total', 'Requests beside calls by what became of them.'] as const;
const LATENCY = ['countersign_server_seconds', 'How long servers took to answer calls.'] as const;
const STAGES = ['countersign_step_seconds', 'How long each step of a call took, from the step before.'] as const;
const IN_FLIGHT = ['countersign_calls_in_flight', 'Calls that are with a server.'] as const;
const WAITING = ['countersign_approvals_waiting', 'Calls of this process that wait for a person.'] as const;
const QUOTA = [
  'countersign_quota_used_ratio',
  'How much of a cap was used at the last call, rounded up to a class.',
] as const;
const STARTS = ['countersign_upstream_starts_total', 'Starts of servers.'] as const;
const FAILURES = ['countersign_upstream_failures_total', 'Servers that failed or could not be started.'] as const;
