/**
 * MCP on stdio. Nothing runs before the client says `initialize`, so that a copy started only to be probed costs
 * nothing; nothing that was read is lost when the client goes.
 */
import { type Admission, type Refusal, Session } from '../gateway/index.ts';
import { LineFramer, OutboundQueue } from '../wire/index.ts';
import type { AdmittedClient } from './gateway-session.ts';
import { hint, say } from './report.ts';
import { Greeted } from './guarded/greeted.ts';
import { Intake } from './intake.ts';
import { keepHeapSmall } from './small-heap.ts';
import { VERSION } from './version.ts';

/** A longer line from the client fails its request. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;
/** After the client closed its end, calls that are with a server have this long to come back. */
const DRAIN_MS = 10_000;

/** What is still to be read by the client when the process ends waits this long for it. */
const FLUSH_MS = 2_000;

export interface ServeOptions {
  readonly configFile: string | undefined;
  /** `line`: a connector's greeting comes before the first message, with the token; otherwise the environment has it. */
  readonly greeting?: 'line';
}

/** Serves until the client goes or a signal comes. */
export async function serve(options: ServeOptions): Promise<void> {
  keepHeapSmall();
  // Whoever read the diagnostics may go before the client does; the calls under way still have to be recorded.
  process.stderr.on('error', () => undefined);
  if (process.stdin.isTTY) {
    say('this is an MCP server: a client launches it and speaks to it on stdin');
    hint('`countersign --help` shows the commands, Ctrl-D ends this one');
  }
  const intake = new Intake(process.stdin);
  let leave: (why: string) => void = () => undefined;
  const left = new Promise<string>((resolve) => (leave = resolve));
  // Loaded while the client is still writing its first line.
  const composing = import('./gateway-session.ts');
  const out = new OutboundQueue(process.stdout, {
    closed: () => leave('the client went away'),
    full: () => {
      intake.pause('output');
      session.pause();
    },
  });
  const greeted = new Greeted(options.greeting === 'line', () => leave('no greeting came'));
  let admitted: AdmittedClient | undefined;
  const admit = async (): Promise<Admission | Refusal> => {
    const outcome = await (await composing).admitClient(greeted.env, options.configFile);
    if ('parts' in outcome) {
      admitted = outcome;
      greeted.opened(outcome.grant);
    }
    return outcome;
  };
  const session = new Session(out, admit, VERSION, {
    pause: () => intake.pause('refusals'),
    resume: () => intake.resume('refusals'),
  });
  const framer = new LineFramer(MAX_LINE_BYTES, {
    line: (bytes) => (greeted.isExpected ? greeted.take(bytes) : session.line(bytes)),
    oversize: (head, totalBytes, tail) =>
      greeted.isExpected ? greeted.take(head) : session.oversize(head, totalBytes, tail),
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => leave(signal));
  process.stdin.on('data', (chunk: Buffer) => framer.push(chunk));
  out.onDrain(() => {
    intake.resume('output');
    session.resume();
  });
  process.stdin.once('error', () => leave('the client went away'));
  process.stdin.once('end', () => {
    framer.end();
    session.stopWaiting();
    void Promise.race([session.idle(), wait(DRAIN_MS)]).then(() => leave('the client closed its end'));
  });

  await session.end(await left);
  // A client that is there and does not read must not keep the process for ever.
  await Promise.race([out.flush(), wait(FLUSH_MS)]);
  await admitted?.close();
  process.exit(0);
}

function wait(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs).unref());
}
