/** Shell completions, made of the command tree, so that they never say less than `--help`. */
import type { Command } from 'commander';
import { TOPICS } from './help/topics.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** What can follow the words of a command: its commands and options. */
interface Node {
  /** `` for the program itself, else `client install`. */
  readonly path: string;
  readonly words: readonly string[];
}

/** What can be typed anywhere, and behind `help`. */
function allOf(program: Command): readonly Node[] {
  const nodes = nodesOf(program);
  const names = program.commands.map((one) => one.name());
  const groups = program.commands.filter((one) => one.commands.length > 0);
  return nodes.flatMap((node) => {
    if (node.path !== 'help') return [node];
    const words = [...new Set([...Object.keys(TOPICS), ...names, ...node.words])];
    const below = groups.map((one) => ({ path: `help ${one.name()}`, words: one.commands.map((each) => each.name()) }));
    return [{ ...node, words }, ...below];
  });
}

function nodesOf(command: Command, path: readonly string[] = []): readonly Node[] {
  const names = command.commands.map((one) => one.name());
  const options = command.options.map(({ long, short }) => long ?? short ?? '');
  const words = [...names, ...options, '--help'].filter((word) => word !== '');
  return [
    { path: path.join(' '), words: [...new Set(words)] },
    ...command.commands.flatMap((one) => nodesOf(one, [...path, one.name()])),
  ];
}

/** The script that a shell reads. Names of ours are letters, digits and dashes: nothing in it needs quoting. */
export function completionScript(program: Command, shell: Shell): string {
  const nodes = allOf(program);
  switch (shell) {
    case 'bash':
      return bash(nodes);
    case 'zsh':
      return `#compdef countersign\nautoload -U +X bashcompinit && bashcompinit\n${bash(nodes)}`;
    case 'fish':
      return fish(nodes);
    case 'powershell':
      return powershell(nodes);
  }
}

function bash(nodes: readonly Node[]): string {
  const cases = nodes.map(({ path, words }) => `    '${path}') words='${words.join(' ')}' ;;`);
  return `_countersign() {
  local path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _countersign countersign
`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.map(
    ({ path, words }) => `complete -c countersign -n '__countersign_at "${path}"' -f -a '${words.join(' ')}'`,
  );
  return `function __countersign_at
  set -l words (commandline -opc)
  test (string join ' ' (string match -v -- '-*' $words[2..-1])) = $argv[1]
end
${lines.join('\n')}
`;
}

function powershell(nodes: readonly Node[]): string {
  const lines = nodes.map(({ path, words }) => `    '${path}' = '${words.join(' ')}'`);
  return `Register-ArgumentCompleter -Native -CommandName countersign -ScriptBlock {
  param($typed, $line, $cursor)
  $all = @{
${lines.join('\n')}
  }
  $before = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" } | Where-Object { $_ -ne $typed -and $_ -notlike '-*' })
  "$($all[$before -join ' '])".Split(' ') | Where-Object { $_ -like "$typed*" }
}
`;
}
