/** How far a long walk through the log is, for somebody who waits at a terminal. */

const EVERY_MS = 200;
const EVERY_RECORDS = 500;

export interface WalkMeter {
  step(): void;
  /** Takes the line away again. */
  end(): void;
}

/** Counts records; on a terminal it shows them on stderr, in a line that is written over. */
export function walkMeter(verb: string, stream: NodeJS.WriteStream = process.stderr): WalkMeter {
  let records = 0;
  let shownMs = performance.now();
  let isShown = false;
  return {
    step: () => {
      records += 1;
      if (!stream.isTTY || records % EVERY_RECORDS !== 0 || performance.now() - shownMs < EVERY_MS) return;
      shownMs = performance.now();
      isShown = true;
      stream.write(`\r${records.toLocaleString('en')} records ${verb} …`);
    },
    end: () => {
      if (isShown) stream.write('\r\u001b[K');
    },
  };
}
