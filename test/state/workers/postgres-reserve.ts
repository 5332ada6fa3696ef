/** Opens a store in PostgreSQL, reserves 1 of a cap N times, and tells on stdout how often it was held. */
import { writeSync } from 'node:fs';
import { openPostgresStore } from '../../../src/state/postgres.ts';
import { ask, counter, rolling, use } from '../quota-build.ts';

const [url, username, times, cap] = process.argv.slice(2);
if (url === undefined || username === undefined) throw new Error('usage: postgres-reserve URL USER TIMES CAP');
const store = await openPostgresStore({ url, username });
let held = 0;
for (let done = 0; done < Number(times); done += 1) {
  const uses = [use(counter('race', rolling(86_400_000)), 1, Number(cap))];
  const answer = await store.quota.reserve(ask(`${process.pid}-${done}`, uses));
  if (answer.is === 'held') held += 1;
}
await store.close();
writeSync(1, `${held}\n`);
