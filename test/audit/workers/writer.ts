/** Writes intents and outcomes until it is killed, and tells each acknowledged record on stdout. */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openCallLog } from '../../../src/audit/index.ts';
import { brandAs, type GrantName, type RequestId, type ToolName } from '../../../src/core/ids.ts';
import { openSqliteStore } from '../../../src/state/index.ts';

const [home, name] = process.argv.slice(2);
if (home === undefined || name === undefined) throw new Error('usage: writer HOME NAME');
const store = await openSqliteStore(join(home, 'state.db'));
const log = openCallLog({
  directory: join(home, 'audit'),
  keysDirectory: join(home, 'keys'),
  heads: store.heads,
  segments: store.segments,
  clock: { nowMs: Date.now },
  durability: 'money',
  installId: '0123456789abcdef0123456789abcdef',
  version: '0.1.0',
  rotateBytes: 40_000,
});
const session = { grant: brandAs<GrantName>('g'), principal: 'p', client: { name: 'c', version: '1' } };
for (let number = 0; ; number += 1) {
  const request = brandAs<RequestId>(`${name}-${number}`);
  const frame = {
    session,
    request,
    tool: brandAs<ToolName>('u/t'),
    toolKind: 'charge',
    rule: 'r',
    pointer: '/rules/0',
    policy: null,
    policyHash: null,
  } as const;
  await log.writeDurable({ ...frame, kind: 'intent', decision: 'allow', args: [] });
  writeSync(1, `intent ${request}\n`);
  await new Promise(setImmediate);
  log.write({ ...frame, kind: 'outcome', outcome: 'ok', code: 'ok', latencyMs: 1 });
}
