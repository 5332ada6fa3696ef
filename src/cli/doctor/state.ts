/** The store and the audit log. */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AuditKeys, verifyLog, type VerifyReport } from '../../audit/index.ts';
import { isExposed, stateUrl } from '../../config/index.ts';
import type { LoadedConfig } from '../../config/types.ts';
import type { LocalStore, SharedStore, StoreFinding } from '../../state/index.ts';
import type { Installation } from '../compose.ts';
import { Exit } from '../report.ts';
import { counted, failed, failure, type Finding, passed, shellWord, warned, wordsOf } from './finding.ts';

export interface StoreExamined {
  readonly store: SharedStore | null;
  /** What the audit log is checked against. */
  readonly local: LocalStore | null;
  readonly findings: readonly Finding[];
}

/** Opens the store that the configuration names, and the file of this machine if there is one; it makes no file. */
export async function examineStore(installation: Installation, config: LoadedConfig | null): Promise<StoreExamined> {
  const file = join(installation.home, 'state.db');
  const isThere = existsSync(file);
  const { local, findings: own } = isThere ? await examineLocal(installation) : { local: null, findings: [] };
  const remote = config === null || config.state.is === 'sqlite' ? null : config.state;
  const others = remote === null ? [] : [...exposure(remote), ...own];
  if (!isThere && remote === null)
    return { store: null, local, findings: [passed('store', 'there is no state yet; the first grant makes it')] };
  try {
    const store = await installation.shared();
    const { about, findings } = await store.examine();
    const where = remote === null ? `state file \`${file}\` opens` : `state store \`${stateUrl(remote)}\` answers`;
    return { store, local, findings: [passed('store', `the ${where}: ${about}`), ...findings.map(setup), ...others] };
  } catch (error) {
    // What is wrong with the configuration is told where it is read.
    if (error instanceof Error && error.name === 'ConfigError') return { store: null, local, findings: [] };
    return { store: null, local, findings: [failure('store', wordsOf(error), Exit.unavailable), ...others] };
  }
}

/** The file in which this machine keeps where its log stands, whichever store the tokens are in. */
async function examineLocal(installation: Installation): Promise<Omit<StoreExamined, 'store'>> {
  try {
    return { local: await installation.local(), findings: [] };
  } catch (error) {
    return { local: null, findings: [failure('store.local', wordsOf(error), Exit.unavailable)] };
  }
}

function setup({ status, message, fix }: StoreFinding): Finding {
  return status === 'fail'
    ? failed('store.setup', message, fix, Exit.unavailable)
    : warned('store.setup', message, fix);
}

type RemoteState = Exclude<LoadedConfig['state'], { readonly is: 'sqlite' }>;

function exposure(state: RemoteState): readonly Finding[] {
  if (!isExposed(state)) return [];
  const message = `what is sent to the state store \`${stateUrl(state)}\` is not encrypted: whoever is on the way can read the password and change what is counted`;
  const fix =
    state.is === 'redis'
      ? 'write `rediss://` in `state`, and switch on TLS at the server'
      : 'take `sslmode=disable` out of `state`';
  return [warned('store.plain', message, fix)];
}

/** A longer log takes longer to verify than a person waits here. */
const VERIFIED_BYTES = 32 * 1024 * 1024;

/** Checks that the log can be written, and verifies it while it is small. */
export async function examineAudit(home: string, local: LocalStore | null): Promise<readonly Finding[]> {
  const directory = join(home, 'audit');
  if (!existsSync(directory)) return [passed('audit', 'there is no log yet; the first record makes it')];
  const unwritable = accessFinding(directory);
  if (unwritable !== null) return [unwritable];
  const bytes = sizeOf(directory);
  const writable = [passed('audit', `the audit directory \`${directory}\` can be written`), ...spaceFinding(directory)];
  if (bytes > VERIFIED_BYTES) {
    const message = `the log has ${Math.round(bytes / 1024 / 1024)} MiB, and was not verified here; ${lastVerified(directory)}`;
    return [...writable, passed('audit.verify', message, { fix: 'countersign audit verify' })];
  }
  return [...writable, await verifyFinding(home, directory, local)];
}

const SPACE_BYTES = 256 * 1024 * 1024;

/** A disk that runs full stops every call. */
function spaceFinding(directory: string): readonly Finding[] {
  const { bavail, bsize } = statfsSync(directory);
  const free = bavail * bsize;
  if (free >= SPACE_BYTES) return [];
  const message = `the disk of the audit log has ${Math.floor(free / 1024 / 1024)} MiB left; once it is full, every call is refused`;
  return [warned('audit.space', message, 'make room, or say how long files are kept: `audit.retain`')];
}

/** When somebody verified the log; such a reading is in the log itself. */
function lastVerified(directory: string): string {
  const files = readdirSync(directory).filter((name) => /^admin-.*\.jsonl$/.test(name));
  for (const name of files.sort().reverse()) {
    const line = readFileSync(join(directory, name), 'utf8')
      .split('\n')
      .findLast((one) => one.includes('"does":"verify"'));
    const [, timeMs] = /^\{"time":(\d+)/.exec(line ?? '') ?? [];
    if (timeMs !== undefined) return `it was last on ${new Date(Number(timeMs)).toISOString()}`;
  }
  return 'nobody ever did';
}

function accessFinding(directory: string): Finding | null {
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch {
    const message = `the audit directory \`${directory}\` cannot be written, so every call is refused`;
    return failed('audit', message, `chmod 700 ${shellWord(directory)}`, Exit.unavailable);
  }
}

function sizeOf(directory: string): number {
  const sizes = readdirSync(directory).map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size);
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

async function verifyFinding(home: string, directory: string, local: LocalStore | null): Promise<Finding> {
  try {
    const keys = new AuditKeys(join(home, 'keys')).publicKeys();
    const known = local === null ? { keys } : { heads: local.heads, segments: local.segments, keys };
    return reportFinding(await verifyLog({ directory, ...known }));
  } catch (error) {
    return failure('audit.verify', wordsOf(error), Exit.unavailable);
  }
}

function reportFinding({ ok, records, files, faults, omitted }: VerifyReport): Finding {
  if (ok && records === 0) return passed('audit.verify', 'the log has no record yet');
  const extent = `${counted(records, 'record')} in ${counted(files, 'file')}`;
  if (ok) return passed('audit.verify', `the log is whole: ${extent}`);
  const [first] = faults;
  const place =
    first === undefined ? '' : `: ${first.file}${first.line === 0 ? '' : `:${first.line}`}: ${first.message}`;
  const message = `the log is not whole, ${counted(faults.length + omitted, 'fault')} in ${extent}${place}`;
  return failed('audit.verify', message, 'countersign audit verify');
}
