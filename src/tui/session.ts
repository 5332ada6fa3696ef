/** Runs the model: what happens goes in, what it shows is drawn, what it wants goes to the desk. */
import type { ApproverDesk, Outcome } from './port.ts';
import { initialModel, update } from './model.ts';
import type { Errand, Model, ModelEvent, ModelOptions } from './state.ts';
import type { Surface } from './run.ts';
import { render } from './view.ts';

export interface SessionOptions extends ModelOptions {
  readonly color: boolean;
  readonly bell: boolean;
  /** Milliseconds of this machine; the desk's clock decides about expiry. */
  readonly clock: () => number;
}

export class Session {
  readonly #desk: ApproverDesk;
  readonly #surface: Surface;
  readonly #options: SessionOptions;
  readonly #ended: () => void;
  #model: Model;
  /** The operator chose to give it once. Held until he leaves or locks. */
  #passphrase: string | null = null;

  constructor(desk: ApproverDesk, surface: Surface, options: SessionOptions, ended: () => void) {
    this.#desk = desk;
    this.#surface = surface;
    this.#options = options;
    this.#ended = ended;
    this.#model = initialModel(options, surface.columns, surface.rows, options.clock());
  }

  /** Whatever happens next. Keys and clicks mean what was on the screen when they came. */
  happen(event: ModelEvent): void {
    const before = this.#model;
    if (before.isDone) return;
    const ticked = update(before, { is: 'tick', localMs: this.#options.clock() });
    this.#model = event.is === 'tick' ? ticked : update(ticked, event);
    if (!this.#model.isUnlocked) this.#passphrase = null;
    this.draw();
    if (this.#options.bell && this.#model.arrivals > before.arrivals) this.#surface.bell();
    const { errand } = this.#model;
    if (errand !== null && errand !== before.errand) void this.#run(errand);
    if (this.#model.isDone) this.#ended();
  }

  draw(): void {
    const { columns, rows } = this.#surface;
    this.#surface.draw(render(this.#model, { columns, rows, color: this.#options.color }));
  }

  async #run(errand: Errand): Promise<void> {
    const { ok, words } = await this.#outcome(errand);
    if (ok && this.#options.passphrase === 'once') this.#passphrase = errand.passphrase ?? this.#passphrase;
    const kept = this.#passphrase;
    this.#model = update(this.#model, { is: 'outcome', serial: errand.serial, ok, words });
    this.#passphrase = this.#model.isUnlocked ? kept : null;
    this.draw();
  }

  async #outcome(errand: Errand): Promise<Outcome> {
    try {
      const passphrase = errand.passphrase ?? this.#passphrase;
      if (errand.is === 'freeze') return await this.#desk.freeze(passphrase);
      return await this.#desk[errand.is](errand.id, errand.hash, passphrase);
    } catch (error) {
      return { ok: false, words: error instanceof Error ? error.message : 'it failed, and nobody said why' };
    }
  }
}
