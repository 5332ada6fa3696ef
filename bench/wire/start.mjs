// From the spawn to an answer, of programs that are started over and over in random order.
import { Target } from './client.mjs';
import { median, rssMiB, shuffled } from './figures.mjs';

/** Starts each program `count` times; answers medians of the ms until `initialize` and `tools/list` were answered, and of the RSS then. */
export async function measureStarts(programs, count, progress) {
  const found = new Map(programs.map(({ name }) => [name, []]));
  for (let round = -1; round < count; round += 1) {
    progress(`start ${round + 1} of ${count}`);
    for (const { name, spec } of shuffled(programs)) {
      const target = new Target(name, spec);
      await target.initialize();
      const initializedMs = performance.now() - target.bornMs;
      const { tools } = await target.request('tools/list');
      const listedMs = performance.now() - target.bornMs;
      const listedMiB = rssMiB(target.pid);
      const called = tools.find((tool) => tool.name.endsWith('echo'));
      await target.request('tools/call', { name: called.name, arguments: { text: 'first' } });
      const calledMs = performance.now() - target.bornMs;
      target.child.stdin.end();
      await target.end();
      if (round >= 0) found.get(name).push({ initializedMs, listedMs, listedMiB, calledMs, tools: tools.length });
    }
  }
  return new Map(
    [...found].map(([name, runs]) => [
      name,
      Object.fromEntries(Object.keys(runs[0]).map((figure) => [figure, median(runs.map((one) => one[figure]))])),
    ]),
  );
}
