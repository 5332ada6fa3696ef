/**
 * The configuration of a running gateway. Every call asks for it, and it is read again when one of its files has changed:
 * policies, grants and what the log reveals as they are now, and the rest as it was at the start. An edit that cannot be used changes nothing.
 */
import { createHash } from 'node:crypto';
import { type BigIntStats, readFileSync, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { AdminEvent } from '../audit/events.ts';
import type { Fault } from '../config/fault.ts';
import type { LoadedConfig } from '../config/types.ts';
import type { PolicyName } from '../core/ids.ts';
import { policyVersion } from '../gateway/policy-version.ts';

export interface LiveConfigParts {
  /** Reads the configuration from its files. Throws `ConfigError`, or whatever keeps the home from being used. */
  readonly load: () => Promise<LoadedConfig>;
  /** Writes an admin record. */
  readonly record: (event: AdminEvent) => Promise<void>;
  /** Tells the operator: a sentence, and lines of somebody else's words below it. */
  readonly tell: (sentence: string, lines: readonly string[]) => void;
  readonly lineOf: (fault: Fault) => string;
}

/** A file that changed so lately may change again without its times showing it. */
const SETTLED_MS = 50;

export class LiveConfig {
  readonly #parts: LiveConfigParts;
  #config: LoadedConfig;
  /** The files as they were before they were read; empty makes the next look read them again. */
  #seen: string;
  #told = '';
  /** True for the rest of a turn in which the files were as they are known. */
  #looked = false;
  #reading: Promise<void> | undefined;

  /** `config` was read from its files just now. */
  constructor(config: LoadedConfig, parts: LiveConfigParts) {
    this.#config = config;
    this.#parts = parts;
    this.#seen = settled(fingerprint(config.files));
  }

  /** The configuration as it was last read. */
  get last(): LoadedConfig {
    return this.#config;
  }

  /** The configuration in force at this instant. Never rejects. The same object for as long as it does not change. */
  async current(): Promise<LoadedConfig> {
    // A reading that is under way may have begun before the edit that this caller is to see.
    await this.#reading;
    if (this.#isChanged()) {
      this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
      await this.#reading;
    }
    return this.#config;
  }

  /** Calls that came in one turn of the event loop came at one instant: the files are looked at once for all of them. */
  #isChanged(): boolean {
    if (this.#looked) return false;
    if (fingerprint(this.#config.files).text !== this.#seen) return true;
    this.#looked = true;
    setImmediate(() => (this.#looked = false));
    return false;
  }

  async #read(): Promise<void> {
    const before = fingerprint(this.#config.files);
    try {
      const read = await this.#parts.load();
      // Files that it did not name before are looked at from now on.
      const now = sameFiles(read, this.#config) ? before : fingerprint(read.files);
      await this.#take(read);
      this.#seen = settled(now);
    } catch (error) {
      await this.#refuse(error, before.text);
      this.#seen = settled(before);
    }
  }

  async #take(read: LoadedConfig): Promise<void> {
    const last = this.#config;
    const { upstreams, state, telemetry, approvals, audit } = last;
    const kept = await this.#keepGood(read, last);
    const next = {
      ...read,
      ...kept,
      ...{ upstreams, state, telemetry, approvals: { ...read.approvals, notify: approvals.notify } },
      audit: { ...audit, reveal: read.audit.reveal },
    };
    const waiting = LATER.filter((part) => !isDeepStrictEqual(later(read, part), later(last, part))).map(
      (part) => `\`${part}\``,
    );
    const changed = !isDeepStrictEqual(inForce(next), inForce(last));
    this.#config = changed ? next : { ...last, files: read.files };
    if (waiting.length > 0)
      this.#tellOnce(
        `${waiting.join(', ')} of the configuration changed; a gateway takes that up when it starts again`,
      );
    if (!changed) return;
    this.#parts.tell(`the configuration \`${read.file}\` was read again, and is in force`, []);
    const policies = [...next.policies.values()].map(policyVersion);
    const { reveal: revealed } = next.audit;
    await this.#record({ kind: 'config_reloaded', digest: digestOf(read.files), policies, revealed });
  }

  /** A policy that was good and is broken now stays what it was; the operator hears why. */
  async #keepGood(read: LoadedConfig, last: LoadedConfig): Promise<Pick<LoadedConfig, 'policies' | 'brokenPolicies'>> {
    const policies = new Map(read.policies);
    const brokenPolicies = new Map(read.brokenPolicies);
    for (const [name, faults] of read.brokenPolicies) {
      const good = last.policies.get(name);
      if (good?.state !== 'loaded') continue;
      policies.set(name, good);
      brokenPolicies.delete(name);
      await this.#refusePolicy(name, faults);
    }
    return { policies, brokenPolicies };
  }

  async #refusePolicy(policy: PolicyName, faults: readonly Fault[]): Promise<void> {
    const lines = faults.map((fault) => this.#parts.lineOf(fault));
    const sentence = `the edit of policy \`${policy}\` does not load; the version before it stays in force`;
    if (this.#tellOnce(sentence, lines)) await this.#record({ kind: 'policy_refused', policy, faults: faults.length });
  }

  async #refuse(error: unknown, files: string): Promise<void> {
    const [first = 'unknown error', ...lines] = (error instanceof Error ? error.message : String(error)).split('\n');
    const sentence = `the edit of the configuration cannot be used, and what was in force before it stays: ${first}`;
    if (!this.#tellOnce(sentence, lines, files)) return;
    const faults = error instanceof Error && 'faults' in error && Array.isArray(error.faults) ? error.faults.length : 1;
    await this.#record({ kind: 'config_refused', faults: Math.max(1, faults) });
  }

  /** False if the very same was said last. */
  #tellOnce(sentence: string, lines: readonly string[] = [], files = ''): boolean {
    const said = [sentence, ...lines, files].join('\n');
    if (said === this.#told) return false;
    this.#told = said;
    this.#parts.tell(sentence, lines);
    return true;
  }

  /** A log that cannot be written refuses every call by itself. */
  async #record(event: AdminEvent): Promise<void> {
    try {
      await this.#parts.record(event);
    } catch (error) {
      this.#parts.tell(
        `a change of the configuration could not be recorded: ${error instanceof Error ? error.message : 'unknown error'}`,
        [],
      );
    }
  }
}

/** What an edit does not change in a running gateway. */
const LATER = ['upstreams', 'state', 'audit', 'telemetry'] as const;

/** What of a part an edit does not change. */
function later(config: LoadedConfig, part: (typeof LATER)[number]): unknown {
  return part === 'audit' ? { ...config.audit, reveal: [] } : config[part];
}

/** Everything that decides calls, or what is recorded of them. Compiled patterns are compared by what they were compiled from, the hash of their policy. */
function inForce({ grants, policies, approvals, audit, brokenPolicies }: LoadedConfig): unknown {
  const versions = [...policies].map(([name, one]) => [name, one.state === 'loaded' ? one.policy.hash : one.why]);
  return { grants, approvals, versions, revealed: audit.reveal, broken: [...brokenPolicies.keys()] };
}

function sameFiles(a: LoadedConfig, b: LoadedConfig): boolean {
  return isDeepStrictEqual(a.files, b.files);
}

interface Fingerprint {
  readonly text: string;
  readonly newestMs: number;
}

/** Cheap enough for every call: what the file system says of each file. */
function fingerprint(files: readonly string[]): Fingerprint {
  let newestMs = 0;
  const parts = files.map((file) => {
    const stats = statOf(file);
    if (stats === undefined) return 'none';
    newestMs = Math.max(newestMs, Number(stats.ctimeMs), Number(stats.mtimeMs));
    return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
  });
  return { text: parts.join(' '), newestMs };
}

function statOf(file: string): BigIntStats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false, bigint: true });
  } catch {
    return undefined;
  }
}

/** The text, or one that no files have, if they may have been changed again since. */
function settled({ text, newestMs }: Fingerprint): string {
  return Math.abs(Date.now() - newestMs) < SETTLED_MS ? '' : text;
}

/** SHA-256 over the contents of the files, in their order; a file that is gone counts as empty. */
function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(contentsOf(file)).update('\0');
  return hash.digest('hex');
}

function contentsOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
