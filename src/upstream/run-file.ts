/**
 * What a gateway notes of its servers in the home, so that others can tell: which processes are its own, for the start
 * after it was killed, and how its servers do, for `upstream list`. No secrets; who can read it can read the log as well.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UpstreamState } from './port.ts';

/** A process, told apart from another that got its number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Empty where the platform does not tell. */
  readonly start: string;
}

/** The gateway that wrote the file. */
export interface RunOwner extends ProcessIdentity {
  /** The machine, until its next start. */
  readonly host: string;
}

/** How one server does. */
export interface ServerNote {
  readonly name: string;
  readonly state: UpstreamState['is'];
  readonly tools: number;
  readonly restarts: number;
  /** When it entered the state, as an ISO date. */
  readonly since: string;
  /** Why it last failed, if it did. */
  readonly lastError: string | null;
}

export interface Run {
  readonly owner: RunOwner;
  /** What the environment of each of its processes holds. */
  readonly mark: string;
  readonly processes: readonly ProcessIdentity[];
  readonly servers: readonly ServerNote[];
}

/** Files of more gateways than that are not looked at. */
const MAX_FILES = 256;
const MAX_BYTES = 256 * 1024;

/** Writes the file whole. Throws what the file system throws. */
export function writeRun(directory: string, id: string, run: Run): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, `${id}.json`);
  writeFileSync(`${file}.new`, JSON.stringify(run), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeRun(directory: string, id: string): void {
  rmSync(join(directory, `${id}.json`), { force: true });
}

/** Every run that is noted and can be read, by its id. */
export function readRuns(directory: string): ReadonlyMap<string, Run> {
  const runs = new Map<string, Run>();
  for (const file of filesIn(directory)) {
    const run = readRun(join(directory, file));
    if (run !== null) runs.set(file.slice(0, -'.json'.length), run);
  }
  return runs;
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .slice(0, MAX_FILES);
  } catch {
    return [];
  }
}

function readRun(path: string): Run | null {
  try {
    const text = readFileSync(path, 'utf8');
    const value: unknown = text.length > MAX_BYTES ? null : JSON.parse(text);
    return isRun(value) ? value : null;
  } catch {
    return null;
  }
}

function isRun(value: unknown): value is Run {
  if (!isRecord(value) || !isRecord(value['owner'])) return false;
  const { owner, mark, processes, servers } = value;
  return (
    isProcess(owner) &&
    typeof owner['host'] === 'string' &&
    typeof mark === 'string' &&
    mark.length >= 32 &&
    Array.isArray(processes) &&
    processes.every(isProcess) &&
    Array.isArray(servers) &&
    servers.every(isNote)
  );
}

function isProcess(value: unknown): boolean {
  return isRecord(value) && Number.isSafeInteger(value['pid']) && Number(value['pid']) > 1 && isText(value['start']);
}

function isNote(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { name, state, tools, restarts, since, lastError } = value;
  const texts = [name, state, since].every(isText) && (lastError === null || isText(lastError));
  return texts && Number.isSafeInteger(tools) && Number.isSafeInteger(restarts);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
