/** The MCP clients on this machine: whether the gateway's entry works, and what still goes past it. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { Machine } from '../../clients/index.ts';
import type { LoadedConfig } from '../../config/types.ts';
import { tokenHash } from '../../gateway/index.ts';
import type { SharedStore } from '../../state/index.ts';
import { classWords, placeWords } from '../clients/credentials.ts';
import { survey, type SurveyedFile, type SurveyedServer } from '../clients/survey.ts';
import { grantStateOf } from '../grant-state.ts';
import { failed, type Finding, passed, warned } from './finding.ts';
import type { Site } from './site.ts';

/** Looks at every client's own file. Files of projects are not looked at: doctor says the same wherever it is started. */
export async function examineClients({ config, store, nowMs }: Site, machine: Machine): Promise<readonly Finding[]> {
  const files = await survey(machine, null);
  const findings = files.map(async (one): Promise<readonly Finding[]> => {
    const { file, fault, servers } = one;
    if (fault !== null) return [warned(idOf(one), fault, 'mend the file; the client cannot read it either')];
    const own = servers.filter(({ isOurs }) => isOurs);
    const entries = own.map((server) => entryFinding(file.client.name, file.client.title, server, store, nowMs));
    return [
      ...(await Promise.all(entries)).map((finding) => ({ ...finding, id: idOf(one) })),
      ...servers.flatMap((server) => pastFinding(one, server, config)),
    ];
  });
  return (await Promise.all(findings)).flat();
}

function idOf({ file }: SurveyedFile): string {
  return `client.${file.client.name}`;
}

async function entryFinding(
  client: string,
  title: string,
  server: SurveyedServer,
  store: SharedStore | null,
  nowMs: number,
): Promise<Finding> {
  const install = `countersign client install ${client}`;
  const { launch, name } = server;
  const words = launch.via === 'stdio' ? [launch.command, ...launch.args] : [];
  const gone = words.find((word) => isAbsolute(word) && !existsSync(word));
  if (gone !== undefined) return failed('', `${title} starts the gateway by \`${gone}\`, which is not there`, install);
  const entry = `${title} starts the gateway as \`${name}\``;
  if (server.isDisabled) return warned('', `${entry}, and has it switched off`, 'switch it on in the client');
  const state = launch.via === 'stdio' ? await tokenState(launch.env, store, nowMs) : null;
  if (state === null || state === 'active') return passed('', entry);
  return failed('', `${entry}, with a token that is ${state}`, install);
}

/** What the token of an entry is worth; null where that cannot be told here. */
async function tokenState(
  env: Readonly<Record<string, string>>,
  store: SharedStore | null,
  nowMs: number,
): Promise<string | null> {
  const file = env['COUNTERSIGN_TOKEN_FILE'];
  if (store === null || (file === undefined && env['COUNTERSIGN_TOKEN'] === undefined)) return null;
  const text = env['COUNTERSIGN_TOKEN'] ?? (await readFile(file ?? '', 'utf8').catch(() => null));
  if (text === null) return 'in no file';
  const hash = tokenHash(text.trim());
  const own = (await store.tokens.list()).filter((token) => token.tokenHash === hash);
  return own.length === 0 ? 'not one of this home' : grantStateOf(own, null, nowMs);
}

/** A payment server that a client reaches by itself, and keys in plain text beside it. */
function pastFinding(one: SurveyedFile, server: SurveyedServer, config: LoadedConfig | null): readonly Finding[] {
  const { file } = one;
  const id = `${idOf(one)}.${server.name}`;
  const [first] = server.credentials;
  const key = first === undefined ? '' : `${classWords(first)} in ${placeWords(first)}`;
  if (server.isBypass) {
    const holds = key === '' ? '' : `, with ${key} in plain text`;
    const message = `${file.client.title} reaches the payment server \`${server.name}\` past the gateway${holds}`;
    const fix = `countersign init --client ${file.client.name}`;
    // What the gateway guards is not guarded while there is a second door to it.
    return [isGuarded(server, config) ? failed(id, message, fix) : warned(id, message, fix)];
  }
  if (server.isOurs || key === '') return [];
  const message = `\`${server.name}\` of ${file.client.title} holds ${key} in plain text`;
  return [warned(id, message, `countersign init --client ${file.client.name} --server ${server.name}`)];
}

function isGuarded({ provider }: SurveyedServer, config: LoadedConfig | null): boolean {
  return (
    provider !== null && [...(config?.upstreams.values() ?? [])].some((upstream) => upstream.provider === provider)
  );
}
