// Imports from a folder's `index.ts` become imports from the files that it names. The bundler keeps whole files together,
// and counts what an `index.ts` names as needed by everybody who imports from it: the gateway would load the verifier of
// the log, and all else that a command needs, before it answers its first line.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const IMPORT = /^import \{([^}]*)\} from '((?:\.{1,2}\/)+(?:[\w-]+\/)*index\.ts)';$/gm;
const EXPORT = /^export \{([^}]*)\} from '(\.\/[\w./-]+\.ts)';$/gm;

export const directImportsPlugin = {
  name: 'direct-imports',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const folders = new Map();
      for (const [, , from] of source.matchAll(IMPORT))
        if (!folders.has(from)) folders.set(from, await filesOf(join(dirname(path), from)));
      const contents = source.replace(IMPORT, (whole, names, from) => direct(names, from, folders.get(from)));
      return { contents, loader: 'ts' };
    });
  },
};

/** Which file each name of an `index.ts` is from. */
async function filesOf(index) {
  const files = new Map();
  for (const [, names, file] of (await readFile(index, 'utf8')).matchAll(EXPORT))
    for (const name of namesIn(names)) files.set(name, file);
  return files;
}

/** The imports in one line, so that the lines of the file stay where they are. What the `index.ts` makes itself comes from there. */
function direct(names, from, files) {
  const groups = new Map();
  for (const name of namesIn(names)) {
    const file = files.get(name.split(' as ')[0]);
    const target = file === undefined ? from : `${dirname(from)}/${file.slice(2)}`;
    groups.set(target, [...(groups.get(target) ?? []), name]);
  }
  const lines = [...groups].map(([target, group]) => `import { ${group.join(', ')} } from '${target}';`);
  return lines.join(' ') + '\n'.repeat(names.split('\n').length - 1);
}

/** Values only: types leave nothing in the bundle. */
function namesIn(list) {
  const names = list.split(',').map((name) => name.trim());
  return names.filter((name) => name !== '' && !name.startsWith('type '));
}
