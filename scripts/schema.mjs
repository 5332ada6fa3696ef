// Writes schema/*.schema.json from the zod schemas of src/config. Node 20 runs no TypeScript, so esbuild bundles first.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { format, resolveConfig } from 'prettier';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const { outputFiles } = await build({
  entryPoints: [join(root, 'src/config/json-schema.ts')],
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  write: false,
});
const [bundle] = outputFiles;
const { jsonSchemas } = await import(`data:text/javascript;base64,${Buffer.from(bundle.contents).toString('base64')}`);

for (const [name, schema] of Object.entries(jsonSchemas())) {
  const path = join(root, 'schema', name);
  const options = { ...(await resolveConfig(path)), filepath: path };
  await writeFile(path, await format(JSON.stringify(schema), options));
  process.stderr.write(`wrote ${path}\n`);
}
