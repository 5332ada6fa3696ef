// Calls one at a time and 64 at a time, in short bursts that go round the targets in random order. Each burst is compared
// with the yardstick's burst of the same round, so that what disturbs the machine disturbs both.
import { cpuMs, median, quantile, shuffled } from './figures.mjs';

const PAGE = { customer: 'cus_4471', limit: 10 };
/** Pieces of work that every target does in each round: a tool, its arguments, how many calls, how many at once. */
const SMALL = [
  { name: 'one', tool: 'echo', args: { text: 'x'.repeat(100), ...PAGE }, count: 400, atOnce: 1 },
  { name: 'many', tool: 'echo', args: { text: 'x'.repeat(100), ...PAGE }, count: 3_000, atOnce: 64 },
];
const LARGE = [
  { name: 'large', tool: 'size', args: { bytes: 10_000, customer: 'cus_4471' }, count: 1_000, atOnce: 64 },
  { name: 'huge', tool: 'size', args: { bytes: 1_000_000, customer: 'cus_4471' }, count: 25, atOnce: 1 },
];

/** Runs the bursts; answers, by target and piece of work, the figures of every round. */
async function rounds(targets, works, count, progress) {
  const found = new Map();
  const names = new Map();
  for (const target of targets)
    for (const work of works) names.set(`${target.name} ${work.tool}`, await target.find(work.tool));
  // The first rounds are for the compilers.
  for (let round = -3; round < count; round += 1) {
    progress(`round ${round + 1} of ${count}`);
    for (const target of shuffled(targets))
      for (const work of works) {
        const beforeMs = cpuMs(target.pid);
        const { latencies, tookMs } = await target.burst(names.get(`${target.name} ${work.tool}`), work.args, work.count, work.atOnce); // prettier-ignore
        const cpuUs = ((cpuMs(target.pid) - beforeMs) * 1000) / work.count;
        if (round < 0) continue;
        const key = `${target.name} ${work.name}`;
        if (!found.has(key)) found.set(key, []);
        const p50Us = quantile(latencies, 0.5) * 1000;
        found.get(key).push({ p50Us, p99Us: quantile(latencies, 0.99) * 1000, perSecond: (work.count / tookMs) * 1000, cpuUs }); // prettier-ignore
      }
  }
  return found;
}

/** Medians of one target's figures, and of their ratios to those of another in the same rounds. */
export class Rounds {
  constructor(found) {
    this.found = found;
  }

  of(target, work, figure) {
    return median(this.found.get(`${target} ${work}`).map((one) => one[figure]));
  }

  ratio(target, yardstick, work, figure) {
    const base = this.found.get(`${yardstick} ${work}`);
    return median(this.found.get(`${target} ${work}`).map((one, round) => one[figure] / base[round][figure]));
  }
}

export async function measureSmall(targets, count, progress) {
  return new Rounds(await rounds(targets, SMALL, count, progress));
}

export async function measureLarge(targets, count, progress) {
  return new Rounds(await rounds(targets, LARGE, count, progress));
}
