/** When a gateway is killed: at a step it names itself, from outside at a moment of chance, or while it starts. */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Gateway } from './gateway.ts';
import { pick, type Random } from './seeded.ts';

const KILL_AT = fileURLToPath(new URL('../fixtures/kill-at.cjs', import.meta.url));

export const STEPS = ['reserved', 'intent', 'forwarded', 'replied', 'settled', 'recorded'] as const;
export type Step = (typeof STEPS)[number];

/** What a kill came to; `late`: its step was not reached, and it was killed from outside in the end. */
export type KillKind = Step | 'random' | 'start' | 'late';

export type KillPlan =
  | { readonly is: 'step'; readonly step: Step; readonly count: number }
  | { readonly is: 'random'; readonly answers: number; readonly momentMs: number }
  | { readonly is: 'start'; readonly afterMs: number };

/** How long a gateway may take to reach its step before it is killed all the same. */
const PATIENCE_MS = 1_000;

/** Half of the kills at named steps, each as often as the others; most of the rest at random; a tenth while it starts. */
export function planKill(random: Random, number: number): KillPlan {
  if (number % 2 === 0) {
    const step = STEPS[(number / 2) % STEPS.length]!;
    return { is: 'step', step, count: 1 + Math.floor(random() * 10) };
  }
  if (number % 10 === 9) return { is: 'start', afterMs: 40 + random() * 400 };
  return { is: 'random', answers: Math.floor(random() * 30), momentMs: random() * pick(random, [1, 4, 20]) };
}

export function environmentOf(plan: KillPlan): Readonly<Record<string, string>> {
  if (plan.is !== 'step') return {};
  return { NODE_OPTIONS: `--require ${JSON.stringify(KILL_AT)}`, KILL_AT: `${plan.step}:${plan.count}` };
}

/** Carries the plan out on a gateway whose calls have been made. Resolves when it is dead. */
export async function carryOut(plan: KillPlan, gateway: Gateway, calls: Promise<unknown>): Promise<KillKind> {
  switch (plan.is) {
    case 'step':
      // Calls that hang end with the gateway.
      await Promise.race([gateway.closed, Promise.all([calls, pause(PATIENCE_MS)]), pause(8 * PATIENCE_MS)]);
      if (gateway.isGone) return plan.step;
      await gateway.kill();
      return 'late';
    case 'random':
      await Promise.race([gateway.answered(plan.answers), pause(4 * PATIENCE_MS)]);
      await pause(plan.momentMs);
      await gateway.kill();
      return 'random';
    case 'start':
      await pause(plan.afterMs);
      await gateway.kill();
      return 'start';
  }
}
