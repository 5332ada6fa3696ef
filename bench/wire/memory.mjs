// What a gateway holds after many calls, and while its client does not read.
import { Target } from './client.mjs';
import { pause, rssMiB } from './figures.mjs';

const BURST = 10_000;

/** Arguments that the policy lets through. */
const sized = (bytes) => ({ bytes, customer: 'cus_4471' });

/** RSS in MiB after `calls` small calls, 64 at a time. */
export async function afterMany(spec, calls, progress) {
  const target = new Target('countersign', spec);
  await target.initialize();
  const tool = await target.find('echo');
  for (let done = 0; done < calls; done += BURST) {
    progress(`${done} of ${calls} calls`);
    await target.burst(tool, { text: 'x'.repeat(100), customer: 'cus_4471', limit: 10 }, BURST, 64);
  }
  const held = rssMiB(target.pid);
  await target.end();
  return held;
}

/** The most RSS in MiB while 200 answers of 1 MB are outstanding and nobody reads; then all of them are read. */
export async function unread(spec, progress) {
  const target = new Target('countersign', spec);
  await target.initialize();
  const tool = await target.find('size');
  await target.request('tools/call', { name: tool, arguments: sized(1_000_000) });
  target.child.stdout.pause();
  for (let id = 1; id <= 200; id += 1)
    target.write({ id: `u${id}`, method: 'tools/call', params: { name: tool, arguments: sized(1_000_000) } });
  let most = 0;
  progress('nobody reads');
  for (let n = 0; n < 40; n += 1) {
    most = Math.max(most, rssMiB(target.pid));
    await pause(100);
  }
  let answers = 0;
  const all = new Promise((resolve) => {
    target.onLine = () => ++answers === 200 && resolve();
  });
  target.child.stdout.resume();
  await Promise.race([all, pause(30_000)]);
  most = Math.max(most, rssMiB(target.pid));
  await target.end();
  if (answers !== 200) throw new Error(`${answers} of 200 answers came`);
  return most;
}

/** Milliseconds of one call with a result of 16 MB; throws unless it comes whole and the next call works. */
export async function sixteen(spec) {
  const bytes = 16 * 1024 * 1024;
  const target = new Target('countersign', spec);
  await target.initialize();
  const tool = await target.find('size');
  const beganMs = performance.now();
  const { content } = await target.request('tools/call', { name: tool, arguments: sized(bytes) });
  const tookMs = performance.now() - beganMs;
  const after = await target.request('tools/call', { name: tool, arguments: sized(3) });
  await target.end();
  if (content[0].text.length !== bytes || after.content[0].text !== 'xxx') throw new Error('the result came changed');
  return tookMs;
}
