/**
 * The keys of the log that outlive a process. One names the installation and is kept. The other signs for the admin
 * stream and is replaced by its successor at every checkpoint, so that whoever takes the files later can sign nothing
 * that was written before. Segments have keys of their own, which never leave their process.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { AuditError } from './events.ts';
import { SEED_BYTES, SigningKey } from './signing.ts';

const INSTALL = 'audit.key';
const STREAM = 'audit-stream.key';
const NEXT = 'audit-stream.next';

/** The keys in one directory. Everything throws `AuditError` `unwritable` where a key cannot be read or kept. */
export class AuditKeys {
  readonly #directory: string;
  #install: SigningKey | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The installation's key, made once. */
  install(): SigningKey {
    this.#install ??= this.#told(() => this.#read(INSTALL) ?? this.#make());
    return this.#install;
  }

  /** The stream's key, and the one that was prepared to follow it, where a crash left both. */
  stream(): { readonly current: SigningKey | undefined; readonly next: SigningKey | undefined } {
    return this.#told(() => ({ current: this.#read(STREAM), next: this.#read(NEXT) }));
  }

  /** The public keys that are there, base64. Makes none. */
  publicKeys(): { readonly authority?: string; readonly next: readonly string[] } {
    return this.#told(() => {
      const authority = this.#read(INSTALL)?.publicKey;
      const next = [this.#read(STREAM), this.#read(NEXT)].flatMap((key) => (key === undefined ? [] : [key.publicKey]));
      return { ...(authority === undefined ? {} : { authority }), next };
    });
  }

  /** Keeps the key that the next checkpoint will name, before it is named. */
  prepare(next: SigningKey): void {
    this.#told(() => {
      fs.rmSync(this.#path(NEXT), { force: true });
      this.#write(NEXT, next.seedText());
    });
  }

  /** The prepared key is the stream's from now on; the one before is wiped. */
  promote(): void {
    this.#told(() => {
      this.#wipe(STREAM);
      fs.renameSync(this.#path(NEXT), this.#path(STREAM));
      this.#syncDirectory();
    });
  }

  /** Forgets a prepared key that was never named. */
  discard(): void {
    this.#told(() => {
      this.#wipe(NEXT);
      fs.rmSync(this.#path(NEXT), { force: true });
    });
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #read(name: string): SigningKey | undefined {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    const seed = Buffer.from(text.trim(), 'base64');
    // What a crash left half written, or wiped and not yet replaced, is no key.
    return seed.length === SEED_BYTES && seed.some((byte) => byte !== 0) ? new SigningKey(seed) : undefined;
  }

  #text(name: string): string | undefined {
    try {
      return fs.readFileSync(this.#path(name), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Whoever links the name first has made the key; a name is never there without its content. */
  #make(): SigningKey {
    const draft = `${INSTALL}.${process.pid}`;
    fs.rmSync(this.#path(draft), { force: true });
    this.#write(draft, SigningKey.generate().seedText());
    try {
      fs.linkSync(this.#path(draft), this.#path(INSTALL));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    } finally {
      fs.unlinkSync(this.#path(draft));
    }
    this.#syncDirectory();
    const made = this.#read(INSTALL);
    if (made === undefined) throw new Error(`\`${this.#path(INSTALL)}\` holds no key; put the one of this home back`);
    return made;
  }

  #write(name: string, text: string): void {
    const fd = fs.openSync(this.#path(name), 'wx', 0o600);
    try {
      fs.writeSync(fd, `${text}\n`);
      fs.fdatasyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  #wipe(name: string): void {
    if (!fs.existsSync(this.#path(name))) return;
    const fd = fs.openSync(this.#path(name), 'r+');
    try {
      fs.writeSync(fd, Buffer.alloc(fs.fstatSync(fd).size));
      fs.fdatasyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  #syncDirectory(): void {
    const fd = fs.openSync(this.#directory, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  #told<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new AuditError('unwritable', `the keys of the audit log cannot be kept: ${detail}`, { cause: error });
    }
  }
}
