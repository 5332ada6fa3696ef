// Writes schema/*.schema.json from the zod schemas of src/config and src/audit. Node 20 runs no TypeScript, so esbuild bundles first.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { format, resolveConfig } from 'prettier';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const { outputFiles } = await build({
  stdin: {
    contents: `
      export { jsonSchemas } from './src/config/json-schema.ts';
      export { recordSchemas } from './src/audit/record-schema.ts';
    `,
    resolveDir: root,
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  write: false,
});
const [bundle] = outputFiles;
const { jsonSchemas, recordSchemas } = await import(
  `data:text/javascript;base64,${Buffer.from(bundle.contents).toString('base64')}`
);

for (const [name, schema] of Object.entries({ ...jsonSchemas(), ...recordSchemas() })) {
  const path = join(root, 'schema', name);
  const options = { ...(await resolveConfig(path)), filepath: path };
  await writeFile(path, await format(JSON.stringify(schema), options));
  process.stderr.write(`wrote ${path}\n`);
}
