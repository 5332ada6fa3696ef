/** What a set-up says while it goes on: on a terminal, one line a step. */
import { classWords, credentialsOf, linesWithKeys, placeWords } from '../clients/credentials.ts';
import { diffLines, type Planned } from '../clients/change.ts';
import { colors } from '../colors.ts';
import { printable } from '../printable.ts';
import { print } from '../report.ts';
import type { Classified } from '../upstream-probe.ts';
import type { Chosen } from './chosen.ts';
import type { ClientChange } from './clients.ts';
import type { Outcome } from './outcome.ts';

/** Speaks, or is silent where data is asked for. */
export class Words {
  readonly #isSilent: boolean;

  constructor(isSilent: boolean) {
    this.#isSilent = isSilent;
  }

  line(text: string): void {
    if (!this.#isSilent) print(text);
  }

  done(text: string): void {
    this.line(`${colors.green('✓')} ${printable(text)}`);
  }

  warn(text: string): void {
    this.line(`${colors.yellow('!')} ${printable(text)}`);
  }

  title(text: string): void {
    this.line(`\n${colors.bold(printable(text))}`);
  }

  /** What moves, and from where. */
  plan(chosen: readonly Chosen[]): void {
    this.title('What moves behind the gateway');
    for (const { candidate, upstream, secrets } of chosen) {
      const from = [...new Set(candidate.sources.map(({ file }) => file.client.title))].join(' and ');
      const as = upstream === candidate.name ? '' : ` as \`${upstream}\``;
      this.line(`  ${printable(candidate.name)}${as}, from ${from}${provider(candidate.provider)}`);
      for (const credential of credentialsOf(candidate.launch))
        this.line(`    ${classWords(credential)} in ${printable(placeWords(credential))}`);
      if (secrets.length > 0) this.line(`    sealed as ${secrets.map(({ name }) => `\`${name}\``).join(', ')}`);
    }
  }

  changes(changes: readonly ClientChange[]): void {
    this.title('What changes in the clients’ files, last of all');
    for (const { change } of changes) for (const line of diffLines(change)) this.line(`  ${line}`);
  }

  /** What a file says now; a comment, or an entry that stays, may hold a key too. */
  rewritten({ file, text }: Planned, values: readonly string[]): Outcome['keysLeft'] {
    const left = linesWithKeys(text ?? '', values);
    this.done(`${file.client.title} starts the gateway${left.length === 0 ? '; the keys are out of its file' : ''}`);
    for (const { line, key } of left) this.warn(`line ${line} of \`${file.path}\` still holds ${key} in plain text`);
    return left.map(({ line, key }) => ({ file: file.path, line, key }));
  }

  /** The tools by kind, each kind with its tools. */
  tools(upstream: string, tools: readonly Classified[]): void {
    const kinds = new Map<string, string[]>();
    for (const { tool, kinds: of, why } of tools) {
      const label = why !== null ? 'unclassified, so denied' : of.length > 1 ? 'by its arguments' : (of[0] ?? '');
      kinds.set(label, [...(kinds.get(label) ?? []), tool]);
    }
    this.line(`  \`${upstream}\` has ${tools.length} tools`);
    const width = Math.max(0, ...[...kinds.keys()].map((kind) => kind.length));
    for (const [kind, names] of [...kinds].sort(([, a], [, b]) => b.length - a.length))
      this.line(`    ${kind.padEnd(width)}  ${printable(names.join(' '))}`);
  }
}

function provider(name: string | null): string {
  return name === null ? '; its provider is not in the catalogue, so its tools are denied' : ` (${name})`;
}
