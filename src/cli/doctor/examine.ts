/** Every check, in the order in which a person would look. */
import type { Environment } from '../compose.ts';
import { Exit, type ExitCode } from '../report.ts';
import { machineOf } from '../clients/machine.ts';
import { type Connector, connectorsOf, examineAgentSide, isAnothers } from './agent-side.ts';
import { examineClients } from './clients.ts';
import { examineConfig } from './configuration.ts';
import { failure, type Finding, wordsOf } from './finding.ts';
import { examineGrants } from './grants.ts';
import { examineHome } from './home.ts';
import { examineKeys } from './keys.ts';
import { examineLevel, outsideLevel } from './level.ts';
import { examineClock } from './machine.ts';
import { examineOperators } from './operators.ts';
import type { Site } from './site.ts';
import { examineAudit, examineStore } from './state.ts';
import { examineStops } from './stops.ts';
import { examineTrust } from './trust.ts';
import { examineUpstreams } from './upstreams.ts';

export interface ExamineOptions {
  readonly configFile: string | undefined;
  /** Starts no upstream. */
  readonly offline: boolean;
  /** Where a guarded gateway listens; left out, as its home or the clients of this user say. */
  readonly socket?: string | undefined;
  readonly nowMs: number;
}

/** Looks at everything. It makes no home and no state, and changes nothing. */
export async function examine(env: Environment, options: ExamineOptions): Promise<readonly Finding[]> {
  const { configFile: file, offline, socket, nowMs } = options;
  const { directory, installation, findings: home } = examineHome(env, file);
  if (installation === null && isAnothers(directory)) {
    const [connector] = socket === undefined ? await connectorsOf(machineOf(env)) : [{ socket, env }];
    if (connector !== undefined) return fromOutside(connector, directory, env, options);
  }
  const { config, findings: configuration } = await examineConfig(
    installation?.whereabouts ?? { home: directory, file, env },
  );
  const none = { store: null, local: null, findings: [] };
  const { store, local, findings: state } = installation === null ? none : await examineStore(installation, config);
  try {
    const site: Site = { installation, config, store, offline, nowMs };
    const clock = await told('clock', examineClock(site));
    const keys = await told('keyring', examineKeys(site));
    const audit = installation === null ? [] : await told('audit', examineAudit(installation.home, local));
    const [upstreams, grants, stops] = [
      await told('upstreams', examineUpstreams(site)),
      await told('grants', examineGrants(site)),
      await told('quota', examineStops(site)),
    ];
    const trust = await told('trust', examineTrust(site, env, file));
    const operators = await told('operators', examineOperators(site));
    const clients = await told('clients', examineClients(site, machineOf(env)));
    const findings = [
      ...clock,
      ...home,
      ...configuration,
      ...trust,
      ...state,
      ...keys,
      ...audit,
      ...upstreams,
      ...grants,
      ...operators,
      ...stops,
      ...clients,
    ];
    return [...findings, await examineLevel(site, findings, { env, socket })];
  } finally {
    await installation?.close();
  }
}

/** As the agent's user, who has no home and may not look into that of the gateway. */
async function fromOutside(
  connector: Connector,
  home: string,
  env: Environment,
  { offline, nowMs }: ExamineOptions,
): Promise<readonly Finding[]> {
  const site: Site = { installation: null, config: null, store: null, offline, nowMs };
  return [
    ...(await told('guarded', examineAgentSide(connector, home, offline))),
    ...(await told('clients', examineClients(site, machineOf(env)))),
    outsideLevel(connector.socket),
  ];
}

/** A check that cannot be made is a finding, and the others go on. */
async function told(id: string, check: Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  return check.catch((error: unknown) => [failure(id, wordsOf(error), Exit.unavailable)]);
}

/** What the findings end the process with: a wrong configuration first, since it may be the cause of the rest. */
export function exitOf(findings: readonly Finding[]): ExitCode {
  const order = [Exit.usage, Exit.unavailable, Exit.found];
  return order.find((code) => findings.some(({ exit }) => exit === code)) ?? Exit.ok;
}
