/** One round: gateways start together, are asked for everything at once, and are killed. */
import { serversIn } from './processes.ts';
import { Gateway } from './gateway.ts';
import type { Told } from './evidence.ts';
import { carryOut, environmentOf, type KillKind, type KillPlan } from './kills.ts';
import { type GrantOfScene, GRANTS, kindOf, type Scene, TOOLS } from './scene.ts';
import { pick, type Random, shuffled } from './seeded.ts';

/** A gateway from its start to its end. */
export interface Run {
  readonly gateway: Gateway;
  readonly told: readonly Told[];
  readonly kill: KillKind;
}

/** How many calls a client has under way: all at once, or a few lanes. */
const LANES = [TOOLS.length, TOOLS.length, 6, 2] as const;
const LARGEST_MINOR = 500;
/** Refunds of a round are about so many payments: several gateways refund the same one. */
const PAYMENTS_PER_GATEWAY = 5;

/** Runs gateways to their ends, and waits until the bank has read what they left in its pipes. */
export async function runRound(
  scene: Scene,
  plans: readonly KillPlan[],
  names: (index: number) => string,
  random: Random,
): Promise<readonly Run[]> {
  const payments = Array.from({ length: plans.length * PAYMENTS_PER_GATEWAY }, (_, index) => `${names(0)}-${index}`);
  const runs = await Promise.all(
    plans.map((plan, index) => runGateway(scene, plan, names(index), index, payments, random)),
  );
  await bankIdle(scene);
  return runs;
}

/** A server outlives its gateway by two seconds at most; a busy machine gets more. */
export async function bankIdle({ room }: Scene): Promise<void> {
  const untilMs = Date.now() + 10_000;
  while (serversIn(room).length > 0) {
    if (Date.now() > untilMs) throw new Error(`a bank outlived its gateway: ${serversIn(room).join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function runGateway(
  scene: Scene,
  plan: KillPlan,
  name: string,
  index: number,
  payments: readonly string[],
  random: Random,
): Promise<Run> {
  const grant = GRANTS[index % GRANTS.length]!;
  // Two gateways of a home, then two of the next: each home has both grants.
  const home = scene.homes[Math.floor(index / GRANTS.length) % scene.homes.length]!;
  const gateway = new Gateway(name, home, scene.tokens[grant], environmentOf(plan));
  const calls = planCalls(name, grant, payments, random);
  const lanes = pick(random, LANES);
  const told: Told[] = [];
  const asking = gateway.open().then((isOpen) => (isOpen ? askAll(gateway, calls, lanes, told) : undefined));
  const kill = await carryOut(plan, gateway, asking);
  await gateway.closed;
  await asking;
  return { gateway, told, kill };
}

interface PlannedCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

function planCalls(by: string, grant: GrantOfScene, payments: readonly string[], random: Random): PlannedCall[] {
  return shuffled(random, TOOLS).map((tool) => {
    const tag = { by, grant };
    if (kindOf(tool) === 'read') return { tool, args: tag };
    const reference = kindOf(tool) === 'refund' ? pick(random, payments) : `${by}-${tool}`;
    const amount = 1 + Math.floor(random() * LARGEST_MINOR);
    return { tool, args: { amount, currency: 'USD', reference, ...tag } };
  });
}

/** What all calls of a gateway would come to, about. */
export const ASKED_MINOR = (TOOLS.filter((tool) => kindOf(tool) !== 'read').length * LARGEST_MINOR) / 2;

async function askAll(gateway: Gateway, calls: readonly PlannedCall[], lanes: number, told: Told[]): Promise<void> {
  const waiting = [...calls];
  const lane = async (): Promise<void> => {
    for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) {
      const answering = gateway.call(call.tool, call.args).then((answer) => {
        if (answer !== undefined) told.push({ ...answer, by: gateway.name, tool: call.tool });
      });
      // A call that hangs must not stop its lane.
      if (call.tool.startsWith('hang')) hanging.push(answering);
      else await answering;
    }
  };
  const hanging: Promise<void>[] = [];
  await Promise.all(Array.from({ length: lanes }, lane));
}
