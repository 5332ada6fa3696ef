// blessed chooses its widgets and its terminal descriptions by paths that it computes; a bundle needs them to be literal.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const blessed = dirname(createRequire(import.meta.url).resolve('blessed/package.json'));

/** What a screen is made of. The others are not used, and some of them start programs. */
const WIDGETS = ['Node', 'Screen', 'Element', 'Box', 'Text', 'ScrollableBox', 'ScrollableText', 'Log'];

/** A module that knows where the bundle is, which CommonJS inside of one does not. */
const FOLDER = 'countersign:folder';

/** The folder beside the bundle where the terminal descriptions are. */
const DESCRIPTIONS = 'usr';

const edits = {
  'widget.js': (text) =>
    replaced(
      replaced(text, /widget\.classes = \[[^\]]*\];/, `widget.classes = ${JSON.stringify(WIDGETS)};`),
      "require('./widgets/' + file)",
      `({ ${WIDGETS.map((name) => `${name.toLowerCase()}: require('./widgets/${name.toLowerCase()}')`).join(', ')} })[file]`,
    ),
  'tput.js': (text) =>
    replaced(text, /__dirname \+ '\/\.\.\/usr\//g, `require('${FOLDER}').folder + '/${DESCRIPTIONS}/`),
};

export const blessedPlugin = {
  name: 'blessed',
  setup(build) {
    build.onResolve({ filter: /^countersign:folder$/ }, () => ({ path: FOLDER, namespace: 'blessed' }));
    build.onLoad({ filter: /^countersign:folder$/, namespace: 'blessed' }, () => ({
      contents: 'export const folder = import.meta.dirname;',
      loader: 'js',
    }));
    build.onLoad({ filter: /[\\/]blessed[\\/]lib[\\/](?:widget|tput)\.js$/ }, ({ path }) => {
      const edit = edits[path.split(/[\\/]/).at(-1)];
      return { contents: edit(readFileSync(path, 'utf8')), loader: 'js' };
    });
  },
};

/** Copies the descriptions that blessed falls back to. */
export function copyDescriptions(outdir) {
  mkdirSync(join(outdir, DESCRIPTIONS), { recursive: true });
  for (const name of ['xterm', 'xterm-256color'])
    copyFileSync(join(blessed, 'usr', name), join(outdir, DESCRIPTIONS, name));
}

function replaced(text, from, to) {
  const after = text.replace(from, () => to);
  if (after === text) throw new Error(`blessed is not what the bundle expects: ${from}`);
  return after;
}
