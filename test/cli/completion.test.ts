import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { completionScript, SHELLS } from '../../src/cli/completion.ts';
import { TOPICS } from '../../src/cli/help/topics.ts';

function tree(): Command {
  const program = new Command('countersign').option('--config <file>', 'x');
  const client = program.command('client');
  client.command('list').option('--json', 'x');
  client.command('install [client]').option('--yes', 'x');
  program.command('doctor').option('--offline', 'x');
  program.helpCommand(false).command('help [words...]');
  return program;
}

/** What bash offers behind these words, the last of which is being typed. */
function offered(...words: string[]): string[] {
  const script = `${completionScript(tree(), 'bash')}
COMP_WORDS=(${['countersign', ...words].map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length}
_countersign
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
}

describe('when a shell completes', () => {
  it.runIf(process.platform !== 'win32')('offers commands and options where they may stand (in a real bash)', () => {
    expect(offered('')).toEqual(['client', 'doctor', 'help', '--config', '--help']);
    expect(offered('cl')).toEqual(['client']);
    expect(offered('client', '')).toEqual(['list', 'install', '--help']);
    expect(offered('client', 'install', '--')).toEqual(['--yes', '--help']);
    expect(offered('doctor', '--o')).toEqual(['--offline']);
  });

  it.runIf(process.platform !== 'win32')('offers topics and commands behind `help` (in a real bash)', () => {
    expect(offered('help', 'qu')).toEqual(['quick-start']);
    expect(offered('help', 'c')).toEqual(['concepts', 'clients', 'configuration', 'changes', 'client']);
    expect(offered('help', 'client', '')).toEqual(['list', 'install']);
  });

  it.each(SHELLS)('has a script for %s with every topic in it', (shell) => {
    expect(completionScript(tree(), shell)).toContain(`${Object.keys(TOPICS).join(' ')} client doctor help`);
  });

  it.each(SHELLS)('has a script for %s with every command in it', (shell) => {
    const script = completionScript(tree(), shell);
    expect(script).toContain('list install --help');
    expect(script).toContain('client install');
  });
});
