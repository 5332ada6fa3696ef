import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { OutboundQueue } from '../../src/wire/index.ts';

/** A stream whose writes end when the test says so. */
function manual(): { stream: Writable; writes: string[]; release: () => void } {
  const writes: string[] = [];
  let waiting: (() => void)[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString());
      waiting.push(done);
    },
  });
  const release = (): void => {
    const ready = waiting;
    waiting = [];
    for (const done of ready) done();
  };
  return { stream, writes, release };
}

describe('OutboundQueue', () => {
  it('writes the lines of one turn at once and in order', async () => {
    const { stream, writes, release } = manual();
    const queue = new OutboundQueue(stream);
    queue.push('a\n');
    queue.push(Buffer.from('b\n'));
    queue.push('c\n');
    const flushed = queue.flush();
    await new Promise(setImmediate);
    expect(writes).toEqual(['a\nb\nc\n']);
    release();
    await flushed;
  });

  it('keeps the order around a large piece', async () => {
    const { stream, writes, release } = manual();
    const queue = new OutboundQueue(stream);
    const large = 'x'.repeat(70_000);
    for (const line of ['a', large, 'b', 'c']) queue.push(line);
    const flushed = queue.flush();
    for (let turn = 0; turn < 5; turn += 1) {
      await new Promise(setImmediate);
      release();
    }
    await flushed;
    expect(writes.join('')).toBe(`a${large}bc`);
  });

  it('resolves a flush at once when nothing is queued', async () => {
    await new OutboundQueue(manual().stream).flush();
  });

  it('tells when it is full and when it no longer is', async () => {
    const { stream, release } = manual();
    const queue = new OutboundQueue(stream, {}, 100_000);
    let drained = 0;
    queue.onDrain(() => (drained += 1));
    queue.push('x'.repeat(100_000));
    expect(queue.isFull).toBe(true);
    await new Promise(setImmediate);
    expect([queue.isFull, drained]).toEqual([true, 0]);
    release();
    await queue.flush();
    await new Promise(setImmediate);
    expect([queue.isFull, drained]).toEqual([false, 1]);
  });

  it('tells nothing when it was never full', async () => {
    const { stream, release } = manual();
    const queue = new OutboundQueue(stream);
    let drained = 0;
    queue.onDrain(() => (drained += 1));
    queue.push('x');
    await new Promise(setImmediate);
    release();
    await queue.flush();
    expect(drained).toBe(0);
  });

  it('survives a reader that went away, tells it once, and settles whoever waits', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.destroy(); process.exit(0)'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    let closed = 0;
    const queue = new OutboundQueue(child.stdin, { closed: () => (closed += 1) }, 100);
    let drained = 0;
    queue.onDrain(() => (drained += 1));
    const exited = once(child, 'exit');
    queue.push(`${'x'.repeat(1_000_000)}\n`);
    await queue.flush();
    await exited;
    expect(queue.isClosed).toBe(true);
    expect(queue.push('more\n')).toBe(false);
    await queue.flush();
    expect([closed, drained, queue.isFull]).toEqual([1, 1, false]);
  });

  it('loses nothing of a slow reader when the process ends after a flush', async () => {
    const script = `
      import { OutboundQueue } from ${JSON.stringify(new URL('../../src/wire/queue.ts', import.meta.url).href)};
      const queue = new OutboundQueue(process.stdout);
      for (let line = 0; line < 20000; line += 1) queue.push('line ' + line + ' ' + 'x'.repeat(200) + '\\n');
      await queue.flush();
      process.exit(0);
    `;
    // Node 20 does not take types off by itself.
    const { build } = await import('esbuild');
    const bundle = await build({
      stdin: { contents: script, resolveDir: process.cwd(), loader: 'ts' },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      plugins: [
        {
          name: 'file-urls',
          setup: (b) => b.onResolve({ filter: /^file:/ }, ({ path }) => ({ path: new URL(path).pathname })),
        },
      ],
    });
    const child = spawn(process.execPath, ['--input-type=module', '-e', bundle.outputFiles[0]!.text], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.stdout.pause();
    setImmediate(() => child.stdout.resume());
    await once(child, 'close');
    const lines = text.trimEnd().split('\n');
    expect([lines.length, lines[0]?.slice(0, 7), lines.at(-1)?.slice(0, 11)]).toEqual([
      20_000,
      'line 0 ',
      'line 19999 ',
    ]);
  });

  it('ends its stream behind what was queued', async () => {
    const { stream, writes, release } = manual();
    const queue = new OutboundQueue(stream);
    queue.push('last\n');
    queue.end();
    const finished = once(stream, 'finish');
    release();
    await finished;
    expect(writes).toEqual(['last\n']);
  });
});
