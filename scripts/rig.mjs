// What the rigs under test/ are run with: their TypeScript as modules that Node 20 reads, and numbers from the command line.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);

/** Bundles sources into `outdir`, by name. Packages stay where they are, and each source keeps its own address. */
export async function bundleRig(entryPoints, outdir) {
  await build({
    ...{ entryPoints, outdir, outExtension: { '.js': '.mjs' } },
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' },
    plugins: [
      { name: 'packages-by-path', setup: packagesByPath },
      { name: 'own-address', setup: ownAddress },
    ],
  });
}

function packagesByPath(builder) {
  builder.onResolve({ filter: /^[^.]/ }, ({ path, kind }) => {
    if (kind === 'entry-point' || path.startsWith('/')) return undefined;
    if (path.startsWith('node:')) return { path, external: true };
    return { path: pathToFileURL(require.resolve(path)).href, external: true };
  });
}

function ownAddress(builder) {
  builder.onLoad({ filter: /\/test\/.*\.ts$/ }, ({ path }) => ({
    contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    loader: 'ts',
  }));
}

/** The option as a number; throws for anything but a whole number above 0. */
export function whole(name, values) {
  if (/^[1-9][0-9]{0,8}$/.test(values[name])) return Number(values[name]);
  throw new Error(`\`--${name}\` takes a whole number above 0, and \`${values[name]}\` is none`);
}
