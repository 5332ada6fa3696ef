/** Spends amounts under a cap until nothing fits any more, and prints each one that was counted. */
import { openRedisStore } from '../../../src/state/redis.ts';
import { ask, counter, rolling, use } from '../quota-build.ts';

const [, , url = '', cap = ''] = process.argv;
const store = await openRedisStore({ url });
const span = counter('span', rolling(3_600_000));

for (let n = 0, amount = 7; amount > 0; n += 1) {
  const request = `${process.pid}-${n}`;
  const answer = await store.quota.reserve(ask(request, [use(span, amount, Number(cap))]));
  if (answer.is !== 'held') {
    // Another process may still give something back.
    const { used = 0, reserved = 0 } = answer.is === 'refused' ? (answer.refusals[0]?.standing ?? {}) : {};
    if (used + amount > Number(cap)) amount -= 1;
    else if (reserved === 0) throw new Error(JSON.stringify(answer));
    continue;
  }
  const outcome = n % 3 === 0 ? 'failed' : 'ok';
  await store.quota.settle({ request: request as never, outcome, forwardedMs: null });
  if (outcome === 'ok') process.stdout.write(`${amount}\n`);
}
await store.close();
