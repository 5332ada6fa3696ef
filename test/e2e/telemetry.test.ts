/** What others may watch of a gateway: real files, and a collector on the loopback. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, makeHome, recorder, tool } from './support/home.ts';
import { RawClient } from './support/raw-client.ts';

const CANARY = 'canary-7f3a91';

interface Sent {
  readonly path: string;
  readonly body: string;
}

/** A collector that keeps what it gets, and answers as it is told. */
class Collector {
  readonly sent: Sent[] = [];
  status = 200;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.sent.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString() });
        response.writeHead(this.status).end('{}');
      });
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  bodies<T>(path: string): T[] {
    return this.sent.filter((one) => one.path === path).map(({ body }) => JSON.parse(body) as T);
  }
}

interface TracesBody {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly Record<string, unknown>[] }[];
  }[];
}

let home: Home;
let collector: Collector;
let otlp: string;
let directory: string;
beforeEach(async () => {
  home = await makeHome({});
  collector = new Collector();
  otlp = await collector.listen();
  directory = join(home.room, 'metrics');
  mkdirSync(directory);
});
afterEach(async () => {
  await collector.close();
  await home.remove();
});

async function client(telemetry: unknown): Promise<RawClient> {
  const bank = await recorder(
    home.room,
    'bank',
    [tool('refund', { amount: { type: 'integer' }, note: { type: 'string' } })],
    {
      tools: { refund: { kind: 'read' } },
    },
  );
  const rules = [
    { id: 'refunds', tools: ['bank/refund'], effect: 'allow', when: { 'args.amount': { lte: 50 } } },
    { id: 'pace', tools: ['*'], effect: 'limit', limit: { calls: 10, per: 'day' } },
  ];
  await home.rewrite({
    version: 1,
    ...(telemetry === undefined ? {} : { telemetry }),
    upstreams: { bank },
    policies: { real: { version: 1, default: 'deny', rules } },
    grants: { agent: { principal: 'a@acme.example', policies: ['real'], upstreams: ['bank'] } },
  });
  const gateway = new RawClient(home, await home.issue('agent'));
  await gateway.initialize();
  return gateway;
}

async function work(gateway: RawClient): Promise<void> {
  for (const amount of [1, 2, 3]) await gateway.call('refund', { amount, note: CANARY });
  await gateway.call('refund', { amount: 60, note: CANARY });
  await gateway.call(`unknown_${CANARY}`, {});
}

