/** Prometheus' text format 0.0.4, for the textfile collector. */
import { BOUNDS, type Labels, type Metric, type Series } from './metrics.ts';

/** `process` tells the files of several gateways apart: a collector refuses one series from two of them. */
export function prometheusText(metrics: readonly Metric[], process: string): string {
  return metrics.map((metric) => family(metric, { process })).join('');
}

function family(metric: Metric, common: Labels): string {
  const lines = [...metric.series.values()].flatMap((series) => sampleLines(metric, series, common));
  return `# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${metric.type}\n${lines.join('\n')}\n`;
}

function sampleLines({ name }: Metric, { labels, value, buckets }: Series, common: Labels): string[] {
  const own = { ...labels, ...common };
  if (buckets === undefined) return [`${name}${labelText(own)} ${value}`];
  let below = 0;
  const cumulative = buckets.map((count, index) => {
    below += count;
    const bound = BOUNDS[index];
    return `${name}_bucket${labelText({ ...own, le: bound === undefined ? '+Inf' : String(bound) })} ${below}`;
  });
  return [...cumulative, `${name}_sum${labelText(own)} ${value}`, `${name}_count${labelText(own)} ${below}`];
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
