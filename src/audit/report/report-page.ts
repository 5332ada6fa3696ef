/** The report as a page, in the order in which an auditor asks. */
import { actsSection } from './page-acts.ts';
import { approvalsSection } from './page-approvals.ts';
import { callsSection, denialsSection } from './page-calls.ts';
import { gapsSection, logSection } from './page-log.ts';
import { moneySection } from './page-money.ts';
import { refusedSection, upstreamsSection } from './page-outside.ts';
import type { Block, Figure, Page, Section } from './page.ts';
import { policiesSection } from './page-policies.ts';
import type { ReportValue } from './value.ts';
import { counted, grouped, instant } from './words.ts';

/** The page of a report. */
export function pageOf(value: ReportValue): Page {
  return {
    title: 'Audit report',
    lead: lead(value),
    sections: [
      summary(value),
      logSection(value),
      callsSection(value),
      moneySection(value),
      approvalsSection(value),
      policiesSection(value),
      denialsSection(value),
      actsSection(value),
      refusedSection(value),
      upstreamsSection(value),
      gapsSection(value),
      method(),
    ],
  };
}

function lead({ period, generated, installation, records }: ReportValue): readonly string[] {
  const { id, version, others } = installation;
  const held = `${grouped(records.inPeriod)} of the ${counted(records.read, 'record')} in the log lie in the period`;
  return [
    `Period: ${instant(period.since)} to ${instant(period.until)}`,
    `Installation: ${id}, Countersign ${version}`,
    ...(others.length === 0 ? [] : [`The log also holds records of: ${others.join(', ')}`]),
    `Made: ${instant(generated)}; ${held}`,
  ];
}

function summary(value: ReportValue): Section {
  const { calls, approvals, acts, check } = value;
  const figures: readonly Figure[] = [
    { label: 'Calls allowed', value: grouped(calls.total.allowed) },
    { label: 'Calls denied', value: grouped(calls.total.denied) },
    {
      label: 'In doubt',
      value: grouped(calls.total.inDoubt),
      note: `${grouped(calls.total.open)} more without outcome`,
    },
    { label: 'Approvals requested', value: grouped(approvals.requested) },
    { label: 'Unsigned acts', value: grouped(acts.unproven) },
    { label: 'The log', value: check.ok ? 'whole' : 'not whole' },
    ...moneyFigures(value),
  ];
  return { title: 'Summary', blocks: [{ is: 'figures', figures }, ...silence(value)] };
}

const MOST_SUMS = 6;

function moneyFigures({ calls: { money } }: ReportValue): readonly Figure[] {
  return money.slice(0, MOST_SUMS).map(({ currency, flow, moved, inDoubt }) => ({
    label: `${currency}, ${flow === 'commit' ? 'committed' : flow}`,
    value: grouped(moved),
    note: `${grouped(inDoubt)} in doubt`,
  }));
}

function silence({ calls: { silent } }: ReportValue): readonly Block[] {
  const count = silent.unrevealed + silent.untold;
  return count === 0
    ? []
    : [{ is: 'text', text: `${counted(count, 'money call')} without an amount in the log; no sum holds them.` }];
}

function method(): Section {
  const items = [
    'A call counts where it was decided: its outcome is taken from wherever in the log it stands, also after the period.',
    'Ok: the server reported success. Failed: it is certain that nothing happened. In doubt: something was sent and success was not reported; an operator may have settled it since, which is an act of its own.',
    'Money is what the records reveal, added exactly, and never across currencies or directions. Moved: the outcome is ok. Refused: denied, without the calls that were only told to wait.',
    'Told to wait: a call that waits for a person is denied at first. When it comes again it counts again.',
    'A verdict counts once, however many gateways met it, at the time when it was signed here or first accepted. Median and 90 % are by nearest rank.',
    'Not proven: the record names the user of the operating system; nobody signed.',
    'Times are in UTC. The period begins with its first instant and ends before its last.',
  ];
  return { title: 'How this is counted', blocks: [{ is: 'list', items }] };
}
