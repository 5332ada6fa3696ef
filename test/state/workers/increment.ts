/** Advances a head N times, or for ever, and tells each acknowledged count on stdout. */
import { writeSync } from 'node:fs';
import { openSqliteStore } from '../../../src/state/sqlite.ts';

const [file, times] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: increment FILE [TIMES]');
const store = await openSqliteStore(file);
const limit = times === undefined ? Infinity : Number(times);
for (let done = 0; done < limit; done += 1) {
  const count = await store.heads.exclusive('race', (head) => {
    const next = { ...head, count: head.count + 1 };
    return { head: next, result: next.count };
  });
  writeSync(1, `${count}\n`);
}
await store.close();
