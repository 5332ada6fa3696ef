/** What is counted of the calls of one grant, of all grants, and of one day. */
import { type Fate, type Flow, MoneySums, type Told } from './money.ts';
import type { CallCounts, GrantRow, SilentMoney } from './value-calls.ts';

/** How an allowed call ended. */
export type Ending = 'ok' | 'failed' | 'inDoubt';

const FATE_OF: Readonly<Record<Ending, Fate>> = { ok: 'moved', failed: 'failed', inDoubt: 'inDoubt' };

/** What a call has to do with money; null if none moves. */
export type MoneyOf = { readonly flow: Flow; readonly told: Told } | null;

export class GrantSums {
  readonly grant: string;
  readonly calls: CallCounts = { allowed: 0, denied: 0, waiting: 0, ok: 0, failed: 0, inDoubt: 0, open: 0 };
  readonly silent: SilentMoney = { unrevealed: 0, unrevealedRefused: 0, untold: 0, untoldRefused: 0, unclassified: 0 };
  readonly money = new MoneySums();

  constructor(grant: string) {
    this.grant = grant;
  }

  allow(money: MoneyOf): void {
    this.calls.allowed += 1;
    this.calls.open += 1;
    this.#addMoney(money, 'open');
  }

  /** A call that only waits for a person is not refused: it may be allowed later, and its amount counts then. */
  deny(money: MoneyOf, isWaiting: boolean): void {
    this.calls.denied += 1;
    if (isWaiting) this.calls.waiting += 1;
    else this.#addMoney(money, 'refused');
  }

  /** An allowed call has ended. */
  end(money: MoneyOf, ending: Ending): void {
    this.calls.open -= 1;
    this.calls[ending] += 1;
    if (money?.told.is === 'amount') this.money.settle(money.flow, money.told.money, FATE_OF[ending]);
  }

  row(): GrantRow {
    return { grant: this.grant, calls: { ...this.calls }, money: this.money.rows(), silent: { ...this.silent } };
  }

  #addMoney(money: MoneyOf, fate: 'open' | 'refused'): void {
    if (money === null) return;
    if (money.told.is === 'amount') {
      this.money.add(money.flow, money.told.money, fate);
      return;
    }
    if (money.flow === 'unclassified') this.silent.unclassified += 1;
    else this.silent[fate === 'refused' ? (`${money.told.is}Refused` as const) : money.told.is] += 1;
  }
}
