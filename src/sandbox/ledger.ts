/** The sandbox's books: a few payments and what was done since the start. Nothing here reaches a real provider. */

/** A payment that can be refunded. Amounts are integers of the currency's smallest unit. */
export interface Payment {
  readonly id: string;
  readonly order: string | null;
  readonly customer: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly refundedMinor: number;
}

/** One operation that was carried out, in the order in which it was. */
export interface Operation {
  readonly id: string;
  readonly type: 'charge' | 'refund' | 'payout';
  readonly amountMinor: number;
  readonly currency: string;
  /** The customer, the refunded payment or the payee. */
  readonly party: string;
  readonly note: string | null;
}

/** The sandbox refuses the operation; nothing was written. */
export class SandboxError extends Error {
  readonly code: 'no_such_payment' | 'wrong_currency' | 'exceeds_payment' | 'exceeds_balance' | 'record_failed';
  constructor(code: SandboxError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SandboxError';
    this.code = code;
  }
}

const SEED: readonly Payment[] = [
  payment('pay_1001', '#4471', 'ana@shop.example', 'USD', 12_900),
  payment('pay_1002', '#4472', 'ben@shop.example', 'USD', 249_900),
  payment('pay_1003', '#4473', 'chloe@shop.example', 'EUR', 8_450),
  payment('pay_1004', '#4480', 'dmitri@shop.example', 'EUR', 61_000),
  payment('pay_1005', '#4481', 'ana@shop.example', 'USD', 3_500),
];

function payment(id: string, order: string, customer: string, currency: string, amountMinor: number): Payment {
  return { id, order, customer, currency, amountMinor, refundedMinor: 0 };
}

/** Keeps what was done, outside the process too if there is somewhere; throws if that fails. */
export type Recorder = (operation: Operation) => void;

/** Balance, payments and operations of one process. Ids count up from a fixed number, so that runs can be compared. */
export class Ledger {
  readonly #payments = new Map(SEED.map((seeded) => [seeded.id, seeded]));
  readonly #operations: Operation[] = [];
  readonly #balance = new Map([
    ['USD', 5_000_000],
    ['EUR', 2_500_000],
  ]);
  readonly #record: Recorder;

  constructor(record: Recorder) {
    this.#record = record;
  }

  get payments(): readonly Payment[] {
    return [...this.#payments.values()];
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  get balance(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#balance);
  }

  /** Throws `SandboxError` for an id that is not in the books. */
  payment(id: string): Payment {
    const found = this.#payments.get(id);
    if (found === undefined) throw new SandboxError('no_such_payment', `there is no payment \`${id}\``);
    return found;
  }

  charge(amountMinor: number, currency: string, customer: string, order: string | null, note: string | null): Payment {
    const made: Payment = { id: this.#nextId('pay'), order, customer, currency, amountMinor, refundedMinor: 0 };
    this.#append({ id: made.id, type: 'charge', amountMinor, currency, party: customer, note }, amountMinor);
    this.#payments.set(made.id, made);
    return made;
  }

  /** Gives back a part of a payment, or all that is left of it. Throws `SandboxError`. */
  refund(id: string, amountMinor: number | undefined, currency: string | undefined, note: string | null): Operation {
    const paid = this.payment(id);
    const left = paid.amountMinor - paid.refundedMinor;
    const amount = amountMinor ?? left;
    if (currency !== undefined && currency !== paid.currency) {
      throw new SandboxError('wrong_currency', `payment \`${id}\` is in ${paid.currency}, not in \`${currency}\``);
    }
    if (amount > left || left === 0) {
      throw new SandboxError('exceeds_payment', `${left} ${paid.currency} minor units are left of payment \`${id}\``);
    }
    const done = this.#append(
      { id: this.#nextId('re'), type: 'refund', amountMinor: amount, currency: paid.currency, party: id, note },
      -amount,
    );
    this.#payments.set(id, { ...paid, refundedMinor: paid.refundedMinor + amount });
    return done;
  }

  /** Pays out of the balance. Throws `SandboxError` when it does not suffice. */
  payout(amountMinor: number, currency: string, recipient: string, note: string | null): Operation {
    const available = this.#balance.get(currency) ?? 0;
    if (amountMinor > available) {
      throw new SandboxError('exceeds_balance', `the balance holds ${available} ${currency} minor units`);
    }
    return this.#append(
      { id: this.#nextId('po'), type: 'payout', amountMinor, currency, party: recipient, note },
      -amountMinor,
    );
  }

  #nextId(prefix: string): string {
    return `${prefix}_${2001 + this.#operations.length}`;
  }

  /** The outside record comes first: what cannot be recorded does not happen. */
  #append(operation: Operation, changeMinor: number): Operation {
    this.#record(operation);
    this.#operations.push(operation);
    this.#balance.set(operation.currency, (this.#balance.get(operation.currency) ?? 0) + changeMinor);
    return operation;
  }
}
