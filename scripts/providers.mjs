// Writes the table of docs/providers.md from the catalogue. Node 20 runs no TypeScript, so esbuild bundles first.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { format, resolveConfig } from 'prettier';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const path = join(root, 'docs/providers.md');

const { outputFiles } = await build({
  entryPoints: [join(root, 'scripts/providers-table.ts')],
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  write: false,
});
const [bundle] = outputFiles;
const source = Buffer.from(bundle.contents).toString('base64');
const { providersTable } = await import(`data:text/javascript;base64,${source}`);

const text = await readFile(path, 'utf8');
const [before, rest] = text.split('<!-- table -->\n');
const [, after] = rest.split('<!-- end of table -->\n');
const table = await providersTable();
const options = { ...(await resolveConfig(path)), filepath: path };
await writeFile(path, await format(`${before}<!-- table -->\n\n${table}\n\n<!-- end of table -->\n${after}`, options));
process.stderr.write(`wrote ${path}\n`);
