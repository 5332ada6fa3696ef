/** Which policies were in force, and who changed them. */
import { actorOf } from './actor.ts';
import { countAt, type Fields, listAt, textAt } from './fields.ts';
import { Listing, Tally } from './tally.ts';
import type { ConfigSignature, PoliciesPart, PolicyEdit, PolicyVersion } from './value-people.ts';

const MOST_EDITS = 100;
const UNKNOWN = '~unknown';

export class Policies {
  readonly #versions = new Tally((key: { policy: string; hash: string }): PolicyVersion => ({
    ...key,
    first: '',
    last: '',
    inForce: 0,
    calls: 0,
  }));
  readonly #edits = new Listing<PolicyEdit>(MOST_EDITS);
  readonly #signatures = new Listing<ConfigSignature>(MOST_EDITS);
  #reloads = 0;
  #refusedConfigs = 0;
  #refusedPolicies = 0;

  /** Takes a record that lies in the period. */
  take(kind: string, own: Fields, time: string): void {
    switch (kind) {
      case 'session_opened': {
        this.#inForce(own, time);
        return;
      }
      case 'intent':
      case 'decision': {
        this.#decided(own, time);
        return;
      }
      case 'policy_edited': {
        this.#edits.add(editOf(own, time));
        return;
      }
      case 'config_signed': {
        this.#signatures.add(signatureOf(own, time));
        return;
      }
      case 'config_reloaded':
        this.#reloads += 1;
        {
          this.#inForce(own, time);
          return;
        }
      case 'config_refused':
        this.#refusedConfigs += 1;
        return;
      case 'policy_refused':
        this.#refusedPolicies += 1;
    }
  }

  value(): PoliciesPart {
    return {
      versions: this.#versions.value(
        (row) => ({ ...row }),
        (row) => row.calls + row.inForce,
      ),
      edits: this.#edits.value(),
      signatures: this.#signatures.value(),
      reloads: this.#reloads,
      refusedConfigs: this.#refusedConfigs,
      refusedPolicies: this.#refusedPolicies,
    };
  }

  #inForce(own: Fields, time: string): void {
    for (const policy of listAt(own, 'policies'))
      this.#seen(textAt(policy, 'name'), textAt(policy, 'hash'), time, 'inForce');
  }

  /** Without sessions that say it, the calls show which version decided. */
  #decided(own: Fields, time: string): void {
    this.#seen(textAt(own, 'policy'), textAt(own, 'policyHash'), time, 'calls');
  }

  #seen(policy: string | null, hash: string | null, time: string, as: 'inForce' | 'calls'): void {
    if (policy === null || hash === null) return;
    const version = this.#versions.at({ policy, hash });
    version[as] += 1;
    if (version.first === '' || time < version.first) version.first = time;
    if (time > version.last) version.last = time;
  }
}

function editOf(own: Fields, time: string): PolicyEdit {
  return {
    ...{ time, actor: actorOf(own), policy: textAt(own, 'policy') ?? UNKNOWN },
    hash: textAt(own, 'policyHash') ?? UNKNOWN,
    replaced: textAt(own, 'replacedHash') ?? UNKNOWN,
    changes: countAt(own, 'changes'),
    looser: countAt(own, 'looser'),
  };
}

function signatureOf(own: Fields, time: string): ConfigSignature {
  const [part, hash] = [textAt(own, 'part') ?? UNKNOWN, textAt(own, 'partHash') ?? UNKNOWN];
  return { time, actor: actorOf(own), part, hash, inForce: own['inForce'] === true };
}
