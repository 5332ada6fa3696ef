/** `countersign client list`: the MCP clients on this machine, and which of their servers go past the gateway. */
import { classOf, classWords, placeWords } from '../clients/credentials.ts';
import { machineOf } from '../clients/machine.ts';
import { survey, type SurveyedFile, type SurveyedServer } from '../clients/survey.ts';
import { colors } from '../colors.ts';
import { printable } from '../printable.ts';
import { Exit, type ExitCode, hint, print, printJson, say } from '../report.ts';

/** Lists every client whose file is there, in the home and in the working directory. Needs no home of ours. */
export async function list({ json }: { readonly json?: boolean }): Promise<ExitCode> {
  const files = await survey(machineOf(process.env), process.cwd());
  if (json === true) printJson(files.map(jsonOf));
  else show(files);
  return Exit.ok;
}

function jsonOf({ file, servers, fault }: SurveyedFile) {
  return {
    ...{ client: file.client.name, title: file.client.title, scope: file.scope, file: file.path, fault },
    servers: servers.map((server) => ({
      ...{ name: server.name, project: projectOf(server), countersign: server.isOurs, disabled: server.isDisabled },
      ...{ provider: server.provider, bypass: server.isBypass },
      keys: server.credentials.map((one) => ({ class: classOf(one), in: placeWords(one).replaceAll('`', '') })),
    })),
  };
}

/** The project that an entry of a person's own file is for. */
function projectOf({ path }: SurveyedServer): string | null {
  return path[0] === 'projects' ? String(path[1]) : null;
}

function show(files: readonly SurveyedFile[]): void {
  if (files.length === 0) say('no MCP client is configured here');
  for (const { file, servers, fault } of files) {
    print(`${colors.bold(file.client.title)}  ${colors.dim(printable(file.path))}`);
    if (fault !== null) print(`  ${colors.red('✗')} ${printable(fault)}`);
    for (const server of servers) print(`  ${lineOf(server)}`);
    if (fault === null && servers.length === 0) print(`  ${colors.dim('no server')}`);
  }
  if (files.some(({ servers }) => servers.some(({ isBypass }) => isBypass)))
    hint('countersign init moves payment servers and their keys behind the gateway');
}

function lineOf(server: SurveyedServer): string {
  const { name, isOurs, isBypass, isDisabled, provider, credentials } = server;
  const project = projectOf(server);
  const title = `${printable(name)}${project === null ? '' : colors.dim(` (in ${printable(project)})`)}`;
  const off = isDisabled ? ', switched off' : '';
  if (isOurs) return `${colors.green('✓')} ${title}: the gateway${off}`;
  const keys = credentials.map((one) => `${classWords(one)} in ${placeWords(one)}`);
  const holds = keys.length === 0 ? '' : `, holds ${keys.join(' and ')} in plain text`;
  if (isBypass) return `${colors.red('✗')} ${title}: a payment server${of(provider)}, past the gateway${off}${holds}`;
  return `${keys.length === 0 ? colors.dim('·') : colors.yellow('!')} ${title}${off}${holds}`;
}

function of(provider: string | null): string {
  return provider === null ? '' : ` (${provider})`;
}
