/** Is the program of an upstream always the same one? A package runner fetches whatever version is newest, unless told. */
import { basename, isAbsolute } from 'node:path';
import type { UpstreamConfig } from '../../config/types.ts';
import { type Finding, warned } from './finding.ts';

type Stdio = Extract<UpstreamConfig, { readonly via: 'stdio' }>;

/** Checks the command of one upstream; nothing is said of one that is fixed. */
export function commandFindings({ name, command, args }: Stdio): readonly Finding[] {
  const id = `upstream.${name}.command`;
  if (/[/\\]/.test(command) && !isAbsolute(command)) {
    const message = `\`${name}\` is started by \`${command}\`, and its working directory decides which program that is`;
    return [warned(id, message, 'write the absolute path of the command')];
  }
  return loosePackages(command, args).map((spec) => {
    const message = `\`${name}\` runs \`${spec}\` in whatever version is newest, beside your keys`;
    return warned(id, message, fixOf(spec));
  });
}

function fixOf(spec: string): string {
  const [, bare = spec] = /^(@?[^@=:]+)/.exec(spec) ?? [];
  return `write an exact version; this shows the newest: npm view ${bare} version`;
}

/** How a package runner is told what to run: its words before the package, and the options that name one. */
interface Runner {
  readonly words: readonly (readonly string[])[];
  readonly named: readonly string[];
  /** Other options that take a value. */
  readonly valued: readonly string[];
  readonly isExact: (spec: string) => boolean;
}

const NPM: Pick<Runner, 'named' | 'valued' | 'isExact'> = {
  named: ['-p', '--package'],
  valued: ['-c', '--call', '--registry', '--cache', '--prefix', '--userconfig', '-w', '--workspace'],
  isExact: isExactNpm,
};
const PYTHON: Pick<Runner, 'named' | 'valued' | 'isExact'> = {
  named: ['--from', '--spec'],
  valued: ['--python', '-p', '--index-url', '--with', '--directory'],
  isExact: (spec) => /(?:==|@)\d+(?:\.\d+)+[\w.+-]*$/.test(spec) || isLocal(spec) || isCommit(spec),
};
const RUNNERS: readonly Runner[] = [
  {
    ...NPM,
    words: [['npx'], ['bunx'], ['pnpx'], ['bun', 'x'], ['npm', 'exec'], ['npm', 'x'], ['pnpm', 'dlx'], ['yarn', 'dlx']],
  },
  { ...PYTHON, words: [['uvx'], ['uv', 'tool', 'run'], ['pipx', 'run']] },
];

/** The packages that a runner would fetch in no exact version. */
export function loosePackages(command: string, args: readonly string[]): readonly string[] {
  const line = [basename(command).replace(/\.(?:cmd|exe|ps1)$/i, ''), ...args];
  for (const runner of RUNNERS) {
    const words = runner.words.find((start) => start.every((word, index) => line[index] === word));
    if (words !== undefined)
      return packagesIn(line.slice(words.length), runner).filter((spec) => !runner.isExact(spec));
  }
  return line.slice(1).filter((arg) => /[@:]latest$/.test(arg));
}

function packagesIn(args: readonly string[], { named, valued }: Runner): readonly string[] {
  const found: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    const [option = '', value] = arg.split(/=(.*)/s);
    if (!arg.startsWith('-')) return found.length > 0 ? found : [arg];
    if (named.includes(option)) found.push(value ?? args[index + 1] ?? '');
    if (value === undefined && (named.includes(option) || valued.includes(option))) index += 1;
  }
  return found;
}

function isExactNpm(spec: string): boolean {
  return isLocal(spec) || isCommit(spec) || /.@\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(spec);
}

function isLocal(spec: string): boolean {
  return /^(?:file:|[./~])/.test(spec);
}

/** A repository at a commit, which cannot become another one. */
function isCommit(spec: string): boolean {
  return /[#@][0-9a-f]{40}$/.test(spec);
}
