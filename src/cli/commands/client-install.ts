/** `countersign client install`: the gateway's entry in a client's file. */
import { stringify } from 'smol-toml';
import { entryFor, type GatewayLaunch, isOurs } from '../../clients/index.ts';
import type { GrantConfig, LoadedConfig } from '../../config/types.ts';
import { carryOut, diffLines, isChange, type Planned, planned, seen } from '../clients/change.ts';
import { confirmed } from '../clients/confirm.ts';
import { gatewayLaunch } from '../clients/gateway-launch.ts';
import { clientFile, onClientFile } from '../clients/machine.ts';
import { ensureToken, tokenFileOf } from '../clients/token-file.ts';
import { Installation } from '../compose.ts';
import { declared } from '../grant-parts.ts';
import type { ActingOptions } from '../operators/acting.ts';
import { CommandError, Exit, type ExitCode, hint, print, printJson, say } from '../report.ts';

export interface InstallOptions extends ActingOptions {
  readonly config: string | undefined;
  readonly json?: boolean;
  readonly grant?: string;
  readonly name: string;
  readonly scope?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly print?: string;
}

/** Puts the entry in, after showing what changes. A second time changes nothing. Throws `CommandError`. */
export async function install(client: string | undefined, options: InstallOptions): Promise<ExitCode> {
  checkName(options.name);
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const grant = grantOf(await installation.config(), options.grant);
    if (options.print !== undefined) return await printEntry(installation, grant, options.print, options);
    if (client === undefined)
      throw new CommandError(Exit.usage, 'which client?', 'countersign client list shows those that are here');
    return await onClientFile(() => installInto(installation, client, grant, options));
  } finally {
    await installation.close();
  }
}

async function installInto(
  installation: Installation,
  client: string,
  grant: GrantConfig,
  options: InstallOptions,
): Promise<ExitCode> {
  const file = clientFile(client, options.scope);
  const path = [...file.client.table, options.name];
  const value = entryFor(file.client, launchFor(installation, grant, options));
  const it = await seen(file);
  const occupied = it.servers.find((server) => server.name === options.name && server.path.length === path.length);
  if (occupied !== undefined && !isOurs(occupied))
    throw new CommandError(
      Exit.usage,
      `${file.client.title} has another server called \`${options.name}\``,
      'give the entry another name: --name payments',
    );
  const change = planned(it, [{ is: 'put', path, value }]);
  if (options.json !== true && isChange(change)) for (const line of diffLines(change)) print(line);
  if (options.dryRun === true) return told(change, grant, options, null);
  if (isChange(change)) await confirmed(`Write this into ${file.path}?`, options.yes === true, 'nothing was changed');
  const issued = await ensureToken(installation, grant, options);
  if (issued && options.json !== true)
    say(`issued a token for grant \`${grant.name}\` into \`${tokenFileOf(installation.home, grant.name)}\``);
  const moves = { does: 'client install', grant: grant.name, own: [path], moved: [] } as const;
  return told(change, grant, options, isChange(change) ? await carryOut(installation, change, moves) : null);
}

function told(change: Planned, grant: GrantConfig, options: InstallOptions, backup: string | null): ExitCode {
  const { client, path } = change.file;
  const changes = isChange(change);
  if (options.json === true)
    printJson({
      ...{ client: client.name, file: path, name: options.name, grant: grant.name },
      ...{ changed: changes && options.dryRun !== true, backup, restart: client.restart },
      diff: change.diff.map(({ is, text }) => `${{ same: ' ', gone: '-', new: '+', gap: ' ' }[is]} ${text}`),
    });
  else if (!changes) say(`${client.title} has the entry \`${options.name}\` already`);
  else if (options.dryRun === true) say('nothing was changed');
  else {
    say(`${client.title} starts the gateway as \`${options.name}\`, with grant \`${grant.name}\``);
    hint(`${client.restart}; to take it back: countersign client uninstall ${client.name}`);
  }
  return Exit.ok;
}

/** The entry for a client that is not known, on stdout. */
async function printEntry(
  installation: Installation,
  grant: GrantConfig,
  format: string,
  options: InstallOptions,
): Promise<ExitCode> {
  if (format !== 'json' && format !== 'toml')
    throw new CommandError(Exit.usage, `\`${format}\` behind --print is no format`, '--print json, or --print toml');
  if (options.dryRun !== true) await ensureToken(installation, grant, options);
  const entry = entryFor({ isTyped: false }, launchFor(installation, grant, options));
  if (format === 'json') print(JSON.stringify({ mcpServers: { [options.name]: entry } }, null, 2));
  else print(stringify({ mcp_servers: { [options.name]: entry } }).trim());
  return Exit.ok;
}

function launchFor(installation: Installation, grant: GrantConfig, { config }: InstallOptions): GatewayLaunch {
  const tokenFile = tokenFileOf(installation.home, grant.name);
  return gatewayLaunch({ tokenFile, configFile: config, env: process.env });
}

/** The grant that was named, or the only one. */
function grantOf(config: LoadedConfig, name: string | undefined): GrantConfig {
  if (name !== undefined) return declared(config, name);
  const [only, ...others] = [...config.grants.values()];
  if (only === undefined)
    throw new CommandError(Exit.usage, `${config.file} declares no grant`, 'countersign init makes one');
  if (others.length === 0) return only;
  const names = [only, ...others].map((grant) => `\`${grant.name}\``).join(', ');
  throw new CommandError(Exit.usage, `which grant shall the client have? there are ${names}`, `--grant ${only.name}`);
}

function checkName(name: string): void {
  if (/^[A-Za-z0-9_-]{1,32}$/.test(name)) return;
  throw new CommandError(
    Exit.usage,
    `\`${name}\` is no name that every client takes`,
    'up to 32 letters, digits, `_` and `-`',
  );
}
