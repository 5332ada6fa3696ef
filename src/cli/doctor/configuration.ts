/** The configuration and its policies: every fault, with its place. */
import { statSync } from 'node:fs';
import { ConfigError, faultLine, loadConfig } from '../../config/index.ts';
import type { Whereabouts } from '../../config/index.ts';
import type { LoadedConfig } from '../../config/types.ts';
import { Exit } from '../report.ts';
import { counted, failed, failure, type Finding, passed, shellWord, warned, wordsOf } from './finding.ts';

export interface ConfigExamined {
  readonly config: LoadedConfig | null;
  readonly findings: readonly Finding[];
}

/** Loads the configuration and tells what is wrong with it. */
export async function examineConfig(whereabouts: Whereabouts): Promise<ConfigExamined> {
  try {
    const config = await loadConfig(whereabouts);
    return { config, findings: [sound(config), ...modeOf(config), ...policies(config), ...revealed(config)] };
  } catch (error) {
    return { config: null, findings: refusal(error) };
  }
}

function refusal(error: unknown): readonly Finding[] {
  const faults = error instanceof ConfigError ? error.faults : [];
  if (faults.length === 0) return [failure('configuration', wordsOf(error), Exit.usage)];
  return faults.map((fault) =>
    failed('configuration', faultLine(fault), `correct line ${fault.line} of ${fault.file}`, Exit.usage),
  );
}

function sound({ file, upstreams, policies: all, grants }: LoadedConfig): Finding {
  const parts = `${counted(upstreams.size, 'upstream')}, ${counted(all.size, 'polic')}, ${counted(grants.size, 'grant')}`;
  const words = parts.replace(/polics?/, all.size === 1 ? 'policy' : 'policies');
  return passed('configuration', `the configuration \`${file}\` is without fault: ${words}`);
}

/** Whoever can write this file decides what agents may do. */
function modeOf({ file }: LoadedConfig): readonly Finding[] {
  if (process.platform === 'win32' || (statSync(file).mode & 0o022) === 0) return [];
  const message = `other users may write the configuration \`${file}\`, and so decide what agents may do`;
  return [warned('configuration.mode', message, `chmod go-w ${shellWord(file)}`)];
}

function policies({ policies: all, brokenPolicies }: LoadedConfig): readonly Finding[] {
  return [...all].flatMap(([name, loaded]) => {
    const id = `policy.${name}`;
    if (loaded.state === 'loaded')
      return passed(id, `policy \`${name}\` loads: ${counted(loaded.policy.rules.length, 'rule')}`);
    return (brokenPolicies.get(name) ?? []).map((fault) =>
      failed(
        id,
        `policy \`${name}\` does not load, so every call of its grants is denied: ${faultLine(fault)}`,
        'countersign policy check',
        Exit.usage,
      ),
    );
  });
}

/** Whoever may read the log may read these values too. */
function revealed({ audit }: LoadedConfig): readonly Finding[] {
  if (audit.reveal.length === 0) return [];
  const facts = audit.reveal.map((fact) => `\`${fact}\``).join(', ');
  return [passed('audit.reveal', `the audit log holds the values of ${facts}, because \`audit.reveal\` names them`)];
}
