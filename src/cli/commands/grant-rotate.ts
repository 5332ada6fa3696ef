/** `countersign grant rotate`: a new token, while those that clients still have work for a while. */
import { parseDurationMs } from '../../config/index.ts';
import { Installation } from '../compose.ts';
import { declared, expiryOf, isoOf, mint, showToken } from '../grant-parts.ts';
import { acting, type ActingOptions } from '../operators/acting.ts';
import { CommandError, Exit, type ExitCode, printJson, say } from '../report.ts';

interface Options extends ActingOptions {
  readonly config: string | undefined;
  readonly overlap: string;
  readonly expires?: string;
  readonly json?: boolean;
}

const LONGEST_MS = 30 * 86_400_000;

/** Mints a token and ends the older ones of the grant after the overlap, or earlier where they end earlier. */
export async function rotate(name: string, options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env, { configFile: options.config });
  try {
    const overlapMs = readOverlap(options.overlap);
    const grant = declared(await installation.config(), name);
    const { actor } = await acting(installation, { does: 'grant rotate', to: name }, options);
    const { token, record } = mint(grant.name, expiryOf(grant, options.expires));
    const { tokens } = await installation.store();
    const overlapUntilMs = record.issuedMs + overlapMs;
    const older = (await tokens.list()).filter((one) => one.grant === grant.name);
    const retired = older.filter(
      ({ revokedMs, expiresMs }) => revokedMs === null && (expiresMs ?? Infinity) > record.issuedMs,
    ).length;
    await tokens.insert(record);
    const admin = await installation.adminLog();
    await admin.write({ kind: 'grant_rotated', actor, grant: grant.name, retired, overlapUntilMs });
    await tokens.retire(grant.name, record.tokenHash, overlapUntilMs);
    const expires = isoOf(record.expiresMs);
    const overlapUntil = new Date(overlapUntilMs).toISOString();
    if (options.json === true) printJson({ grant: grant.name, token, expires, overlapUntil, retired });
    else {
      say(`a new token for grant \`${name}\`, shown this once${expires === null ? '' : `, good until ${expires}`}`);
      showToken(token);
      say(retiredWords(retired, overlapMs, overlapUntil));
    }
    return Exit.ok;
  } finally {
    await installation.close();
  }
}

function retiredWords(retired: number, overlapMs: number, until: string): string {
  if (retired === 0) return 'the grant had no other token in force';
  const tokens = retired === 1 ? 'its token of before' : `its ${retired} tokens of before`;
  return overlapMs === 0
    ? `ended ${tokens}`
    : `${tokens} ${retired === 1 ? 'ends' : 'end'} at ${until}, if not earlier`;
}

function readOverlap(text: string): number {
  const overlapMs = /^0(?:ms|s|m|h|d)?$/.test(text) ? 0 : parseDurationMs(text);
  if (overlapMs !== undefined && overlapMs <= LONGEST_MS) return overlapMs;
  const hint = 'expected a length of time like `1h` or `24h`, at most `30d`; `0s` ends the older tokens at once';
  throw new CommandError(Exit.usage, `\`${text}\` is no overlap`, hint);
}
