/** How long a connection of guarded mode may stay that opens no session. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Greeted } from '../../src/cli/guarded/greeted.ts';
import { HELLO_MS, helloLine, OPEN_MS } from '../../src/cli/guarded/hello.ts';

const hello = Buffer.from(helloLine(undefined).trimEnd());
const leave = vi.fn();
beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  leave.mockReset();
});

it('ends a connection that says nothing', () => {
  new Greeted(true, leave);
  vi.advanceTimersByTime(HELLO_MS - 1);
  expect(leave).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(leave).toHaveBeenCalledTimes(1);
});

it('ends one that greets and opens no session, and leaves an open one alone', () => {
  const idle = new Greeted(true, leave);
  idle.take(hello);
  vi.advanceTimersByTime(OPEN_MS - 1);
  expect(leave).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(leave).toHaveBeenCalledTimes(1);
  const open = new Greeted(true, leave);
  open.take(hello);
  open.opened('agent');
  vi.advanceTimersByTime(10 * OPEN_MS);
  expect(leave).toHaveBeenCalledTimes(1);
});

it('waits for nobody where the token comes another way', () => {
  new Greeted(false, leave);
  vi.advanceTimersByTime(10 * OPEN_MS);
  expect(leave).not.toHaveBeenCalled();
});
