/** `countersign policy shadow`: what the shadow policies would have changed, counted from the audit log. */
import { readLog } from '../../audit/index.ts';
import { Installation } from '../compose.ts';
import { fieldsOf, type Fields, ownFields, textOf } from '../log-fields.ts';
import { CommandError, Exit, type ExitCode, printJson, printTable, say } from '../report.ts';

interface Options {
  readonly grant?: string;
  readonly since?: string;
  readonly json?: boolean;
}

/** Calls with one tool, one decision and one decision in the shadow. */
interface Row {
  readonly grant: string;
  readonly tool: string;
  readonly decision: string;
  readonly rule: string;
  readonly shadow: string;
  readonly shadowPolicy: string;
  readonly shadowRule: string;
  readonly calls: number;
}

/** Summarises by tool and rule. Exit code 1 if anything would have changed, so that a script can wait for silence. */
export async function shadow(options: Options): Promise<ExitCode> {
  const installation = new Installation(process.env);
  const sinceMs = options.since === undefined ? 0 : parseSince(options.since);
  const counts = new Map<string, Row>();
  let compared = 0;
  for await (const { record } of readLog({ directory: installation.auditDirectory, from: 'start', follow: false })) {
    const row = rowOf(record, sinceMs, options.grant);
    if (row === null) continue;
    compared += 1;
    const key = JSON.stringify(row);
    counts.set(key, { ...row, calls: (counts.get(key)?.calls ?? 0) + 1 });
  }
  const changed = [...counts.values()].filter(({ decision, shadow }) => decision !== shadow);
  const changes = changed.sort((a, b) => b.calls - a.calls);
  if (options.json === true)
    printJson({ compared, changed: changes.reduce((sum, { calls }) => sum + calls, 0), changes });
  else show(compared, changes);
  return changes.length === 0 ? Exit.ok : Exit.found;
}

function show(compared: number, changes: readonly Row[]): void {
  if (compared === 0) {
    say('no call was decided beside a shadow policy; a grant names them under `shadow`');
    return;
  }
  const rows = changes.map((row) => [
    ...[String(row.calls), row.grant, row.tool, `${row.decision} (${row.rule})`],
    `${row.shadow} (${row.shadowPolicy === '' ? '' : `${row.shadowPolicy}: `}${row.shadowRule})`,
  ]);
  if (rows.length > 0) printTable(['CALLS', 'GRANT', 'TOOL', 'DECIDED', 'THE SHADOW WOULD'], rows);
  const sum = changes.reduce((total, { calls }) => total + calls, 0);
  say(`of ${compared} call(s) beside a shadow policy, ${sum} would have been decided otherwise`);
}

function rowOf(record: Fields | null, sinceMs: number, grant: string | undefined): Row | null {
  const own = ownFields(record);
  const shadowed = fieldsOf(own['shadow']);
  if (textOf(own, 'kind') !== 'intent' && textOf(own, 'kind') !== 'decision') return null;
  if (textOf(shadowed, 'decision') === '' || Number(record?.['time'] ?? 0) < sinceMs) return null;
  if (grant !== undefined && textOf(own, 'grant') !== grant) return null;
  return {
    ...{
      grant: textOf(own, 'grant'),
      tool: textOf(own, 'tool'),
      decision: textOf(own, 'decision'),
      rule: textOf(own, 'rule'),
    },
    shadow: textOf(shadowed, 'decision'),
    shadowPolicy: textOf(shadowed, 'policy'),
    shadowRule: textOf(shadowed, 'rule'),
    calls: 0,
  };
}

function parseSince(text: string): number {
  const instantMs = Date.parse(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && Number.isFinite(instantMs)) return instantMs;
  throw new CommandError(Exit.usage, `\`${text}\` is not an ISO date or date-time`, 'for example --since 2027-01-31');
}
