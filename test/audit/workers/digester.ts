/** Hashes one value under the keys of a directory, for tests of processes that need a key at once. */
import { fromPlain } from '../../../src/core/json.ts';
import { openDigests, valueText } from '../../../src/audit/digests.ts';

const [keysDirectory] = process.argv.slice(2);
if (keysDirectory === undefined) throw new Error('usage: digester KEYS');
const digests = openDigests({ keysDirectory, clock: { nowMs: Date.now } });
process.stdout.write(digests.of({ tool: 't', argument: 'a', value: valueText(fromPlain('x')) }));
