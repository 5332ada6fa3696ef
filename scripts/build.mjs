// Bundles the product: one entry point that loads only what the command needs, everything else in lazy chunks.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { blessedPlugin, copyDescriptions } from './blessed-plugin.mjs';
import { directImportsPlugin } from './direct-imports-plugin.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// Bundled CommonJS packages ask for `require`; the names are long so that no bundled code can collide with them.
const banner = [
  "import { createRequire as countersignCreateRequire } from 'node:module';",
  'const require = countersignCreateRequire(import.meta.url);',
].join('\n');

rmSync(join(root, 'dist'), { recursive: true, force: true });
const result = await build({
  absWorkingDir: root,
  // The approver's screen is an entry of its own, so that only who asks for it loads it.
  entryPoints: { main: 'src/cli/main.ts', tui: 'src/tui/index.ts' },
  plugins: [blessedPlugin, directImportsPlugin],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunk-[name]-[hash]',
  // Native code stays a real package; nothing else is needed at run time. cosmiconfig would load the TypeScript
  // compiler to run a configuration that is a program, which the product never does.
  external: ['@photostructure/sqlite', '@napi-rs/keyring', 'typescript'],
  define: { COUNTERSIGN_VERSION: JSON.stringify(version) },
  banner: { js: banner },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
copyDescriptions(join(root, 'dist'));
writeFileSync(join(root, 'dist', 'meta.json'), JSON.stringify(result.metafile));
writeFileSync(join(root, 'dist', 'THIRD_PARTY_NOTICES.txt'), notices(Object.keys(result.metafile.inputs)));

/** The licence of every package whose code is in the bundle. */
function notices(inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) packages.add(match[1]);
  }
  return [...packages].sort().map(notice).join('\n\n');
}

function notice(folder) {
  const {
    name,
    version: packageVersion,
    license,
  } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const text = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE', 'License'].map((file) =>
    read(join(root, folder, file)),
  );
  return `${name} ${packageVersion} (${license ?? 'see text'})\n\n${text.find((found) => found !== '') ?? ''}`;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
