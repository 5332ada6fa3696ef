/**
 * One HTTP request, with what a payment needs to know about it: whether anything of it can have reached the server. Made on
 * Node's own client, which follows no redirect, uses no proxy from the environment, and hands over the bytes as they came.
 */
import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Socket } from 'node:net';

/** No answer came. The message is for people, and holds nothing that the server wrote. */
export class ExchangeError extends Error {
  /** True unless it is certain that not one byte of the request has left. */
  readonly wasSent: boolean;
  constructor(wasSent: boolean, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ExchangeError';
    this.wasSent = wasSent;
  }
}

export interface ExchangeRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly signal: AbortSignal;
}

/** Requests beyond that wait for one before them. */
const MAX_CONNECTIONS = 64;
const CONNECT_MS = 15_000;
const MAX_HEADER_BYTES = 32 * 1024;

export class Exchanges {
  readonly #url: URL;
  readonly #agent: PlainAgent | TlsAgent;

  constructor(url: URL) {
    this.#url = url;
    const options = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
    this.#agent = url.protocol === 'https:' ? new TlsAgent(options) : new PlainAgent(options);
  }

  /** Resolves when the head of the answer is there. Throws `ExchangeError`. */
  send({ method, headers, body, signal }: ExchangeRequest): Promise<IncomingMessage> {
    const isTls = this.#url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const options = { method, headers, signal, agent: this.#agent, maxHeaderSize: MAX_HEADER_BYTES };
      // Said aloud, or NODE_TLS_REJECT_UNAUTHORIZED in the environment would let anybody take the server's place.
      const request = isTls
        ? tlsRequest(this.#url, { ...options, rejectUnauthorized: true })
        : plainRequest(this.#url, options);
      const sent = watchConnection(request, isTls);
      request.once('response', resolve);
      request.on('error', (cause) => {
        reject(new ExchangeError(sent.isPossible, failureWords(cause, sent.isPossible), { cause }));
      });
      if (body === null) request.end();
      else request.end(body);
    });
  }

  end(): void {
    this.#agent.destroy();
  }
}

/** Notes when bytes may have left, and gives up on a connection that does not come about. */
function watchConnection(request: ClientRequest, isTls: boolean): { readonly isPossible: boolean } {
  const sent = { isPossible: false };
  request.once('socket', (socket: Socket) => {
    if (request.reusedSocket || !socket.connecting) {
      sent.isPossible = true;
      return;
    }
    const timer = setTimeout(() => request.destroy(new ConnectTimeout()), CONNECT_MS);
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      sent.isPossible = true;
      clearTimeout(timer);
    });
    request.once('close', () => clearTimeout(timer));
  });
  return sent;
}

class ConnectTimeout extends Error {
  readonly code = 'ETIMEDOUT';
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at its address',
  ENOTFOUND: 'its name leads to no address',
  EAI_AGAIN: 'its name leads to no address at the moment',
  ETIMEDOUT: 'no connection to it came about in time',
  ENETUNREACH: 'the network to it is not there',
  EHOSTUNREACH: 'the network to it is not there',
  EPROTO: 'it does not speak TLS as it should',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|^CERT_/;

function failureWords(error: Error, wasSent: boolean): string {
  const code = 'code' in error && typeof error.code === 'string' && /^[A-Z0-9_]+$/.test(error.code) ? error.code : '';
  const known = WORDS[code];
  if (known !== undefined) return known;
  if (UNTRUSTED.test(code)) {
    return `its certificate is not trusted (${code}); a company's own authority is named by NODE_EXTRA_CA_CERTS`;
  }
  return `the connection ${wasSent ? 'broke' : 'failed'}${code === '' ? '' : ` (${code})`}`;
}
