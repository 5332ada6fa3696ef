/**
 * Which words of a command line say what is started. The rest is told to the program and names nothing: a directory that a
 * file server may read can be called like a payment server.
 */

/** What starts something else, by the name of its file. */
const RUNNERS = new Set([
  ...['npx', 'npm', 'pnpm', 'pnpx', 'yarn', 'bun', 'bunx', 'deno', 'node', 'tsx', 'ts-node'],
  ...['uv', 'uvx', 'pipx', 'python', 'python3', 'cmd', 'env', 'sh', 'bash', 'zsh', 'powershell', 'pwsh'],
]);
const CONTAINERS = new Set(['docker', 'podman', 'nerdctl']);
/** Words of runners that stand before what they run. */
const VERBS = new Set(['run', 'exec', 'dlx', 'x', 'tool', '/c', '/d', '/s']);
/** Options by which a runner is told what to run, or where. */
const NAMING = new Set(['-p', '--package', '--from', '--directory', '--project', '-m']);
/** Options of runners that have a word of their own behind them. */
const VALUED = new Set(['-r', '--require', '--import', '--loader', '--env-file', '-C', '--cwd', '--with', '--python']);
const SCRIPTS = new Set(['-c', '-lc', '-ic']);

/** The words that name the program, in the order in which they stand. */
export function startedWords(command: string, args: readonly string[]): readonly string[] {
  const runner = fileName(command);
  if (CONTAINERS.has(runner)) return [command, ...args.filter((arg) => !arg.startsWith('-') && !arg.includes('='))];
  if (!RUNNERS.has(runner)) return [command];
  const named: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    const [option = '', value = args[index + 1] ?? ''] = arg.startsWith('-') ? split(arg) : [''];
    if (SCRIPTS.has(option)) return [...named, ...scriptWords(value)];
    if (NAMING.has(option)) named.push(value);
    if ((NAMING.has(option) || VALUED.has(option)) && !arg.includes('=')) index += 1;
    if (arg.startsWith('-') || VERBS.has(arg) || /^\w+=/.test(arg)) continue;
    return RUNNERS.has(fileName(arg)) || CONTAINERS.has(fileName(arg))
      ? [...named, ...startedWords(arg, args.slice(index + 1))]
      : [command, ...named, arg];
  }
  return [command, ...named];
}

/** An option, and its value where that stands in the same word. */
function split(arg: string): readonly string[] {
  const at = arg.indexOf('=');
  return at === -1 ? [arg] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** A line of the shell, as far as that is words. */
function scriptWords(line: string): readonly string[] {
  const words = line.split(/[\s;&|]+/).filter((word) => word !== '' && !/^(?:exec|cd|\w+=.*)$/.test(word));
  const at = words.findIndex((word) => RUNNERS.has(fileName(word)) || CONTAINERS.has(fileName(word)));
  return at === -1 ? words.slice(0, 1) : startedWords(words[at] ?? '', words.slice(at + 1));
}

/** `npx` for `C:\nodejs\npx.cmd`. */
function fileName(path: string): string {
  const name = path.replaceAll('\\', '/').split('/').at(-1) ?? '';
  return name.toLowerCase().replace(/\.(?:exe|cmd|ps1)$/, '');
}
