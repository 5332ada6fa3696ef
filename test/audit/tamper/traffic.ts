/** Calls as a gateway records them: some are denied, some wait for a person, and several are on their way at once. */
import type { CallEvent, CallFrame, SegmentedCallLog } from '../../../src/audit/index.ts';
import { type ApprovalId, brandAs } from '../../../src/core/ids.ts';
import { pick, type Random } from '../../chaos/rig/seeded.ts';
import { args, denial, frame, policies, session as plain } from '../support.ts';

/** A client whose name needs two of the units that keys and escapes are told in. */
const session = { ...plain, client: { name: 'Zahl\u00fcng \u{1f4b6}\u2028\u007f', version: '1.2.3' } };

let requests = 0;
const MOST_IN_FLIGHT = 4;

export class Traffic {
  readonly #random: Random;
  readonly #log: SegmentedCallLog;
  readonly #inFlight: CallFrame[] = [];
  #isOpened = false;

  constructor(random: Random, log: SegmentedCallLog) {
    this.#random = random;
    this.#log = log;
  }

  async next(): Promise<void> {
    if (!this.#isOpened) await this.#write({ kind: 'session_opened', session, protocol: '2025-06-18', policies });
    this.#isOpened = true;
    requests += 1;
    const request = `r-${requests}-${Math.floor(this.#random() * 1e9)}`;
    const chance = this.#random();
    if (chance < 0.15) await this.#write(denial(request));
    else if (chance < 0.35) await this.#approved(request);
    else await this.#call(frame(request));
    if (this.#inFlight.length >= MOST_IN_FLIGHT || this.#random() < 0.4) await this.#answer();
  }

  async answerAll(): Promise<void> {
    while (this.#inFlight.length > 0) await this.#answer();
    await this.#write({ kind: 'session_closed', session, why: 'client closed' });
  }

  async #write(event: CallEvent): Promise<void> {
    await this.#log.writeDurable(event);
  }

  async #call(call: CallFrame): Promise<void> {
    const used = call.approval === undefined ? pick(this.#random, ['<10%', '<=100%'] as const) : '>100%';
    const quota = [{ rule: 'daily', policy: call.policy, unit: 'USD', per: 'day', used }] as const;
    await this.#write({ ...call, kind: 'intent', decision: 'allow', args, quota });
    this.#inFlight.push(call);
  }

  async #answer(): Promise<void> {
    const [call] = this.#inFlight.splice(Math.floor(this.#random() * this.#inFlight.length), 1);
    if (call === undefined) return;
    const outcome = pick(this.#random, ['ok', 'ok', 'failed', 'in-doubt'] as const);
    await this.#write({ ...call, kind: 'outcome', outcome, code: outcome, latencyMs: this.#random() * 900 });
  }

  /** A person is asked, and says yes or no. */
  async #approved(request: string): Promise<void> {
    const call = { ...frame(request), approval: brandAs<ApprovalId>(`ap-${request}`) };
    const requestHash = 'e'.repeat(64);
    await this.#write({ ...call, kind: 'approval_requested', requestHash, expiresMs: 1_800_000_000_000, args });
    const verdict = this.#random() < 0.8 ? 'approve' : 'reject';
    const signed = {
      verdict,
      operator: 'olga',
      fingerprint: 'SHA256:abc',
      text: `verdict ${verdict} ${request}`,
    } as const;
    await this.#write({ ...call, kind: 'approval_decided', requestHash, accepted: true, code: 'accepted', signed });
    if (verdict === 'approve') await this.#call(call);
    else await this.#write({ ...call, kind: 'approval_ended', ending: 'rejected', code: 'rejected' });
  }
}
