/**
 * `countersign init`: payment servers out of the clients' files and behind the gateway, with their keys sealed. It can be
 * stopped anywhere and run again; until its last step every client works as before.
 */
import { hostname } from 'node:os';
import { existsSync } from 'node:fs';
import { locateHome } from '../../config/index.ts';
import { brandAs, type GrantName } from '../../core/ids.ts';
import { gatewayLaunch } from '../clients/gateway-launch.ts';
import { clientOf, machineOf, onClientFile } from '../clients/machine.ts';
import { survey, type SurveyedFile } from '../clients/survey.ts';
import { ensureToken, tokenFileOf } from '../clients/token-file.ts';
import { Installation } from '../compose.ts';
import { examine } from '../doctor/examine.ts';
import { candidatesIn } from '../init/candidates.ts';
import { type Chosen, chosenServers } from '../init/chosen.ts';
import { type ClientChange, clientChanges, rewriteClients } from '../init/clients.ts';
import { addToConfig, configData, configFileOf } from '../init/config-file.ts';
import { canAsk, type InitOptions } from '../init/options.ts';
import { movedJson, type Outcome, plainFinding, type Plan, told } from '../init/outcome.ts';
import { agreed, chooseMoney, chooseOperator, chooseServers } from '../init/questions.ts';
import { acceptOnce, makeOperator, type PolicyMade, provePolicy, sealSecrets, writePolicy } from '../init/steps.ts';
import { Words } from '../init/words.ts';
import { CommandError, Exit, type ExitCode, hint, printJson, say } from '../report.ts';

/** Throws `CommandError` for whatever stands in the way; what was done by then stays, and is not done again. */
export async function init(options: InitOptions): Promise<ExitCode> {
  return onClientFile(async () => {
    const startMs = performance.now();
    const words = new Words(options.json === true);
    if (options.yes !== true && options.dryRun !== true && !canAsk(options))
      throw new CommandError(
        Exit.usage,
        'nobody is here to be asked',
        'add --yes, and say the rest with options; --help shows them',
      );
    const files = await filesOf(options, words);
    const servers = await chooseServers(candidatesIn(files), options);
    if (servers.length === 0) return await nothingToMove(files, options);
    const plan = await planned(servers, options, words);
    const changes = await clientChanges(
      plan.chosen.flatMap(({ candidate }) => candidate.sources),
      plan.launch,
      options.name,
    );
    words.plan(plan.chosen);
    words.changes(changes);
    if (options.dryRun === true) return dryRun(plan, changes);
    words.line('');
    await agreed(options, 'Do it? The clients’ files come last, and are backed up');
    return await carriedOut(plan, startMs);
  });
}

async function filesOf({ client = [] }: InitOptions, words: Words): Promise<readonly SurveyedFile[]> {
  const wanted = client.map((name) => clientOf(name).name);
  const files = (await survey(machineOf(process.env), null)).filter(
    ({ file }) => wanted.length === 0 || wanted.includes(file.client.name),
  );
  for (const { file, fault } of files) if (fault !== null) words.warn(`${file.client.title} is left out: ${fault}`);
  return files;
}

async function nothingToMove(files: readonly SurveyedFile[], options: InitOptions): Promise<ExitCode> {
  const ours = files.filter(({ servers }) => servers.some(({ isOurs }) => isOurs));
  if (ours.length === 0)
    throw new CommandError(
      Exit.found,
      files.length === 0
        ? 'no MCP client is configured here'
        : 'no client here has a payment server that is recognised',
      files.length === 0
        ? 'countersign client install --print json prints the entry for any client, once there is a grant'
        : 'countersign client list shows their servers; --server NAME moves any of them',
    );
  const findings = await examine(process.env, { configFile: options.config, offline: true, nowMs: Date.now() });
  const open = findings.filter(({ status }) => status === 'fail');
  if (options.json === true) printJson({ moved: [], clients: [], findings: open.map(plainFinding) });
  else {
    say(
      `nothing is left to move: ${ours.map(({ file }) => file.client.title).join(', ')} ${ours.length === 1 ? 'uses' : 'use'} the gateway`,
    );
    for (const { message } of open) say(message);
    hint('countersign doctor looks at everything');
  }
  return open.length === 0 ? Exit.ok : Exit.found;
}

