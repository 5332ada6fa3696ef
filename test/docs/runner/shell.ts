/** A shell in a throw-away room, in which `countersign` is the built program. What asks a person is typed to. */
import { stripVTControlCharacters } from 'node:util';
import { spawn } from '@lydell/node-pty';
import { execa } from 'execa';
import { dialogueFor, inputFor, type Turn } from './dialogues.ts';

/** What came of a command: everything that a person sees, on either stream. */
export interface Outcome {
  readonly exit: number;
  readonly shown: string;
}

/** Where commands run. */
export interface Room {
  /** The person's home directory, which is where the shell stands. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Long, for a busy machine; what waits for a person who is not there ends by it. */
const MOST_MS = 60_000;
const WIDE = { cols: 400, rows: 60 };

/** Runs one command line, with somebody at the terminal where it asks for one. */
export async function run(room: Room, line: string): Promise<Outcome> {
  const turns = dialogueFor(line);
  return turns === undefined ? plain(room, line) : typed(room, line, turns);
}

async function plain({ directory, env }: Room, line: string): Promise<Outcome> {
  const options = { cwd: directory, env, extendEnv: false, all: true, reject: false, timeout: MOST_MS } as const;
  const { exitCode, all } = await execa('sh', ['-c', line], { ...options, input: inputFor(line) ?? '' });
  return { exit: exitCode ?? -1, shown: all };
}

function typed({ directory, env }: Room, line: string, turns: readonly Turn[]): Promise<Outcome> {
  const pty = spawn('sh', ['-c', line], { cwd: directory, env: { ...env, TERM: 'xterm-256color' }, ...WIDE });
  const left = [...turns];
  let shown = '';
  let since = '';
  pty.onData((data) => {
    shown += data;
    since += stripVTControlCharacters(data);
    const [next] = left;
    if (next?.[0].test(since) !== true) return;
    left.shift();
    since = '';
    pty.write(next[1]);
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      pty.kill();
      const seen = stripVTControlCharacters(shown).slice(-2000);
      reject(new Error(`\`${line}\` did not end; it waited for ${String(left[0]?.[0])}, and showed:\n${seen}`));
    }, MOST_MS);
    pty.onExit(({ exitCode }) => {
      clearTimeout(late);
      resolve({ exit: exitCode, shown: stripVTControlCharacters(shown).replaceAll('\r\n', '\n') });
    });
  });
}
