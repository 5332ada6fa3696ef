/** Hands metrics and spans to whoever watches: a file for Prometheus' collector, requests to an OTLP one. */
import { chmodSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TelemetryConfig } from '../../config/types.ts';
import { VERSION } from '../version.ts';
import { say } from '../report.ts';
import type { Observer } from './observer.ts';
import { metricsBody, type Resource, tracesBody } from './otlp.ts';
import { prometheusText } from './prometheus.ts';

/** A collector that takes longer is away. */
const SEND_MS = 5_000;
const FILE = /^countersign-(\d+)\.prom$/;

/** Nothing that goes wrong here reaches a call; it is said once, and again after it worked. */
export class Publisher {
  readonly #config: TelemetryConfig;
  readonly #observer: Observer;
  readonly #nowMs: () => number;
  readonly #beganMs: number;
  readonly #resource: Resource = { version: VERSION, instance: `${process.pid}` };
  readonly #timer: NodeJS.Timeout;
  readonly #said = new Set<string>();
  #sending: Promise<void> = Promise.resolve();

  constructor(config: TelemetryConfig, observer: Observer, nowMs: () => number) {
    this.#config = config;
    this.#observer = observer;
    this.#nowMs = nowMs;
    this.#beganMs = nowMs();
    if (config.prometheus !== null) this.#sweep(config.prometheus);
    this.#publish();
    this.#timer = setInterval(() => this.#publish(), config.everyMs).unref();
  }

  /** Sends what is left, and takes the file away: its process is gone. Never rejects. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#observer.end();
    await this.#sending;
    if (this.#config.otlp !== null) await this.#send(this.#config.otlp);
    if (this.#config.prometheus !== null) rmSync(this.#path(this.#config.prometheus), { force: true });
  }

  #publish(): void {
    const { prometheus, otlp } = this.#config;
    const memory = process.memoryUsage.rss();
    this.#observer.metrics.gauge('process_resident_memory_bytes', 'Resident memory of the gateway.', {}, memory);
    if (prometheus !== null) this.#told('the metrics file', () => this.#write(prometheus));
    // One after the other: a collector that is slow gets no second request meanwhile.
    if (otlp !== null) this.#sending = this.#sending.then(() => this.#send(otlp));
  }

  #path(directory: string): string {
    return join(directory, `countersign-${process.pid}.prom`);
  }

  /** A collector never reads half a file, and reads it as whoever it is. */
  #write(directory: string): void {
    const path = this.#path(directory);
    const draft = `${path}.tmp`;
    writeFileSync(draft, prometheusText(this.#observer.metrics.all, String(process.pid)), { mode: 0o644 });
    chmodSync(draft, 0o644);
    renameSync(draft, path);
  }

  /** Files of gateways that were killed would say for ever what was true then. */
  #sweep(directory: string): void {
    this.#told('the metrics file', () => {
      for (const name of readdirSync(directory)) {
        const pid = Number(FILE.exec(name)?.[1] ?? process.pid);
        if (!isRunning(pid)) rmSync(join(directory, name), { force: true });
      }
    });
  }

  async #send(base: string): Promise<void> {
    const metrics = metricsBody(this.#observer.metrics.all, this.#resource, this.#beganMs, this.#nowMs());
    const spans = this.#observer.takeSpans();
    const sent = await Promise.allSettled([
      post(`${base.replace(/\/$/, '')}/v1/metrics`, metrics),
      ...(spans.length === 0 ? [] : [post(`${base.replace(/\/$/, '')}/v1/traces`, tracesBody(spans, this.#resource))]),
    ]);
    const failed = sent.find((one) => one.status === 'rejected');
    this.#told('the collector', () => {
      if (failed !== undefined) throw failed.reason;
    });
  }

  #told(what: string, act: () => void): void {
    try {
      act();
      this.#said.delete(what);
    } catch (error) {
      if (this.#said.has(what)) return;
      this.#said.add(what);
      say(`telemetry does not get out (${what}): ${error instanceof Error ? error.message : 'unknown error'}`);
    }
  }
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(SEND_MS),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`${new URL(url).origin} answered ${answer.status}`);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