async function planned(
  servers: Parameters<typeof chosenServers>[0],
  options: InitOptions,
  words: Words,
): Promise<Plan> {
  const home = locateHome(process.env);
  const installation =
    existsSync(home) || options.dryRun !== true
      ? new Installation(process.env, { configFile: options.config, create: options.dryRun !== true })
      : null;
  try {
    const configFile = configFileOf(home, options.config, process.env);
    const declared = await configData(configFile);
    if (declared['trust'] !== undefined)
      throw new CommandError(
        Exit.usage,
        `\`${configFile}\` takes effect only once operators have signed it, so nothing is set up on the side`,
        'declare the upstream there, and then: countersign activate --as NAME',
      );
    const isOperated = installation !== null && existsSync(configFile) && (await hasOperators(installation));
    const operator = isOperated ? null : await chooseOperator(options);
    const money = await chooseMoney(options, isOperated || operator !== null);
    const upstreams = declared['upstreams'];
    const known = typeof upstreams === 'object' && upstreams !== null && !Array.isArray(upstreams) ? upstreams : {};
    const parts = { installation, env: process.env };
    const chosen = await chosenServers(servers, known as Chosen['document'], money.assume, parts);
    const tokenFile = tokenFileOf(home, options.grant);
    const launch = gatewayLaunch({ tokenFile, configFile: options.config, env: process.env });
    return { options, words, home, configFile, chosen, money, operator, launch };
  } finally {
    await installation?.close();
  }
}

async function hasOperators(installation: Installation): Promise<boolean> {
  return (await installation.registry()).all().some(({ state }) => state === 'active');
}

function dryRun({ chosen, options }: Plan, changes: readonly ClientChange[]): ExitCode {
  if (options.json === true)
    printJson({ ...movedJson(chosen), clients: changes.map(({ change }) => change.file.path) });
  else say('nothing was changed');
  return Exit.ok;
}

async function carriedOut(plan: Plan, startMs: number): Promise<ExitCode> {
  const { options, words, chosen, configFile } = plan;
  words.title('Setting up');
  await withInstallation(options, async (installation) => {
    words.done(`the home \`${installation.home}\`, closed to other users`);
    const sealed = await sealSecrets(installation, chosen, options);
    if (sealed.length > 0) words.done(`sealed ${sealed.map((name) => `\`${name}\``).join(', ')}`);
  });
  await addToConfig(
    configFile,
    chosen.map(({ upstream, document }) => [['upstreams', upstream], document] as const),
  );
  words.done(`the configuration \`${configFile}\``);
  await accepted(plan);
  const policy = await policyFor(plan);
  await granted(plan);
  if (plan.operator !== null) {
    await makeOperator(plan.operator, options);
    words.done(`\`${plan.operator.name}\` signs; the key is sealed by the passphrase`);
  }
  const files = await rewritten(plan);
  const findings = await examine(process.env, { configFile: options.config, offline: true, nowMs: Date.now() });
  return told(plan, { policy, ...files, findings, seconds: (performance.now() - startMs) / 1000 });
}

/** Opened anew for each step, since the configuration is another one then. */
async function withInstallation<T>(
  { config }: InitOptions,
  work: (installation: Installation) => Promise<T>,
): Promise<T> {
  const installation = new Installation(process.env, { configFile: config, create: true });
  try {
    return await work(installation);
  } finally {
    await installation.close();
  }
}

