/** Who is accountable for an agent does not say what became of its calls. */
import { expect, it, onTestFinished } from 'vitest';
import { bankConfig, usd } from './support/bank.ts';
import { makeHome } from './support/home.ts';
import { enrol, passphraseOf, runWith } from './support/operators.ts';
import { RawClient } from './support/raw-client.ts';

it('refuses the owner of a grant, whose principal is no person, who would give quota back to it', async () => {
  const home = await makeHome({});
  onTestFinished(() => home.remove());
  const cap = { id: 'cap', tools: ['money'], effect: 'limit', limit: { amount: { USD: '100' }, per: 'day' } };
  const config = await bankConfig(home.room, { agent: [cap] });
  const grant = { principal: 'bot-7', owner: 'ada@acme.example', policies: ['agent'], upstreams: ['bank'] };
  await home.rewrite({ ...config, grants: { agent: grant } });
  const client = new RawClient(home, await home.issue('agent'));
  onTestFinished(() => client.kill());
  await client.initialize();
  await enrol(home, 'ada', { roles: ['admin'] });
  await enrol(home, 'bo', { roles: ['admin'] }, 'ada');
  await client.call('fail', usd(100_00));
  const request = home.records().find(({ kind }) => kind === 'outcome')?.['request'] as string;
  const resolve = (by: string) =>
    runWith(home, ['quota', 'resolve', request, '--as', 'failed', '--by', by], [passphraseOf(by)]);
  const own = await resolve('ada');
  expect([own.exitCode, own.stderr]).toEqual([2, expect.stringContaining('another operator has to say') as string]);
  expect((await resolve('bo')).exitCode).toBe(0);
}, 120_000);
