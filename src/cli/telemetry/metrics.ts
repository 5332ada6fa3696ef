/** Counters, gauges and histograms of one process. Names and units follow Prometheus' and OpenTelemetry's conventions. */

export type Labels = Readonly<Record<string, string>>;

/** Upper bounds in seconds: a decision takes microseconds, a payment server seconds, a person minutes. */
export const BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5, 30, 120, 900] as const;

/** Labels come from the configuration and from accepted tools, so they are few; whatever goes beyond is one series. */
const MOST_SERIES = 2_000;
const OTHER: Labels = { other: 'true' };

export interface Series {
  readonly labels: Labels;
  /** Of a histogram: the sum. */
  value: number;
  /** Of a histogram: how many values lie at or below each bound and above the one before; the last one is above all. */
  readonly buckets?: number[];
}

export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly series: ReadonlyMap<string, Series>;
}

class Family implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type: Metric['type'];
  readonly series = new Map<string, Series>();

  constructor(name: string, help: string, type: Metric['type']) {
    this.name = name;
    this.help = help;
    this.type = type;
  }

  of(labels: Labels): Series {
    const key = JSON.stringify(Object.values(labels));
    const known = this.series.get(key);
    if (known !== undefined) return known;
    if (this.series.size >= MOST_SERIES && labels !== OTHER) return this.of(OTHER);
    const made: Series = {
      labels,
      value: 0,
      ...(this.type === 'histogram' ? { buckets: Array.from({ length: BOUNDS.length + 1 }, () => 0) } : {}),
    };
    this.series.set(key, made);
    return made;
  }
}

/** The metrics of one process, in the order in which they were named. */
export class Metrics {
  readonly #families = new Map<string, Family>();

  get all(): readonly Metric[] {
    return [...this.#families.values()];
  }

  /** Counts upwards. */
  count(name: string, help: string, labels: Labels, by = 1): void {
    this.#family(name, help, 'counter').of(labels).value += by;
  }

  /** A value that goes both ways. */
  gauge(name: string, help: string, labels: Labels, value: number): void {
    this.#family(name, help, 'gauge').of(labels).value = value;
  }

  /** A duration in seconds. */
  observe(name: string, help: string, labels: Labels, seconds: number): void {
    const series = this.#family(name, help, 'histogram').of(labels);
    const found = BOUNDS.findIndex((bound) => seconds <= bound);
    const bucket = found === -1 ? BOUNDS.length : found;
    series.value += seconds;
    if (series.buckets !== undefined) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  #family(name: string, help: string, type: Metric['type']): Family {
    const known = this.#families.get(name);
    if (known !== undefined) return known;
    const made = new Family(name, help, type);
    this.#families.set(name, made);
    return made;
  }
}
