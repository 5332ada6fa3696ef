/** The providers' APIs on loopback: records what reached it, and answers what each provider would. */
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it reached the provider. */
export interface ReceivedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The provider's host that the request was meant for; the stub's own for a server that was given its address. */
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or the fields of a form; null without a body. */
  readonly body: unknown;
}

export interface ProviderStub {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** In the order of arrival. */
  readonly requests: readonly ReceivedRequest[];
  /** Those that were not a GET. */
  readonly writes: readonly ReceivedRequest[];
  /** Forgets what was received. */
  clear(): void;
  close(): Promise<void>;
}

type Answer = (request: ReceivedRequest) => unknown;

const PAGINATION = { total_records: 0, total_pages: 0, current_page: 1, next_page: null, prev_page: null };

/** Stripe and Creem refund at the same path. */
const CREEM = { status: 'succeeded' };

function stripeRefund({ body }: ReceivedRequest): unknown {
  return {
    ...{ id: 're_1', object: 'refund', currency: 'usd', status: 'succeeded' },
    amount: Number(field(body, 'amount') ?? 5000),
    payment_intent: field(body, 'payment_intent'),
  };
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  'POST /v1/refunds': (request) =>
    field(request.body, 'transaction_id') === undefined ? stripeRefund(request) : CREEM,
  'GET /v1/balance': () => ({
    ...{ object: 'balance', livemode: false, pending: [] },
    available: [{ amount: 100000, currency: 'usd' }],
  }),
  'GET /v1/customers': () => ({ object: 'list', data: [], has_more: false, url: '/v1/customers' }),
  'GET /v1/payment_intents': () => ({ object: 'list', data: [], has_more: false, url: '/v1/payment_intents' }),
  'POST /v2/refunds': ({ body }) => ({
    refund: {
      ...{ id: 'sq_refund_1', status: 'PENDING' },
      ...{ amount_money: field(body, 'amount_money'), payment_id: field(body, 'payment_id') },
    },
  }),
  'GET /v2/payments': () => ({ payments: [] }),
  'GET /v2/refunds': () => ({ refunds: [] }),
  'GET /v1/transactions/search': () => ({ items: [], pagination: PAGINATION }),
  'GET /v1/products/search': () => ({ items: [], pagination: PAGINATION }),
};

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

/** Starts the stub on a port of its own. */
export async function startStub(): Promise<ProviderStub> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    void receive(incoming).then((request) => {
      requests.push(request);
      const answer = ANSWERS[`${request.method} ${request.path}`];
      outgoing.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify(answer?.(request) ?? { error: { message: 'the stub has no answer for this' } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get writes() {
      return requests.filter(({ method }) => method !== 'GET');
    },
    clear: () => requests.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(incoming.url ?? '/', 'http://stub');
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    host: headers['x-orig-host'] ?? headers['host'] ?? '',
    headers,
    body: parseBody(Buffer.concat(chunks).toString('utf8'), headers['content-type'] ?? ''),
  };
}

function parseBody(text: string, type: string): unknown {
  if (text === '') return null;
  if (type.startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  return JSON.parse(text) as unknown;
}
