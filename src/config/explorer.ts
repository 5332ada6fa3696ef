/**
 * cosmiconfig, kept from the working directory. Its constructor searches the working directory for its own settings and
 * executes `.config/config.js` there, whatever it is told; so it is constructed in a directory that has none, and does
 * nothing but read one named file with our loaders.
 */
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import type { PublicExplorer, cosmiconfig } from 'cosmiconfig';
import { ConfigError, systemCode } from './error.ts';
import { CONFIG_NAMES } from './find.ts';

let explorer: PublicExplorer | null = null;

/** The text of a file. Throws `ConfigError`. */
export async function readConfigText(file: string): Promise<string> {
  const { construct } = await import('./constructor.ts');
  explorer ??= constructApart(construct);
  try {
    const result = await explorer.load(file);
    const config: unknown = result?.config;
    // An empty file never reaches a loader.
    return config instanceof Text ? config.text : '';
  } catch (cause) {
    throw new ConfigError('unreadable', `cannot read the configuration \`${file}\`: ${systemCode(cause)}`, { cause });
  }
}

/** Not a plain object: what a file says must not become an instruction, such as `$import`, to the library. */
class Text {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const keepText = (_file: string, text: string): Text => new Text(text);

function refuse(file: string): never {
  throw new ConfigError('unreadable', `\`${file}\` is a program, and a configuration is none`);
}

function constructApart(construct: typeof cosmiconfig): PublicExplorer {
  return inDirectoryWithout(['.config', 'package.json', 'package.yaml'], () =>
    construct('countersign', {
      searchPlaces: [...CONFIG_NAMES],
      searchStrategy: 'none',
      cache: false,
      loaders: {
        '.json': keepText,
        '.jsonc': keepText,
        '.yaml': keepText,
        '.yml': keepText,
        '.js': refuse,
        '.cjs': refuse,
        '.mjs': refuse,
        '.ts': refuse,
        noExt: refuse,
      },
    }),
  );
}

/** Runs `step`, which is synchronous so that nobody else sees it, in a directory that has none of `names`. */
function inDirectoryWithout<T>(names: readonly string[], step: () => T): T {
  const { root } = parse(process.execPath);
  if (!names.some((name) => existsSync(join(root, name)))) return inDirectory(root, step);
  const empty = mkdtempSync(join(tmpdir(), 'countersign-'));
  try {
    return inDirectory(empty, step);
  } finally {
    rmdirSync(empty);
  }
}

function inDirectory<T>(directory: string, step: () => T): T {
  const before = workingDirectory();
  process.chdir(directory);
  try {
    return step();
  } finally {
    if (before !== null) process.chdir(before);
  }
}

/** Null if it was removed under us; there is no way back to it then. */
function workingDirectory(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}
