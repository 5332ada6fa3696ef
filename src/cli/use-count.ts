/** How often and when a token was last used, told to the store now and then: it is for people, and holds up no call. */
import type { TokenStore } from '../state/index.ts';

const TELL_EVERY_MS = 2_000;

export class UseCount {
  readonly #tokens: Pick<TokenStore, 'touch'>;
  readonly #tokenHash: string;
  readonly #warn: (sentence: string) => void;
  #untold = 0;
  #lastMs = Date.now();
  readonly #timer: NodeJS.Timeout;

  /** Opening a session is a use of the token, and no call. */
  constructor(tokens: Pick<TokenStore, 'touch'>, tokenHash: string, warn: (sentence: string) => void) {
    this.#tokens = tokens;
    this.#tokenHash = tokenHash;
    this.#warn = warn;
    this.#timer = setInterval(() => void this.#tell(), TELL_EVERY_MS);
    this.#timer.unref();
    void this.#touch(0);
  }

  /** Notes a call. */
  used(): void {
    this.#untold += 1;
    this.#lastMs = Date.now();
  }

  /** Tells the rest. Never rejects. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#tell();
  }

  async #tell(): Promise<void> {
    const uses = this.#untold;
    if (uses === 0) return;
    this.#untold = 0;
    await this.#touch(uses);
  }

  async #touch(uses: number): Promise<void> {
    try {
      await this.#tokens.touch(this.#tokenHash, this.#lastMs, uses);
    } catch (error) {
      this.#untold += uses;
      if (uses === 0)
        this.#warn(
          `the use of the token could not be noted: ${error instanceof Error ? error.message : 'unknown error'}`,
        );
    }
  }
}
