/** Requests for approval as people see them: unsealed, their verdicts proven by the operators of now. */
import {
  type AcceptedVerdict,
  type ApprovalRequest,
  isApproved,
  openRequest,
  type Registry,
  type VerdictCheck,
  verifyVerdict,
} from '../../approvals/index.ts';
import { settleLeftovers } from '../../approvals/leftovers.ts';
import type { ApprovalId } from '../../core/ids.ts';
import type { ApprovalEntry } from '../../state/index.ts';
import type { Installation } from '../compose.ts';
import { isDead } from '../quota-owners.ts';

/** One request. */
export interface QueueItem {
  readonly entry: ApprovalEntry;
  /** Undefined once it has ended and was erased, or if it cannot be read here. */
  readonly request: ApprovalRequest | undefined;
  /** What each of its verdicts is worth. */
  readonly checks: readonly VerdictCheck[];
}

export interface Queue {
  readonly registry: Registry;
  /** Oldest first. */
  readonly items: readonly QueueItem[];
}

/** Reads what waits and what ended within a day. Throws `StateError` and `SecretError`. */
export async function readQueue(installation: Installation): Promise<Queue> {
  const { approvals } = await installation.shared();
  const [registry, entries, sealer] = await Promise.all([
    installation.registry(),
    approvals.list(),
    installation.sealer(),
  ]);
  return { registry, items: entries.map((entry) => itemOf({ entry, request: openRequest(entry, sealer) }, registry)) };
}

type Opened = Pick<QueueItem, 'entry' | 'request'>;

function itemOf({ entry, request }: Opened, registry: Registry): QueueItem {
  const nowMs = Date.now();
  const checks =
    request === undefined ? [] : entry.verdicts.map((text) => verifyVerdict(text, request, registry, nowMs));
  return { entry, request, checks };
}

/** Looks at the queue again and again: only a request of which something changed is read whole, for it may be large. */
export class QueueWatch {
  readonly #installation: Installation;
  #opened: ReadonlyMap<ApprovalId, Opened & { readonly mark: string }> = new Map();
  #seen = '';

  constructor(installation: Installation) {
    this.#installation = installation;
  }

  /** Null where nothing changed, unless everything is to be proven again. Throws `StateError` and `SecretError`. */
  async look(isDue: boolean): Promise<Queue | null> {
    const { approvals } = await this.#installation.shared();
    const marks = (await approvals.marks()).map((mark) => ({ id: mark.id, mark: JSON.stringify(mark) }));
    const seen = JSON.stringify(marks);
    if (seen === this.#seen && !isDue) return null;
    const [registry, sealer] = [await this.#installation.registry(), await this.#installation.sealer()];
    const opened = new Map<ApprovalId, Opened & { readonly mark: string }>();
    for (const { id, mark } of marks) {
      const known = this.#opened.get(id);
      if (known?.mark === mark) {
        opened.set(id, known);
        continue;
      }
      const entry = await approvals.find(id);
      if (entry !== undefined) opened.set(id, { mark, entry, request: openRequest(entry, sealer) });
    }
    this.#opened = opened;
    this.#seen = seen;
    return { registry, items: [...opened.values()].map((one) => itemOf(one, registry)) };
  }
}

/** Gives back what ended requests hold, before somebody looks. Throws `StateError`. */
export async function settleEnded(installation: Installation): Promise<void> {
  await settleLeftovers(await installation.shared(), isDead);
}

export function accepted(checks: readonly VerdictCheck[]): readonly AcceptedVerdict[] {
  return checks.flatMap((check) => (check.ok ? [check] : []));
}

/** True if the signatures of an open request suffice. */
export function isSigned({ request, checks }: QueueItem): boolean {
  return request !== undefined && isApproved(request, accepted(checks));
}

/** The state in the words of people: what is open is `requested` until its signatures suffice. */
export function stateOf(item: QueueItem): string {
  const { state } = item.entry;
  if (state === 'claimed') return 'approved';
  if (state === 'open') return isSigned(item) ? 'approved' : 'requested';
  return state;
}

/** The rule that asks first. */
export function ruleOf({ request }: QueueItem): string | null {
  return request?.needs[0]?.asked[0]?.rule ?? null;
}

/** An id as people type it. */
export function sameId(id: ApprovalId, typed: string): boolean {
  return id === typed.trim().toLowerCase();
}
