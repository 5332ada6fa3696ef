/** What carries a server's messages: the pipes of a process, or HTTP. One channel is one run of the server. */
import type { LineSink } from '../wire/index.ts';
import type { UpstreamError } from './error.ts';
import type { Reply } from './port.ts';

/** What a message of ours is, for a channel that has to answer for it. */
export interface Letter {
  /** The id of a request; null for a notification or an answer. */
  readonly id: number | null;
  /** Null for an answer. */
  readonly method: string | null;
}

/** How a channel came to its end. */
export interface ChannelEnd {
  readonly error: UpstreamError;
  /** Of a process that ended by itself. */
  readonly exitCode: number | null;
}

/** Takes what a channel brings. */
export interface ChannelSink extends LineSink {
  /** True while somebody waits for the answer to this request. */
  isOpen(id: number): boolean;
  /** One request will get no answer, while the server may still be there. */
  failed(id: number, reply: Reply): void;
  /** Something went wrong that leaves open whether the server is still there. */
  doubted(): void;
  /** It is over, and its last line was delivered. Told once, after all lines. */
  closed(end: ChannelEnd): void;
}

export interface Channel {
  readonly pid: number | null;
  /** Queues one message, newline included. False if nothing of it will be read. */
  write(line: string | Buffer, letter: Letter): boolean;
  /** Bytes written and not yet taken by the server. */
  readonly queuedBytes: number;
  /** The version of MCP that was agreed on. */
  agreed(protocol: string): void;
  /** Nobody waits for the answer to this request any more. */
  forget(id: number): void;
  /** Stops reading, so that the server has to wait; a few lines may still come. */
  pause(): void;
  resume(): void;
  /** Keeps what was no message. */
  noise(bytes: Buffer): void;
  /** The last things the server said beside the protocol, newest last. For people, never for the log. */
  readonly lastLines: readonly string[];
  /** Resolves when all of it is gone; never rejects. */
  end(): Promise<void>;
}

/** Opens a channel; asked at each start. What it throws is told in words, and its `code` counts where it is a known one. */
export type OpenChannel = (sink: ChannelSink, maxLineBytes: number) => Promise<Channel>;
