import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { abandonDead, ownOwner, thisHost } from '../../src/cli/quota-owners.ts';
import { brandAs, type RequestId } from '../../src/core/ids.ts';
import type { QuotaOwner } from '../../src/state/index.ts';

/** A store in which each of these processes holds one reservation, named by its pid. */
function holding(owners: readonly QuotaOwner[]) {
  const abandoned: QuotaOwner[] = [];
  return {
    abandoned,
    owners: () => Promise.resolve(owners),
    abandon: (owner: QuotaOwner) => {
      abandoned.push(owner);
      return Promise.resolve([brandAs<RequestId>(`r-${owner.pid}`)]);
    },
  };
}

describe('when processes hold reservations', () => {
  it('names the machine the same way each time, and does not tell its id', () => {
    expect(thisHost()).toMatch(/^[0-9a-f]{32}$/);
    expect(thisHost()).toBe(thisHost());
    expect(ownOwner()).toMatchObject({ host: thisHost(), pid: process.pid });
  });

  it('abandons what dead processes of this machine held', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const dead = { ...ownOwner(), pid };
    const store = holding([ownOwner(), dead]);
    expect(await abandonDead(store)).toEqual([`r-${pid}`]);
    expect(store.abandoned).toEqual([dead]);
  });

  it('takes another process that got the number of a dead one for what it is', async () => {
    const { processStart } = ownOwner();
    if (processStart === '') return;
    const earlier = { ...ownOwner(), processStart: `${processStart}0` };
    expect(await abandonDead(holding([earlier]))).toEqual([`r-${process.pid}`]);
  });

  it('leaves alone what other machines hold, whose processes it cannot see', async () => {
    const store = holding([{ ...ownOwner(), host: 'elsewhere', pid: 1 << 22 }]);
    expect(await abandonDead(store)).toEqual([]);
  });
});
