/** Reading a text of either form at once. */
import { type Source, sourceWith } from './source.ts';
import { readYaml } from './yaml.ts';

/** Reads a text by the ending of its file's name: `.yaml` and `.yml` are YAML, everything else JSON with comments. */
export function readSource(file: string, text: string): Source {
  return sourceWith(readYaml, file, text);
}
