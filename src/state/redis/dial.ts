/** One attempt to connect: it ends, one way or the other, and leaves nothing behind when it fails. */
import { createClient } from '@redis/client';
import type { RedisAddress } from './address.ts';

/** A client serves one connection and is thrown away with it. */
export type Client = ReturnType<typeof clientFor>;
export type Reply = string | number | null | readonly Reply[];
/** Sends a command and answers as the server does. */
export type Sender = (...args: readonly string[]) => Promise<Reply>;

export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** What a connection has to pass before it is used: throws for a server that cannot be relied on. */
export type Trial = (send: Sender) => Promise<void>;

/** Nobody waits longer for an answer, the connecting included. */
export const ANSWER_WITHIN_MS = 2_000;

/** A node of a cluster that has not our keys names the one that has, where it is tried once more. */
export async function dial(address: RedisAddress, credentials: Credentials, trial: Trial): Promise<Client> {
  try {
    return await dialNode(address, credentials, trial);
  } catch (error) {
    const [, host = '', port] = /^MOVED \d+ (.*):(\d+)$/.exec(error instanceof Error ? error.message : '') ?? [];
    if (port === undefined) throw error;
    const node = { ...address, host: host === '' ? address.host : host, port: Number(port) };
    return await dialNode(node, credentials, trial);
  }
}

async function dialNode(address: RedisAddress, credentials: Credentials, trial: Trial): Promise<Client> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ANSWER_WITHIN_MS);
  // The package goes on connecting when it is told to stop. Where it asks for the login is where it notices.
  const login = (): Promise<Login> =>
    late.signal.aborted ? Promise.reject(noAnswer()) : Promise.resolve(loginOf(credentials));
  const client = clientFor(address, login);
  // Every failure reaches a caller as a rejection; an event that nobody hears would end the process.
  client.on('error', () => undefined);
  try {
    await unlessLate(client.connect(), late.signal);
    await unlessLate(trial(senderOf(client)), late.signal);
    return client;
  } catch (error) {
    late.abort();
    discard(client);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

export function senderOf(client: Client): Sender {
  return (...args) => client.sendCommand<Reply>([...args]);
}

/** It neither queues commands nor connects again. */
function clientFor({ host, port, tls, database }: RedisAddress, login: () => Promise<Login>) {
  const socket = { host, port, connectTimeout: ANSWER_WITHIN_MS, reconnectStrategy: false as const };
  return createClient({
    socket: tls ? { ...socket, tls } : socket,
    database,
    disableOfflineQueue: true,
    disableClientInfo: true,
    credentialsProvider: { type: 'async-credentials-provider', credentials: login },
  });
}

interface Login {
  readonly username?: string;
  readonly password?: string;
}

function loginOf({ username, password }: Credentials): Login {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

function noAnswer(): Error {
  return new Error(`no answer within ${ANSWER_WITHIN_MS / 1_000} s`);
}

/** Rejects when the time is up; what was asked may still take hold. */
export async function unlessLate<T>(asked: Promise<T>, late: AbortSignal): Promise<T> {
  let giveUp = (): void => undefined;
  const tooLate = new Promise<never>((_, reject) => {
    giveUp = () => reject(noAnswer());
    if (late.aborted) giveUp();
    else late.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([asked, tooLate]);
  } finally {
    late.removeEventListener('abort', giveUp);
  }
}

export function discard(client: Client): void {
  try {
    client.destroy();
  } catch {
    // It says that it is closed, which is what was wanted.
  }
}
