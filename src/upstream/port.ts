/** A server behind us, whatever it runs on. The gateway sees only this. */
import type { Json, JsonObject } from '../core/json.ts';
import type { UpstreamName } from '../core/ids.ts';

/** A tool as its server listed it. */
export interface ListedTool {
  readonly name: string;
  /** The whole definition, parsed. */
  readonly definition: Json;
  /** The definition's own bytes, passed on except for the name. */
  readonly raw: Buffer;
}

export type UpstreamState =
  | { readonly is: 'idle' }
  /** `after`: why it failed, if it is started again. */
  | { readonly is: 'starting'; readonly after?: string }
  | { readonly is: 'ready' }
  | {
      readonly is: 'failed';
      readonly code: UpstreamFailure;
      readonly why: string;
      /** Of a process that ended by itself; null where there was none, or a signal ended it. */
      readonly exitCode: number | null;
      /** How long it waits before it is started again; null if it stays as it is. */
      readonly restartMs: number | null;
    }
  | { readonly is: 'ended' };

/** Why an upstream does not answer; also what the audit log says. */
export type UpstreamFailure =
  | 'not_reviewed' // nobody accepted it, or not as it is configured now
  | 'secret_missing' // a secret it needs is not set or cannot be opened
  | 'spawn_failed' // the command could not be started
  | 'initialize_timeout' // no answer to `initialize` in time
  | 'initialize_failed' // an error, or an answer that is not one
  | 'list_failed' // no usable tool list
  | 'exited' // the process is gone, or the server has ended the session
  | 'unresponsive' // it let a request run out of time, and then answered no `ping` either
  | 'unreachable' // a remote server to which no connection comes about
  | 'unauthorized'; // a remote server that does not take the headers it is given

/**
 * The answer to a request. `lost`: it was written, and the process or the connection went (`exited`) or time ran out
 * before an answer came.
 */
export type Reply =
  | { readonly is: 'result'; readonly raw: Buffer }
  | { readonly is: 'error'; readonly raw: Buffer }
  | { readonly is: 'lost'; readonly why: 'timeout' | 'exited' | 'oversize' }
  /** Nothing of the request was handed to the process. */
  | { readonly is: 'unsent'; readonly why: string }
  /** It was sent, and it is certain that the server has not begun with it. */
  | { readonly is: 'refused'; readonly why: string };

/** Takes what comes back; each method is called from the upstream's own read, never before `request` has returned. */
export interface ReplySink {
  reply(reply: Reply): void;
  /** `params` of `notifications/progress`, without its token, as the members' text after the token. */
  progress(params: Json): void;
}

/** What an upstream tells without being asked. */
export interface UpstreamEvents {
  stateChanged(state: UpstreamState): void;
  /** The tool list was fetched anew. */
  toolsChanged(): void;
  /** A request from the server: answer through `respond`. */
  request(id: Json, method: string, params: Json | undefined): void;
  /** A notification that the upstream does not handle itself. */
  notification(method: string, params: Json | undefined): void;
}

/** What the client said of itself in `initialize`. */
export interface ClientHello {
  readonly protocol: string;
  /** JSON text of `clientInfo`. */
  readonly clientInfo: string;
  /** JSON text of the capabilities that the grant carries. */
  readonly capabilities: string;
}

export interface Upstream {
  readonly name: UpstreamName;
  readonly state: UpstreamState;
  /** The last fetched list; kept when the process fails, so that its tools can answer a clear error. */
  readonly tools: readonly ListedTool[];
  /** What the server said of itself, for people: `name version`, printable and short; empty before it did. */
  readonly serverInfo: string;
  /** What the server declared it can do, unknown members too; empty before it did. */
  readonly capabilities: JsonObject;
  /** What the server tells the model about itself; empty before it did. */
  readonly instructions: string;
  readonly pid: number | null;
  /**
   * How often it has become ready. What was agreed with an earlier generation (subscriptions, log levels) is gone when a
   * `ready` comes with the next one, and what was examined under one generation is not to be written to another.
   */
  readonly generation: number;
  /** How often it was started again after it had failed. */
  readonly restarts: number;
  /**
   * Starts the process, initializes and lists its tools. Resolves when it is ready or has failed; never rejects. One that
   * fails later, or for a reason that may pass, is started again by itself; requests until then are answered `unsent`.
   */
  start(hello: ClientHello): Promise<void>;
  /** Sends one request; `params` is JSON text, `wantsProgress` puts our own progress token in. Answers a handle. */
  request(method: string, params: Json | undefined, wantsProgress: boolean, sink: ReplySink): number;
  /** Tells the server. Its reply, if one comes all the same, still reaches the sink: it says what became of the call. */
  cancel(handle: number, reason: string | undefined): void;
  notify(method: string, params: Json | undefined): void;
  /** Answers a request of the server's with raw JSON: a `result` or an `error` member. */
  respond(id: Json, answer: { readonly result: Json } | { readonly error: Json }): void;
  /** The last lines of stderr, control characters taken out, newest last. For people, never for the log. */
  stderrTail(): readonly string[];
  /** Stops reading from the server while the client is behind; `resume` goes on. */
  pause(): void;
  resume(): void;
  /** Closes stdin, then terminates, then kills the whole process group. Resolves when the process is gone. */
  end(): Promise<void>;
}
