import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Output {
  readonly entryPoint?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
}

const DIST = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist');
const { outputs } = JSON.parse(readFileSync(join(DIST, 'meta.json'), 'utf8')) as { outputs: Record<string, Output> };
const withBlessed = Object.keys(outputs).filter((file) =>
  Object.keys(outputs[file]!.inputs).some((input) => input.includes('node_modules/blessed/')),
);

describe('the bundled screen', () => {
  it('has blessed in one chunk, which is loaded only when a screen is shown', () => {
    expect(withBlessed).toHaveLength(1);
    expect(outputs[withBlessed[0]!]?.entryPoint).toBe('src/tui/term.ts');
    const importers = Object.values(outputs).flatMap(({ entryPoint, imports }) =>
      imports.filter(({ path }) => path === withBlessed[0]).map(({ kind }) => [entryPoint, kind]),
    );
    expect(importers).toEqual([['src/tui/index.ts', 'dynamic-import']]);
  });

  it('has none of the widgets that start programs', () => {
    const inputs = Object.keys(outputs[withBlessed[0]!]?.inputs ?? {});
    expect(
      inputs.filter((input) => /widgets\/(?:terminal|image|overlayimage|video|filemanager)\.js$/.test(input)),
    ).toEqual([]);
  });

  it('has the terminal descriptions beside it', () => {
    for (const name of ['xterm', 'xterm-256color']) expect(existsSync(join(DIST, 'usr', name)), name).toBe(true);
  });

  it('exports what the command line needs', async () => {
    expect(Object.keys((await import(join(DIST, 'tui.js'))) as object).sort()).toEqual([
      ...['TerminalError', 'runEditor', 'runTui'],
    ]);
  });
});
