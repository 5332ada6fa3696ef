/** OTLP over HTTP with JSON bodies (opentelemetry-proto 1.x, its JSON mapping): what a local collector takes. */
import { createHash } from 'node:crypto';
import { BOUNDS, type Labels, type Metric, type Series } from './metrics.ts';
import type { Span } from './spans.ts';

/** Who sends. */
export interface Resource {
  readonly version: string;
  /** Tells the gateways of one machine apart. */
  readonly instance: string;
}

const CUMULATIVE = 2;
const INTERNAL = 1;
const SERVER = 2;
const ERROR = 2;

/** The body for `/v1/metrics`. */
export function metricsBody(metrics: readonly Metric[], resource: Resource, startMs: number, nowMs: number): unknown {
  const times = { startTimeUnixNano: nanos(startMs), timeUnixNano: nanos(nowMs) };
  const scopeMetrics = [{ scope: scopeOf(resource), metrics: metrics.map((metric) => metricOf(metric, times)) }];
  return { resourceMetrics: [{ resource: resourceOf(resource), scopeMetrics }] };
}

/** The body for `/v1/traces`. */
export function tracesBody(spans: readonly Span[], resource: Resource): unknown {
  const scopeSpans = [{ scope: scopeOf(resource), spans: spans.flatMap(spansOf) }];
  return { resourceSpans: [{ resource: resourceOf(resource), scopeSpans }] };
}

function metricOf({ name, help, type, series }: Metric, times: object): unknown {
  // Prometheus puts the unit and `_total` into the name; here they are members of their own.
  const unit = name.endsWith('_seconds') ? 's' : '1';
  const common = { name: name.replace(/_total$/, '').replaceAll('_', '.'), description: help, unit };
  const points = [...series.values()];
  if (type === 'histogram')
    return {
      ...common,
      histogram: { aggregationTemporality: CUMULATIVE, dataPoints: points.map((p) => bucketsOf(p, times)) },
    };
  const dataPoints = points.map(({ labels, value }) => ({ attributes: attributes(labels), asDouble: value, ...times }));
  if (type === 'gauge') return { ...common, gauge: { dataPoints } };
  return { ...common, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } };
}

function bucketsOf({ labels, value, buckets = [] }: Series, times: object): unknown {
  const count = buckets.reduce((sum, one) => sum + one, 0);
  const bucketCounts = buckets.map(String);
  return {
    attributes: attributes(labels),
    count: String(count),
    sum: value,
    bucketCounts,
    explicitBounds: BOUNDS,
    ...times,
  };
}

function spansOf({ trace, name, startMs, endMs, isError, attributes: own, steps }: Span): unknown[] {
  const spanId = idOf(trace, 'call');
  const children = steps.map((step, index) => ({
    ...{ traceId: trace, spanId: idOf(trace, `${index} ${step.name}`), parentSpanId: spanId, kind: INTERNAL },
    ...{ name: step.name, startTimeUnixNano: nanos(step.startMs), endTimeUnixNano: nanos(step.endMs) },
  }));
  const call = {
    ...{ traceId: trace, spanId, kind: SERVER, name, attributes: attributes(own) },
    ...{ startTimeUnixNano: nanos(startMs), endTimeUnixNano: nanos(endMs) },
    status: isError ? { code: ERROR } : {},
  };
  return [call, ...children];
}

/** Sixteen hexadecimal digits, the same for the same step of the same call. */
function idOf(trace: string, what: string): string {
  return createHash('sha256').update(`${trace} ${what}`).digest('hex').slice(0, 16);
}

function resourceOf({ version, instance }: Resource): unknown {
  const labels = { 'service.name': 'countersign', 'service.version': version, 'service.instance.id': instance };
  return { attributes: attributes(labels) };
}

function scopeOf({ version }: Resource): unknown {
  return { name: 'countersign', version };
}

function attributes(labels: Labels): unknown[] {
  return Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** Nanoseconds as OTLP wants them: a decimal text, since a double would lose digits. */
function nanos(ms: number): string {
  const whole = Math.floor(ms);
  return (BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1_000_000))).toString();
}
