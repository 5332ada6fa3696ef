/** The environment of a session, once it is known who comes. */
import type { Environment } from '../compose.ts';
import { say } from '../report.ts';
import { HELLO_MS, OPEN_MS, readHelloLine, tellGrant } from './hello.ts';

/** In guarded mode the token comes over the connection, and never from the gateway's own environment. */
export class Greeted {
  readonly #leave: () => void;
  #timer: NodeJS.Timeout | undefined;
  #env: Environment = process.env;
  readonly #isGuarded: boolean;
  #isExpected: boolean;

  /** `leave` is called for a connection that does not greet. */
  constructor(isExpected: boolean, leave: () => void) {
    this.#isExpected = isExpected;
    this.#isGuarded = isExpected;
    this.#leave = leave;
    if (isExpected) this.#timer = setTimeout(() => this.#refuse('a connection said nothing and was ended'), HELLO_MS);
  }

  /** True until the greeting has come. */
  get isExpected(): boolean {
    return this.#isExpected;
  }

  get env(): Environment {
    return this.#env;
  }

  take(line: Buffer): void {
    const hello = readHelloLine(line);
    if (hello === null) {
      this.#refuse('a connection began with something else than a greeting and was ended');
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refuse('a connection opened no session and was ended'), OPEN_MS);
    this.#isExpected = false;
    this.#env = { ...process.env, COUNTERSIGN_TOKEN: hello.token, COUNTERSIGN_TOKEN_FILE: undefined };
  }

  /** A session was opened: it stays for as long as its client does. */
  opened(grant: string): void {
    clearTimeout(this.#timer);
    if (this.#isGuarded) tellGrant(grant);
  }

  #refuse(why: string): void {
    clearTimeout(this.#timer);
    say(why);
    this.#leave();
  }
}
