/** A command that goes on until it is told to stop. */

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process as it would any other. */
export function interruption(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}
