import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Progress } from '../../src/cli/progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) > 0 };
}

describe('progress', () => {
  it('is told on a terminal once the work takes long, and is taken away at the end', () => {
    const screen = terminal(true);
    const progress = new Progress(screen);
    progress.now(() => 'reading');
    vi.advanceTimersByTime(999);
    expect(screen.written).toEqual([]);
    vi.advanceTimersByTime(1);
    progress.now(() => 'verifying\u202e');
    vi.advanceTimersByTime(250);
    progress.end();
    progress.end();
    vi.advanceTimersByTime(5_000);
    const lines = ['\r\u001b[Kcountersign: reading', '\r\u001b[Kcountersign: verifying\\u{202e}', '\r\u001b[K'];
    expect(screen.written).toEqual(lines);
  });

  it('is told to nobody else', () => {
    const screen = terminal(false);
    const progress = new Progress(screen);
    progress.now(() => 'words');
    vi.advanceTimersByTime(5_000);
    progress.end();
    expect(screen.written).toEqual([]);
  });
});
