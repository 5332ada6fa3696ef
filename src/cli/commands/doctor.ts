/** `countersign doctor`: looks at the whole installation and says what is wrong and what to do. */
import { examine, exitOf } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { showFindings } from '../doctor/show.ts';
import { socketPath } from '../guarded/address.ts';
import { Exit, type ExitCode, printJson, say } from '../report.ts';

interface Options {
  readonly config: string | undefined;
  readonly json?: boolean;
  readonly offline?: boolean;
  readonly socket?: string;
  readonly verbose?: boolean;
}

/**
 * Runs every check. Warnings do not fail; a failure ends with 2 if the home or the configuration is wrong, else with 3 if
 * something is unavailable, else with 1.
 */
export async function doctor({ config, json, offline, socket, verbose }: Options): Promise<ExitCode> {
  // An upstream that hangs takes as long as a gateway would wait for it.
  if (process.stderr.isTTY && json !== true && offline !== true) say('looking; accepted upstreams are started');
  const findings = await examine(process.env, {
    configFile: config,
    offline: offline === true,
    socket: socket === undefined ? undefined : socketPath(socket),
    nowMs: Date.now(),
  });
  const exit = exitOf(findings);
  if (json === true) printJson({ ok: exit === Exit.ok, level: levelOf(findings), checks: findings.map(checkOf) });
  else showFindings(findings, verbose === true);
  return exit;
}

function levelOf(findings: readonly Finding[]): string {
  return findings.find(({ level }) => level !== undefined)?.level ?? 'seat belt';
}

function checkOf({ id, status, message, fix, tools }: Finding): Omit<Finding, 'exit' | 'level'> {
  return { id, status, message, fix, ...(tools === undefined ? {} : { tools }) };
}
