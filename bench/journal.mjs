// Why the embedded store keeps a write-ahead log: the same small transaction, synced, in WAL and in TRUNCATE, by one
// process and by several on one file. Prints a table, or JSON with --json.
//   npm run bench:journal -- --seconds 2
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DatabaseSync } from '@photostructure/sqlite';

const BUSY = 5;

/** Waits for others as the store does: a short random pause, and again. */
async function whenFree(attempt) {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if ((error.errcode & 0xff) !== BUSY) throw error;
      await pause(1 + Math.random() * 11);
    }
  }
}

async function open(file, journal) {
  const database = new DatabaseSync(file, { timeout: 0 });
  await whenFree(() => database.exec(`PRAGMA journal_mode = ${journal}`));
  database.exec('PRAGMA synchronous = FULL');
  return database;
}

/** One process: transactions one after the other, or paced; answers how long each took with its waiting for others. */
async function work({ file, journal, seconds, everyMs }) {
  const database = await open(file, journal);
  const insert = await whenFree(() => database.prepare('INSERT INTO uses (at) VALUES (?)'));
  const add = await whenFree(() => database.prepare('UPDATE counters SET used = used + 1 WHERE id = 1'));
  const took = [];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    const began = performance.now();
    await whenFree(() => database.exec('BEGIN IMMEDIATE'));
    insert.run(Date.now());
    add.run();
    // A reader keeps a rollback journal from being committed for a moment.
    await whenFree(() => database.exec('COMMIT'));
    took.push(performance.now() - began);
    if (everyMs > 0) await pause(everyMs * (0.5 + Math.random()));
  }
  database.close();
  return took;
}

async function measure(journal, processes, everyMs, seconds) {
  const room = mkdtempSync(join(tmpdir(), 'countersign-journal-'));
  try {
    const file = join(room, 'state.db');
    const database = await open(file, journal);
    database.exec('CREATE TABLE uses (at INTEGER); CREATE TABLE counters (id INTEGER PRIMARY KEY, used INTEGER)');
    database.exec('INSERT INTO counters VALUES (1, 0)');
    const children = Array.from({ length: processes }, () => fork(fileURLToPath(import.meta.url), ['--child']));
    for (const child of children) child.send({ file, journal, seconds, everyMs });
    const all = (await Promise.all(children.map(async (child) => (await once(child, 'message'))[0]))).flat();
    const counted = await whenFree(() => database.prepare('SELECT used FROM counters').get().used);
    if (counted !== all.length) throw new Error(`${journal}: ${counted} counted, ${all.length} acknowledged`);
    database.close();
    all.sort((a, b) => a - b);
    const at = (share) => Math.round(all[Math.min(all.length - 1, Math.floor(all.length * share))] * 100) / 100;
    const perSecond = Math.round(all.length / seconds);
    return { journal, processes, everyMs, perSecond, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1) };
  } finally {
    rmSync(room, { recursive: true });
  }
}

if (process.argv.includes('--child')) {
  process.once('message', async (task) => {
    process.send(await work(task));
    process.disconnect();
  });
} else {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '2' }, json: { type: 'boolean' } } });
  const rows = [];
  for (const [processes, everyMs] of [
    [1, 0],
    [4, 0],
    [4, 100],
  ])
    for (const journal of ['WAL', 'TRUNCATE'])
      rows.push(await measure(journal, processes, everyMs, Number(values.seconds)));
  if (values.json) console.log(JSON.stringify(rows));
  else console.table(rows);
}
