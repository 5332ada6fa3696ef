import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Output {
  readonly entryPoint?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
}

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const { outputs } = JSON.parse(readFileSync(join(ROOT, 'dist', 'meta.json'), 'utf8')) as {
  outputs: Record<string, Output>;
};

/** The packages whose code is loaded before the named source file's own first statement. */
function packagesOf(entryPoint: string): string[] {
  const queue = Object.keys(outputs).filter((file) => outputs[file]?.entryPoint === entryPoint);
  expect(queue, entryPoint).toHaveLength(1);
  const seen = new Set(queue);
  const packages = new Set<string>();
  for (const file of queue) {
    for (const input of Object.keys(outputs[file]!.inputs)) {
      const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
      if (name !== undefined) packages.add(name);
    }
    for (const { path, kind } of outputs[file]!.imports)
      if (kind === 'import-statement' && outputs[path] !== undefined && !seen.has(path)) {
        seen.add(path);
        queue.push(path);
      }
  }
  return [...packages];
}

describe('the bundle', () => {
  it.each(['src/cli/main.ts', 'src/cli/serve.ts', 'src/cli/gateway-session.ts'])(
    'loads no package of others before `initialize` is answered: %s',
    (entryPoint) => {
      expect(packagesOf(entryPoint)).toEqual([]);
    },
  );

  it('loads nothing but Keyv, which takes under a millisecond, with the store', () => {
    expect(packagesOf('src/state/index.ts').sort()).toEqual(['@keyv/serialize', 'keyv']);
  });

  it('loads the log, the secrets and the catalogue without packages too', () => {
    expect(packagesOf('src/audit/index.ts')).toEqual([]);
    expect(packagesOf('src/secrets/index.ts')).toEqual([]);
  });

  it('keeps the command line, the compiler and the demo out of the gateway', () => {
    const gateway = packagesOf('src/cli/gateway-session.ts');
    for (const name of [
      'commander',
      'zod',
      'execa',
      're2js',
      'cosmiconfig',
      'typescript',
      'yaml',
      '@modelcontextprotocol/sdk',
    ])
      expect(gateway).not.toContain(name);
    expect(
      Object.values(outputs).some(({ inputs }) =>
        Object.keys(inputs).some((input) => input.includes('node_modules/typescript/')),
      ),
    ).toBe(false);
  });
});