/** Resolves with the text of the metrics file once it holds what is wanted. */
async function metricsFile(wanted: RegExp): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    const [name] = readdirSync(directory).filter((file) => file.endsWith('.prom'));
    const text = name === undefined ? '' : readFileSync(join(directory, name), 'utf8');
    if (wanted.test(text)) return text;
    if (tries > 300) throw new Error(`the file never held ${String(wanted)}:\n${text}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('telemetry', () => {
  it('writes what happened for Prometheus, and takes the file away at the end', async () => {
    const gateway = await client({ prometheus: directory, every: '1s' });
    await work(gateway);
    const text = await metricsFile(/decision="deny"[^]*outcome="unknown_tool"/);
    const process = `process="${gateway.child.pid}"`;
    expect(text).toContain(
      `countersign_calls_total{grant="agent",tool="bank/refund",kind="read",decision="allow",outcome="ok",${process}} 3\n`,
    );
    expect(text).toMatch(
      /countersign_quota_used_ratio\{grant="agent",policy="real",rule="pace",unit="calls",per="day",process="\d+"\} 0\.5\n/,
    );
    expect(text).toMatch(/countersign_upstream_starts_total\{upstream="bank",process="\d+"\} 1\n/);
    expect(text).toMatch(/countersign_step_seconds_bucket\{step="replied",process="\d+",le="\+Inf"\} 3\n/);
    expect(text).toMatch(/countersign_calls_in_flight\{process="\d+"\} 0\n/);
    expect(text).not.toContain(CANARY);
    // The grammar of the text format: comments, or a name, labels and a number.
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(
        /^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[a-z]+="[^"\n]*"(?:,[a-z]+="[^"\n]*")*\})? [0-9.e+-]+)$/,
      );
    await gateway.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('takes away files of gateways that were killed, and nothing else', async () => {
    for (const name of ['countersign-4194304.prom', 'other.prom', 'countersign-x.prom'])
      writeFileSync(join(directory, name), '');
    const gateway = await client({ prometheus: directory });
    await metricsFile(/countersign_calls_in_flight/);
    expect(readdirSync(directory).sort()).toEqual([
      `countersign-${gateway.child.pid}.prom`,
      'countersign-x.prom',
      'other.prom',
    ]);
    await gateway.close();
  });

  it('sends metrics and a span for each call to a collector, under the number it has in the audit log', async () => {
    const gateway = await client({ otlp, every: '1s' });
    await work(gateway);
    await gateway.close();
    const spans = collector
      .bodies<TracesBody>('/v1/traces')
      .flatMap(({ resourceSpans }) => resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans)));
    const calls = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(calls.map(({ name }) => name)).toEqual([
      ...Array<string>(4).fill('tools/call bank/refund'),
      'tools/call (unknown)',
    ]);
    const requests = home.records().flatMap(({ kind, request }) => (kind === 'outcome' ? [String(request)] : []));
    expect(calls.map(({ traceId }) => traceId)).toEqual(
      expect.arrayContaining(requests.map((request) => request.replaceAll('-', ''))),
    );
    const [first] = calls;
    const steps = spans.filter(({ parentSpanId }) => parentSpanId === first?.['spanId']);
    expect(steps.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['intent', 'forwarded', 'replied', 'settled']),
    );
    for (const { startTimeUnixNano, endTimeUnixNano } of spans) {
      expect(String(startTimeUnixNano)).toMatch(/^\d{19}$/);
      expect(BigInt(String(endTimeUnixNano)) >= BigInt(String(startTimeUnixNano))).toBe(true);
    }
    const last = collector.bodies<{ resourceMetrics: unknown }>('/v1/metrics').at(-1);
    expect(JSON.stringify(last)).toContain('"name":"countersign.calls"');
    expect(collector.sent.map(({ body }) => body).join('')).not.toContain(CANARY);
  });

  it('lets no call wait or fail for a collector that is away, and says so once', async () => {
    collector.status = 503;
    const gateway = await client({ otlp, prometheus: join(home.room, 'nowhere'), every: '1s' });
    await work(gateway);
    for (let tries = 0; collector.sent.length < 4 && tries < 200; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await gateway.call('refund', { amount: 4 })).result?.isError).toBeUndefined();
    await gateway.close();
    expect(gateway.stderr.match(/telemetry does not get out \(the collector\)/g)).toHaveLength(1);
    expect(gateway.stderr.match(/telemetry does not get out \(the metrics file\)/g)).toHaveLength(1);
  });

  it('does nothing unless it is asked for', async () => {
    const gateway = await client(undefined);
    await work(gateway);
    await gateway.close();
    expect([collector.sent, readdirSync(directory)]).toEqual([[], []]);
    expect(existsSync(join(home.directory, 'telemetry'))).toBe(false);
  });

  it.each([
    [{ otlp: 'http://collector.example:4318' }, /telemetry.*otlp|collector/],
    [{ otlp: 'https://user:secret@collector.example' }, /collector/],
    [{ otlp: 'ftp://127.0.0.1' }, /collector/],
    [{ prometheus: 'metrics' }, /absolute path/],
    [{ every: '10ms' }, /`1s`|like `45s`/],
    [{ unknown: true }, /unknown/],
  ])('refuses %j, and says where', async (telemetry, why) => {
    await home.rewrite({ version: 1, telemetry });
    const { exitCode, stderr } = await home.run(['grant', 'list']);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(why) as string]);
  });
});