async function accepted({ options, words, chosen }: Plan): Promise<void> {
  await withInstallation(options, async (installation) => {
    const config = await installation.config();
    for (const { candidate, upstream } of chosen) {
      const isAccepted = await acceptOnce(installation, config, upstream, options, async (name, tools) => {
        words.tools(name, tools);
        await agreed(options, `Accept \`${name}\` and these tools? What is new or changed later is kept from agents`);
        if (!canAsk(options))
          words.warn(`accepted all of them unseen, because of --yes: countersign upstream review ${name}`);
        return true;
      }).catch((cause: unknown) => {
        throw stopped(candidate.name, upstream, cause);
      });
      if (isAccepted) words.done(`\`${upstream}\` starts, and its tools are accepted as they are now`);
    }
  });
}

function stopped(server: string, upstream: string, cause: unknown): unknown {
  if (!(cause instanceof CommandError) || cause.exit !== Exit.unavailable) return cause;
  const next = `no client was changed; ${cause.hint ?? ''}; mend it and do this again, or leave it out: --skip ${server}`;
  return new CommandError(Exit.unavailable, cause.message, next.replace('; ;', ';'), { cause: { cause, upstream } });
}

async function policyFor(plan: Plan): Promise<PolicyMade> {
  const { options, words, configFile, chosen, money } = plan;
  const names = chosen.map(({ upstream }) => upstream);
  const made = await writePolicy(configFile, options.grant, names, money, options.config);
  const principal =
    options.principal ??
    `${options.grant}@${hostname()
      .toLowerCase()
      .replaceAll(/[^a-z0-9.-]+/g, '-')}`;
  await addToConfig(configFile, [
    [['policies', options.grant], `policies/${options.grant}.json`],
    [
      ['grants', options.grant],
      { principal, owner: options.owner ?? principal, policies: [options.grant], upstreams: names },
    ],
  ]);
  await addUpstreams(configFile, options.grant, names);
  const cases = await provePolicy(configFile, options.grant, options.config);
  const { threshold, currency, isSigned, daily } = money;
  if (made.isNew)
    words.done(
      `the policy \`${made.file}\`: looking is free, above ${threshold} ${currency} ${isSigned ? 'a person signs' : 'is denied'}, ${daily} ${currency} a day, all else is denied`,
    );
  else words.done(`the policy \`${made.file}\` was there, and stays as it is`);
  words.done(`${cases} cases of the policy pass`);
  return { ...made, cases };
}

async function addUpstreams(configFile: string, grant: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const data = await configData(configFile);
    const listed = listAt(data, ['grants', grant, 'upstreams']);
    if (!listed.includes(name)) await addToConfig(configFile, [[['grants', grant, 'upstreams', listed.length], name]]);
  }
}

function listAt(data: unknown, path: readonly string[]): readonly unknown[] {
  const found = path.reduce<unknown>(
    (here, key) => (typeof here === 'object' && here !== null ? (here as Record<string, unknown>)[key] : undefined),
    data,
  );
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

async function granted({ options, words, home }: Plan): Promise<void> {
  await withInstallation(options, async (installation) => {
    const grant = (await installation.config()).grants.get(brandAs<GrantName>(options.grant));
    if (grant === undefined) throw new CommandError(Exit.found, `grant \`${options.grant}\` was not declared`);
    const isNew = await ensureToken(installation, grant, options);
    const where = `\`${tokenFileOf(home, options.grant)}\``;
    words.done(`grant \`${options.grant}\`: its token is ${isNew ? '' : 'still '}in ${where}, and in no client's file`);
  });
}

async function rewritten({ options, words, chosen, launch }: Plan): Promise<Pick<Outcome, 'backups' | 'keysLeft'>> {
  return withInstallation(options, async (installation) => {
    // Read again: a client may have written its file meanwhile.
    const sources = chosen.flatMap(({ candidate }) => candidate.sources);
    const changes = await clientChanges(sources, launch, options.name);
    const backups = await rewriteClients(installation, changes, options.grant, options.name);
    const values = chosen.flatMap(({ secrets }) => secrets.map(({ value }) => value));
    const keysLeft = changes.flatMap(({ change }) => words.rewritten(change, values));
    return { backups, keysLeft };
  });
}
