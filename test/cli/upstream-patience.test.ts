import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Installation } from '../../src/cli/compose.ts';
import { upstreamParts, upstreamToAccept, upstreamToWatch } from '../../src/cli/upstream-parts.ts';
import { withWatchedStart } from '../../src/cli/upstream-probe.ts';
import type { LoadedConfig, UpstreamConfig } from '../../src/config/types.ts';
import { brandAs, type UpstreamName } from '../../src/core/ids.ts';
import type { UpstreamPart } from '../../src/gateway/index.ts';
import type { Upstream, UpstreamEvents } from '../../src/upstream/index.ts';

const made = vi.hoisted(() => [] as { initializeMs?: number }[]);
vi.mock(import('../../src/upstream/server.ts'), async (original) => {
  const { SupervisedUpstream } = await original();
  class Watched extends SupervisedUpstream {
    constructor(options: ConstructorParameters<typeof SupervisedUpstream>[0]) {
      super(options);
      made.push(options);
    }
  }
  return { SupervisedUpstream: Watched };
});

const NAME = brandAs<UpstreamName>('shop');
const CONFIG: UpstreamConfig = {
  ...{ name: NAME, provider: null, tools: new Map(), assumeCurrency: null, prefix: '', timeoutMs: 60_000 },
  ...{
    start: 'eager',
    ...{ elicitation: false, instructions: null },
    via: 'stdio',
    command: 'npx',
    args: ['-y', 'shop@1.0.0'],
    env: new Map(),
    cwd: null,
  },
};
const EVENTS: UpstreamEvents = {
  ...{ stateChanged: () => undefined, toolsChanged: () => undefined },
  ...{ request: () => undefined, notification: () => undefined },
};
// No start is asked of it here.
const INSTALLATION = Object.assign(Object.create(Installation.prototype) as Installation, { home: '/nowhere' });

describe('how long a server may take to come up', () => {
  beforeEach(() => made.splice(0));

  it('is two minutes where a person watches: when it is reviewed, and when it is tested', async () => {
    (await upstreamToAccept(INSTALLATION, CONFIG)).connect(EVENTS);
    (await upstreamToWatch(INSTALLATION, CONFIG)).connect(EVENTS);
    expect(made.map(({ initializeMs }) => initializeMs)).toEqual([120_000, 120_000]);
  });

  it('is what it always was where a client waits', async () => {
    const config = { upstreams: new Map([[NAME, CONFIG]]) } as unknown as LoadedConfig;
    for (const part of await upstreamParts(INSTALLATION, config, [NAME])) part.connect(EVENTS);
    expect(made.map(({ initializeMs }) => initializeMs)).toEqual([undefined]);
  });
});

describe('while a watched server is coming up', () => {
  const { isTTY } = process.stderr;
  let written = '';
  beforeEach(() => {
    vi.useFakeTimers();
    written = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true });
  });

  /** A start that takes 12 s, seen from a terminal or not. */
  async function startedOn(isTerminal: boolean): Promise<string> {
    Object.defineProperty(process.stderr, 'isTTY', { value: isTerminal, configurable: true });
    const upstream = {
      start: () => new Promise<void>((resolve) => setTimeout(resolve, 12_000)),
      end: () => Promise.resolve(),
    };
    const part = { config: CONFIG, connect: () => upstream as unknown as Upstream } as unknown as UpstreamPart;
    const done = withWatchedStart(part, () => setTimeout(() => undefined, 60_000));
    await vi.advanceTimersByTimeAsync(60_000);
    await done;
    return written;
  }

  it('tells the person at the terminal every five seconds, and not a moment longer', async () => {
    expect(await startedOn(true)).toBe(
      'countersign: still waiting for `shop` (5 s); on its first start it may have to be downloaded\n' +
        'countersign: still waiting for `shop` (10 s); on its first start it may have to be downloaded\n',
    );
  });

  it('says nothing where there is no terminal', async () => {
    expect(await startedOn(false)).toBe('');
  });
});
