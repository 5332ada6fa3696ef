/** What the approver's screen is fed from, and what it may ask: the store and the log of this home, as they are. */
import { type KnownOperator, modeOfRequest, needsLeft, type Registry } from '../../approvals/index.ts';
import type { Outcome, RequestContent, ShownNeed, ShownRequest, Snapshot } from '../../tui/index.ts';
import type { ApproverDesk } from '../../tui/index.ts';
import type { Installation } from '../compose.ts';
import { signedBy } from '../operators/acting.ts';
import { readKey } from '../operators/keys.ts';
import { openSigner, operatorNamed, ownSigner, type Signer, type SigningOptions } from '../operators/signer.ts';
import { CommandError } from '../report.ts';
import { checkMayAnswer, giveAnswer } from './answer.ts';
import { Feed } from './feed.ts';
import { accepted, isSigned, type Queue, type QueueItem, QueueWatch, readQueue, settleEnded } from './queue.ts';
import { Surroundings } from './surroundings.ts';

/** A request is on the screen within a tenth of a second. */
const POLL_MS = 40;
/** Everything else, revoked keys among it, is read so often. */
const EVERY_MS = 1_000;

export class LiveDesk implements ApproverDesk {
  readonly #installation: Installation;
  readonly #operator: string;
  readonly #signing: SigningOptions;
  readonly #queue: QueueWatch;
  readonly #feed: Feed;
  readonly #surroundings: Surroundings;
  /** What the last look came to, as a text, so that nothing is drawn twice. */
  #shown = '';
  /** When everything else was last read. */
  #readMs = -Infinity;

  constructor(installation: Installation, operator: string, signing: SigningOptions) {
    this.#installation = installation;
    this.#operator = operator;
    this.#signing = signing;
    this.#queue = new QueueWatch(installation);
    this.#feed = new Feed(installation.auditDirectory);
    this.#surroundings = new Surroundings(installation);
  }

  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    const stop = new AbortController();
    void this.#watch(listener, stop.signal);
    void this.#feed.follow(stop.signal);
    return () => stop.abort();
  }

  approve(id: string, hash: string, passphrase: string | null): Promise<Outcome> {
    return this.#answer(id, hash, 'approve', passphrase);
  }

  reject(id: string, hash: string, passphrase: string | null): Promise<Outcome> {
    return this.#answer(id, hash, 'reject', passphrase);
  }

  async freeze(passphrase: string | null): Promise<Outcome> {
    try {
      const registry = await this.#installation.registry();
      const signer = await this.#signer(registry, passphrase);
      try {
        return await this.#freezeBy(operatorNamed(registry, this.#operator), signer);
      } finally {
        signer.forget();
      }
    } catch (error) {
      if (error instanceof CommandError) return { ok: false, words: error.message };
      throw error;
    }
  }

  async #freezeBy(operator: KnownOperator, signer: Signer): Promise<Outcome> {
    const actor = await signedBy(this.#installation, operator, signer, { does: 'freeze', to: '' });
    const { freezes } = await this.#installation.shared();
    const isNew = await freezes.freeze({ grant: null, scope: 'all', atMs: Date.now(), by: actor.name });
    // The stop comes first: it must work also when the log cannot be written.
    if (isNew) {
      const log = await this.#installation.adminLog();
      await log.write({ kind: 'grants_frozen', actor, grant: null, scope: 'all' });
    }
    return {
      ok: true,
      words: isNew ? 'every call is frozen; countersign unfreeze lifts it' : 'every call was frozen before',
    };
  }

  async #watch(listener: (snapshot: Snapshot) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(listener);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** A store that is away leaves what is on the screen; the next look tries again. */
  async #look(listener: (snapshot: Snapshot) => void): Promise<void> {
    try {
      const isDue = performance.now() - this.#readMs >= EVERY_MS;
      if (isDue) await settleEnded(this.#installation);
      const queue = await this.#queue.look(isDue);
      if (queue === null) return;
      if (isDue) this.#readMs = performance.now();
      await this.#show(queue, listener);
    } catch (error) {
      this.#feed.say(error instanceof Error ? error.message : 'unknown error');
    }
  }

  async #show({ items }: Queue, listener: (snapshot: Snapshot) => void): Promise<void> {
    const snapshot = {
      nowMs: Date.now(),
      requests: items.map(shownRequest),
      feed: this.#feed.lines,
      upstreams: this.#feed.upstreams,
      ...(await this.#surroundings.now()),
    };
    const text = JSON.stringify({ ...snapshot, nowMs: 0 }, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    if (text === this.#shown) return;
    this.#shown = text;
    listener(snapshot);
  }

  async #answer(id: string, hash: string, verdict: 'approve' | 'reject', passphrase: string | null): Promise<Outcome> {
    try {
      const queue = await readQueue(this.#installation);
      const item = queue.items.find(({ entry }) => entry.id === id);
      if (item?.entry.hash !== hash) return { ok: false, words: 'this request is not there any more' };
      const known = await checkMayAnswer(this.#installation, queue, item, this.#operator, verdict);
      const signer = await this.#signer(queue.registry, passphrase);
      try {
        const state = await giveAnswer(this.#installation, queue, item, known, verdict, signer);
        return { ok: true, words: WORDS[state] };
      } finally {
        signer.forget();
      }
    } catch (error) {
      if (error instanceof CommandError) return { ok: false, words: error.message };
      throw error;
    }
  }

  async #signer(registry: Registry, passphrase: string | null): Promise<Signer> {
    const operator = operatorNamed(registry, this.#operator);
    const { key, name } = operator.record;
    if (key.type === 'ssh' || passphrase === null) return openSigner(this.#installation.home, operator, this.#signing);
    return ownSigner(name, key, await readKey(this.#installation.home, name), passphrase);
  }
}

const WORDS = {
  requested: 'signed; it needs more signatures',
  approved: 'approved; it runs as soon as its caller is there',
  rejected: 'rejected; the same call is denied until the request expires',
} as const;

function shownRequest(item: QueueItem): ShownRequest {
  const { id, hash, state, createdMs, expiresMs, grant, tool } = item.entry;
  return {
    ...{ id, hash, state, createdMs, expiresMs, grant, tool },
    isApproved: item.request === undefined ? item.entry.isApproved : isSigned(item),
    content: contentOf(item),
  };
}

function contentOf({ request, checks }: QueueItem): RequestContent | null {
  if (request === undefined) return null;
  const { principal, shown, repeatOf } = request;
  const counted = accepted(checks);
  const needs = request.needs.map((need): ShownNeed => {
    // As many as it still asks for, less one for each person that it would take away.
    let signed = 0;
    while (signed < need.count && needsLeft([{ ...need, count: signed + 1 }], counted).length === 0) signed += 1;
    return { ...need, signed };
  });
  return { principal, shown, needs, mode: modeOfRequest(request), repeatOf, arguments: request.arguments };
}
