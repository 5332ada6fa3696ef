/** Requests for approval against a dull model that looks at all of them each time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brandAs, type ApprovalId, type GrantName, type ToolName } from '../../src/core/ids.ts';
import { type ApprovalState, type ApprovalStore, type OpenAnswer, REPEAT_MS } from '../../src/state/approvals.ts';
import type { ApprovalsFactory } from './approvals-contract.ts';
import { NOON, OWNER } from './quota-build.ts';

const LIFE_MS = 900_000;
const PENDING = 3;
const GRANTS = ['support', 'finance'] as const;

type Step =
  | { readonly does: 'open'; readonly grant: (typeof GRANTS)[number]; readonly match: number }
  | { readonly does: 'verdict'; readonly which: number; readonly suffices: boolean }
  | { readonly does: 'claim'; readonly which: number }
  | { readonly does: 'end'; readonly which: number; readonly state: 'executed' | 'rejected' | 'void' }
  | { readonly does: 'wait'; readonly ms: number };

const which = fc.nat({ max: 12 });
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('open' as const),
      grant: fc.constantFrom(...GRANTS),
      match: fc.nat({ max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('verdict' as const), which, suffices: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('claim' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('end' as const),
      which,
      state: fc.constantFrom('executed' as const, 'rejected' as const, 'void' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('wait' as const),
      ms: fc.constantFrom(1, LIFE_MS - 1, LIFE_MS, LIFE_MS + 1, REPEAT_MS - 1, REPEAT_MS, REPEAT_MS + 1),
    }),
  },
);

interface Kept {
  readonly id: ApprovalId;
  readonly grant: GrantName;
  readonly match: string;
  readonly expiresMs: number;
  state: ApprovalState;
  endedMs: number | null;
  verdicts: number;
  isApproved: boolean;
}

class Model {
  readonly all: Kept[] = [];

  /** What is over ends by itself, approved or not. */
  pass(nowMs: number): void {
    for (const one of this.all)
      if (one.state === 'open' && one.expiresMs <= nowMs)
        Object.assign(one, { state: one.isApproved ? 'lapsed' : 'expired', endedMs: one.expiresMs });
  }

  /** The newest request that a call with this match is compared with. */
  standing(match: string, nowMs: number): Kept | undefined {
    return this.all.findLast(
      (one) =>
        one.match === match &&
        (one.state === 'open' ||
          one.state === 'claimed' ||
          (one.state === 'rejected' && one.expiresMs > nowMs) ||
          (one.state === 'executed' && one.endedMs! > nowMs - REPEAT_MS)),
    );
  }

  open(request: Pick<Kept, 'id' | 'grant' | 'match' | 'expiresMs'>, nowMs: number): OpenAnswer['is'] {
    const found = this.standing(request.match, nowMs)?.state;
    if (found === 'open' || found === 'claimed') return 'joined';
    if (found === 'rejected') return 'rejected';
    if (this.all.filter(({ grant, state }) => grant === request.grant && state === 'open').length >= PENDING)
      return 'full';
    this.all.push({ ...request, state: 'open', endedMs: null, verdicts: 0, isApproved: false });
    return 'opened';
  }

  listed(nowMs: number): readonly Kept[] {
    return this.all.filter(({ endedMs }) => endedMs === null || endedMs > nowMs - REPEAT_MS);
  }
}

export function approvalsModel(driver: string, makeFactory: () => Promise<ApprovalsFactory>, numRuns: number): void {
  describe(`approvals against a model: ${driver}`, () => {
    it('opens, ends and hands out what the model says, over any history', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { minLength: 5, maxLength: 40 }), async (steps) => {
          const factory = await makeFactory();
          let nowMs = NOON;
          const store = await factory.open(() => nowMs);
          try {
            const model = new Model();
            for (const step of steps) {
              if (step.does === 'wait') nowMs += step.ms;
              model.pass(nowMs);
              await both(store.approvals, model, step, nowMs);
              await compare(store.approvals, model, nowMs);
            }
          } finally {
            await store.close();
            await factory.dispose();
          }
        }),
        { numRuns },
      );
    });
  });
}

async function both(store: ApprovalStore, model: Model, step: Step, nowMs: number): Promise<void> {
  if (step.does === 'wait') return;
  if (step.does === 'open') {
    const request = {
      id: brandAs<ApprovalId>(`r${model.all.length}`),
      grant: brandAs<GrantName>(step.grant),
      match: `${step.grant}${step.match}`.padEnd(64, '0'),
      expiresMs: nowMs + LIFE_MS,
    };
    const more = { tool: brandAs<ToolName>('bank/pay'), hash: 'a'.repeat(64), createdMs: nowMs, sealed: 'sealed' };
    const answer = await store.open({ ...request, ...more }, PENDING);
    expect(answer.is).toBe(model.open(request, nowMs));
    return;
  }
  const one = model.all[step.which % Math.max(1, model.all.length)];
  const id = one?.id ?? brandAs<ApprovalId>('nobody');
  const isOpen = one?.state === 'open';
  switch (step.does) {
    case 'verdict':
      expect(await store.addVerdict(id, '{}', step.suffices)).toBe(isOpen);
      if (isOpen) Object.assign(one, { verdicts: one.verdicts + 1, isApproved: one.isApproved || step.suffices });
      return;
    case 'claim':
      expect(await store.claim(id, OWNER)).toBe(isOpen);
      if (isOpen) one.state = 'claimed';
      return;
    case 'end': {
      const isUnderWay = isOpen || (one?.state === 'claimed' && step.state !== 'rejected');
      expect(await store.end(id, step.state, step.state === 'executed' ? 'ok' : null)).toBe(isUnderWay);
      if (isUnderWay) Object.assign(one, { state: step.state, endedMs: nowMs });
    }
  }
}

async function compare(store: ApprovalStore, model: Model, nowMs: number): Promise<void> {
  const marks = (await store.marks()).map(({ id, state, endedMs, verdictCount, isApproved }) => [
    ...[id, state, endedMs, verdictCount, isApproved],
  ]);
  const listed = model.listed(nowMs);
  expect(marks).toEqual(listed.map((one) => [one.id, one.state, one.endedMs, one.verdicts, one.isApproved]));
  // What has ended was erased.
  expect((await store.list()).map(({ sealed }) => sealed !== null)).toEqual(
    listed.map(({ endedMs }) => endedMs === null),
  );
  for (const match of new Set(model.all.map((one) => one.match)))
    expect((await store.standing(match))?.id).toBe(model.standing(match, nowMs)?.id);
}
