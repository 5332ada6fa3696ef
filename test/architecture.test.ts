import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

// Imports run downwards. Folders of one row do not know each other.
const ROWS = [
  ['core'],
  ['wire', 'audit', 'state', 'secrets', 'config', 'catalogue', 'sandbox'],
  ['upstream', 'approvals', 'clients'],
  ['gateway', 'tui'],
  ['cli'],
];

interface Import {
  readonly from: string;
  readonly to: string;
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function importsOf(file: string): Import[] {
  const specifiers = readFileSync(file, 'utf8').matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\()\s*'([^']+)'/g);
  return [...specifiers].map(([, to = '']) => ({
    from: relative(SRC, file),
    to: to.startsWith('.') ? relative(SRC, join(dirname(file), to)) : to,
  }));
}

function rowOf(path: string): number {
  const [folder = ''] = path.split('/');
  return ROWS.findIndex((row) => row.includes(folder));
}

const imports = filesUnder(SRC).flatMap(importsOf);
const inside = imports.filter(({ to }) => to.endsWith('.ts'));
const folderOf = (path: string): string => path.split('/')[0]!;

describe('the plan of the house', () => {
  it('has a row for every folder', () => {
    for (const folder of readdirSync(SRC)) expect(ROWS.flat(), folder).toContain(folder);
  });

  it('lets imports run downwards only', () => {
    const upwards = inside.filter(({ from, to }) => folderOf(from) !== folderOf(to) && rowOf(to) >= rowOf(from));
    expect(upwards).toEqual([]);
  });

  it('keeps core free of everything outside itself', () => {
    expect(imports.filter(({ from, to }) => folderOf(from) === 'core' && folderOf(to) !== 'core')).toEqual([]);
  });

  it('keeps time, randomness and the process out of core', () => {
    for (const file of filesUnder(join(SRC, 'core')))
      expect(readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''), file).not.toMatch(
        /Date\.now|new Date\(\)|Math\.random|\bprocess\.|\bglobalThis\b|\bperformance\b|\bcrypto\b/,
      );
  });

  it('never lets a file import the door of its own folder', () => {
    expect(inside.filter(({ from, to }) => to === `${folderOf(from)}/index.ts` && from !== to)).toEqual([]);
  });

  it('names Redis and PostgreSQL only where the command line chooses the drivers', () => {
    const drivers = imports.filter(({ to }) => /^(@redis|redis|pg|postgres)/.test(to));
    expect(drivers.filter(({ from }) => from !== 'cli/compose.ts' && !/^state\/(redis|postgres)/.test(from))).toEqual(
      [],
    );
  });

  it('loads the native store and the keyring from their own folders only', () => {
    const native = imports.filter(({ to }) => to === '@photostructure/sqlite' || to === '@napi-rs/keyring');
    for (const { from } of native) expect(['state', 'secrets']).toContain(folderOf(from));
  });
});
