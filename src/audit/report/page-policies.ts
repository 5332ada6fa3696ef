/** Which policies decided, and who changed them or the configuration. */
import { type Block, leftOut, MOST_ROWS, type Section, tableOr } from './page.ts';
import type { ReportValue } from './value.ts';
import type { PoliciesPart, PolicyVersion } from './value-people.ts';
import { actorWords, counted, grouped, instant } from './words.ts';

/** The section on policies and the configuration. */
export function policiesSection({ policies }: ReportValue): Section {
  return {
    title: 'Policies and configuration',
    blocks: [...versionTable(policies), ...editTables(policies), configText(policies)],
  };
}

function versionTable({ versions: { rows, others } }: PoliciesPart): readonly Block[] {
  const isSaid = rows.some(({ inForce }) => inForce > 0);
  const cells = [...rows.slice(0, MOST_ROWS).sort(byPolicy), ...(others === null ? [] : [others])].map((row) => [
    ...[row.policy, row.hash, instant(row.first), instant(row.last)],
    ...[grouped(row.inForce), grouped(row.calls)],
  ]);
  const columns = [
    ...[{ name: 'Policy' }, { name: 'Hash', is: 'code' as const }, { name: 'First seen' }, { name: 'Last seen' }],
    ...['Named in force', 'Calls decided'].map((name) => ({ name, is: 'number' as const })),
  ];
  const none = 'No version of a policy was seen in this period.';
  const derived =
    'No session of this period says which policies were in force; these are the versions that decided calls.';
  return [
    tableOr(none, 'Versions of policies', columns, cells),
    ...(isSaid || rows.length === 0 ? [] : [{ is: 'text', text: derived } as const]),
    ...leftOut(rows.length, MOST_ROWS, 'versions'),
  ];
}

/** The most used are shown, each policy's versions in the order in which they came. */
function byPolicy(left: PolicyVersion, right: PolicyVersion): number {
  const [a, b] = [`${left.policy} ${left.first}`, `${right.policy} ${right.first}`];
  return a < b ? -1 : a > b ? 1 : 0;
}

function editTables({ edits, signatures }: PoliciesPart): readonly Block[] {
  const editRows = edits.rows.map(({ time, actor, policy, hash, replaced, changes, looser }) => [
    ...[instant(time), actorWords(actor), policy, hash, replaced],
    ...[changes, looser].map((count) => (count === null ? '–' : grouped(count))),
  ]);
  const signedRows = signatures.rows.map(({ time, actor, part, hash, inForce }) => [
    ...[instant(time), actorWords(actor), part, hash, inForce ? 'yes' : 'not yet'],
  ]);
  const [when, who, code] = [{ name: 'Time' }, { name: 'Who', is: 'who' as const }, 'code' as const];
  const counts = ['Changed decisions', 'Looser'].map((name) => ({ name, is: 'number' as const }));
  const editColumns = [
    when,
    who,
    { name: 'Policy' },
    { name: 'Hash', is: code },
    { name: 'Replaced', is: code },
    ...counts,
  ];
  const signedColumns = [when, who, { name: 'Part' }, { name: 'Hash', is: code }, { name: 'Put in force' }];
  return [
    tableOr('No policy was edited with our commands in this period.', 'Edits of policies', editColumns, editRows),
    ...leftOut(editRows.length + edits.leftOut, editRows.length, 'edits'),
    tableOr(
      'No configuration was signed in this period.',
      'Signatures on the configuration',
      signedColumns,
      signedRows,
    ),
    ...leftOut(signedRows.length + signatures.leftOut, signedRows.length, 'signatures'),
  ];
}

function configText({ reloads, refusedConfigs, refusedPolicies }: PoliciesPart): Block {
  const refused = `${counted(refusedConfigs, 'edit')} of it could not be used, and ${counted(refusedPolicies, 'session')} met a policy that does not load`;
  return {
    is: 'text',
    text: `Running gateways took up an edited configuration ${counted(reloads, 'time')}; ${refused}.`,
  };
}
