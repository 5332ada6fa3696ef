/**
 * Where the configuration is. A client starts the gateway inside whatever repository is open, and that repository is not
 * trusted, so the working directory is never searched.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, extname, isAbsolute, join, resolve } from 'node:path';
import { ConfigError, systemCode } from './error.ts';
import { MAX_BYTES } from './limits.ts';

/** The names that are looked for in the home. */
export const CONFIG_NAMES = [
  'countersign.config.json',
  'countersign.config.jsonc',
  'countersign.config.yaml',
  'countersign.config.yml',
] as const;

/** The endings of files that are read; nothing that could be a program. */
export const EXTENSIONS: ReadonlySet<string> = new Set(['.json', '.jsonc', '.yaml', '.yml']);

export interface Whereabouts {
  /** The home directory, absolute. */
  readonly home: string;
  /** `--config`; relative to the working directory, because a person typed it. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The absolute path of the configuration: `--config`, then `COUNTERSIGN_CONFIG`, then the home. Throws `ConfigError`. */
export function findConfig({ home, file, env }: Whereabouts): string {
  if (file !== undefined) return checked(resolve(file));
  const named = env['COUNTERSIGN_CONFIG'] ?? '';
  if (named === '') return inHome(home);
  if (isAbsolute(named)) return checked(named);
  throw new ConfigError(
    'unreadable',
    `COUNTERSIGN_CONFIG is \`${named}\`; write an absolute path, or another directory would decide which file it is`,
  );
}

function inHome(home: string): string {
  const found = CONFIG_NAMES.map((name) => join(home, name)).filter((path) => existsSync(path));
  const [first, second] = found;
  if (first === undefined) {
    throw new ConfigError(
      'not_found',
      `there is no configuration in \`${home}\`; write \`countersign.config.json\` there, or name a file with --config`,
    );
  }
  if (second === undefined) return checked(first);
  throw new ConfigError('unreadable', `both \`${first}\` and \`${second}\` exist; keep one of them`);
}

function checked(path: string): string {
  const why = refusal(path);
  if (why !== null) throw new ConfigError('unreadable', `cannot read the configuration \`${path}\`: ${why}`);
  return path;
}

function refusal(path: string): string | null {
  if (!EXTENSIONS.has(extname(path))) return 'expected a file ending in .json, .jsonc, .yaml or .yml';
  if (basename(path, extname(path)) === 'package') return 'a package manifest is not a configuration';
  const stats = statOf(path);
  if (!stats.isFile()) return 'it is not a file';
  return stats.size > MAX_BYTES ? 'it is over 1 MiB' : null;
}

function statOf(path: string) {
  try {
    return statSync(path);
  } catch (cause) {
    const missing = ['ENOENT', 'ENOTDIR'].includes(systemCode(cause));
    if (missing) throw new ConfigError('not_found', `there is no configuration \`${path}\``, { cause });
    throw new ConfigError('unreadable', `cannot read the configuration \`${path}\`: ${systemCode(cause)}`, { cause });
  }
}
