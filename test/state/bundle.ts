/** Child processes run bundles of TypeScript fixtures, because Node 20 does not read TypeScript. */
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const require = createRequire(import.meta.url);

/** Packages stay outside the bundle, under their absolute path, so that the bundle may lie anywhere. */
const packagesByPath: Plugin = {
  name: 'packages-by-path',
  setup(builder) {
    builder.onResolve({ filter: /^[^.]/ }, ({ path, kind }) => {
      if (kind === 'entry-point' || path.startsWith('/')) return undefined;
      if (path.startsWith('node:')) return { path, external: true };
      return { path: pathToFileURL(require.resolve(path)).href, external: true };
    });
  },
};

/** Bundles the fixture at `url` and answers the path of a module that `node` runs. */
export async function bundleWorker(url: URL): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), 'countersign-worker-')), 'worker.mjs');
  await build({
    entryPoints: [fileURLToPath(url)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    plugins: [packagesByPath],
    logLevel: 'error',
  });
  return outfile;
}
