/** What an approver wants to know beside the queue: how much is left, and who may call at all. */
import type { LoadedConfig } from '../../config/types.ts';
import type { GrantLine, QuotaLine, Snapshot } from '../../tui/index.ts';
import type { Installation } from '../compose.ts';
import { grantStateOf } from '../grant-state.ts';
import { type QuotaRow, rowsOf } from '../quota/rows.ts';

type Parts = Pick<Snapshot, 'quotas' | 'grants'>;

/** They change with every call, and nobody reads faster. */
const EVERY_MS = 1_000;

export class Surroundings {
  readonly #installation: Installation;
  #parts: Parts = { quotas: [], grants: [] };
  #readMs = -Infinity;

  constructor(installation: Installation) {
    this.#installation = installation;
  }

  /** As they were a second ago at the most. Throws `StateError`, `ConfigError`. */
  async now(): Promise<Parts> {
    if (performance.now() - this.#readMs < EVERY_MS) return this.#parts;
    this.#readMs = performance.now();
    const config = await this.#installation.config();
    const [quotas, grants] = await Promise.all([this.#quotas(config), this.#grants(config)]);
    this.#parts = { quotas, grants };
    return this.#parts;
  }

  async #quotas(config: LoadedConfig): Promise<readonly QuotaLine[]> {
    const { quota } = await this.#installation.shared();
    const { rows } = rowsOf(config, await quota.counters(), { grant: undefined, all: false }, Date.now());
    return rows.map(lineOf);
  }

  async #grants(config: LoadedConfig): Promise<readonly GrantLine[]> {
    const { tokens, freezes } = await this.#installation.shared();
    const [records, frozen] = await Promise.all([tokens.list(), freezes.list()]);
    return [...config.grants.values()].map(({ name, expiresMs }) => {
      const own = records.filter(({ grant }) => grant === name);
      const used = own.flatMap(({ lastUsedMs }) => lastUsedMs ?? []);
      const scopes = frozen.filter(({ grant }) => grant === null || grant === name).map(({ scope }) => scope);
      return {
        grant: name,
        state: grantStateOf(own, expiresMs, Date.now()),
        lastUsedMs: used.length === 0 ? null : Math.max(...used),
        frozen: scopes.includes('all') ? 'all' : scopes.includes('money') ? 'money' : null,
      };
    });
  }
}

function lineOf({ scope, subject, rule, window, unit, used, reserved, inDoubt, cap, resetsMs }: QuotaRow): QuotaLine {
  return {
    grant: subject === '' ? scope : subject,
    rule,
    window: window.is === 'calendar' ? window.unit : 'rolling',
    unit,
    used: BigInt(used),
    reserved: BigInt(reserved),
    inDoubt: BigInt(inDoubt),
    cap: BigInt(cap),
    resetsMs,
  };
}
