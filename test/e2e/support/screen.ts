/** A command of ours in a pseudo-terminal, and what a person would see there. */
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { expect, onTestFinished } from 'vitest';
import { BIN, type Home } from './home.ts';

export interface Screen {
  lines(): string[];
  type(text: string): void;
  until(pattern: RegExp): Promise<void>;
}

/** Starts it, and ends it with the test. */
export function show(
  home: Pick<Home, 'env'>,
  args: readonly string[],
  size: { readonly cols: number; readonly rows: number } = { cols: 100, rows: 30 },
): Screen {
  const terminal = new xterm.Terminal({ ...size, allowProposedApi: true });
  // What a program wrote last is lost when its terminal closes before it was read: a shell keeps it open.
  const pty = spawn('/bin/sh', ['-c', '"$0" "$@"; exec sleep 60', process.execPath, BIN, ...args], {
    ...{ name: 'xterm-256color', ...size },
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm-256color', ...home.env },
  });
  onTestFinished(() => pty.kill());
  pty.onData((data) => terminal.write(data));
  const lines = (): string[] =>
    Array.from({ length: size.rows }, (_, row) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '');
  return {
    lines,
    type: (text) => pty.write(text),
    until: (pattern) => expect.poll(() => lines().join('\n'), { timeout: 20_000, interval: 50 }).toMatch(pattern),
  };
}
