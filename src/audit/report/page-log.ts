/** Whether the log can be relied on: what verification found, what was left out of the figures, and where it has gaps. */
import { type Block, leftOut, type Section, tableOr } from './page.ts';
import type { LogCheck, RecordsPart, ReportValue } from './value.ts';
import { counted, grouped, instant, kindWords } from './words.ts';

/** The section on the log as a whole. */
export function logSection({ check, records, period }: ReportValue): Section {
  return {
    title: 'Is the log whole?',
    blocks: [verdict(check), ...faults(check), ...excluded(records), ...late(records, period.since)],
  };
}

/** The section on gaps. */
export function gapsSection({ gaps, calls }: ReportValue): Section {
  const rows = gaps.rows.map(({ time, kind, about }) => [instant(time), kindWords(kind), about === '' ? '–' : about]);
  const columns = [{ name: 'Time' }, { name: 'What' }, { name: 'About' }];
  const open = calls.total.open;
  const none = 'No process of a gateway died, the log never stopped, and nothing was pruned in this period.';
  return {
    title: 'Gaps',
    blocks: [
      tableOr(none, 'Gaps in the log', columns, rows),
      ...leftOut(rows.length + gaps.leftOut, rows.length, 'gaps'),
      {
        is: 'text',
        text:
          open === 0
            ? 'Every call that was allowed has an outcome.'
            : `${counted(open, 'call')} that ${open === 1 ? 'was' : 'were'} allowed ${open === 1 ? 'has' : 'have'} no outcome in the log; see Calls.`,
      },
    ],
  };
}

function verdict({ ok, records, files, signatures, faults: found, faultsLeftOut }: LogCheck): Block {
  const signed =
    signatures === null ? 'no operator could have signed yet' : `${counted(signatures, 'signature')} checked`;
  const size = `${counted(records, 'record')} in ${counted(files, 'file')}, ${signed}`;
  if (ok) return { is: 'text', text: `The whole log was verified and no fault was found: ${size}.` };
  const count = found.length + faultsLeftOut;
  return {
    is: 'warning',
    text: `The log is not whole: ${counted(count, 'fault')} in ${size}. The figures of this report may be incomplete or wrong.`,
  };
}

function faults({ faults: found, faultsLeftOut, notes }: LogCheck): readonly Block[] {
  const rows = found.map(({ file, line, code, message }) => [file, line === 0 ? '–' : grouped(line), code, message]);
  const columns = [
    { name: 'File' },
    { name: 'Line', is: 'number' as const },
    { name: 'Fault' },
    { name: 'What it means' },
  ];
  const notesText = notes.map(({ code, count }) => `${code} ${grouped(count)}`).join(', ');
  return [
    ...(rows.length === 0 ? [] : [{ is: 'table', caption: 'Faults of the log', columns, rows } as const]),
    ...(faultsLeftOut > 0
      ? [
          {
            is: 'text',
            text: `${counted(faultsLeftOut, 'further fault')} not shown; countersign audit verify lists them.`,
          } as const,
        ]
      : []),
    ...(notesText === '' ? [] : [{ is: 'text', text: `Notes that are no faults: ${notesText}.` } as const]),
  ];
}

/** What no figure holds. Whoever changes a record must not choose what a report says. */
function excluded({ changed, broken, undated }: RecordsPart): readonly Block[] {
  const words = [
    ...(changed > 0 ? [`${counted(changed, 'record')} changed after being written`] : []),
    ...(broken > 0 ? [`${counted(broken, 'line')} that ${broken === 1 ? 'is' : 'are'} no record`] : []),
    ...(undated > 0 ? [`${counted(undated, 'record')} without a time`] : []),
  ];
  return words.length === 0 ? [] : [{ is: 'warning', text: `Left out of every figure: ${words.join(', ')}.` }];
}

function late({ first }: RecordsPart, since: string): readonly Block[] {
  if (first === null) return [{ is: 'text', text: 'The log holds no record yet.' }];
  if (first <= since) return [];
  return [
    {
      is: 'text',
      text: `The log begins at ${instant(first)}, after the beginning of the period; of the time before it says nothing.`,
    },
  ];
}
