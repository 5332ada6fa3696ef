/** The shares put together, judged, and put into words. */
import { sum, type ClassReport, type Score, type ShareReport } from './tally.ts';
import type { Known } from './tampering.ts';

const KNOWN: readonly Known[] = ['log', 'checkpoint', 'store'];

export interface Judged extends ShareReport {
  readonly ok: boolean;
  /** What must have been found and was not, by either; where they disagree; and untouched logs that were faulted. */
  readonly missed: number;
  readonly disagreed: number;
  readonly falseAlarms: number;
  /** Classes of which fewer were tried than asked for. */
  readonly short: readonly string[];
}

export function merged(reports: readonly ShareReport[]): ShareReport {
  const names = [...new Set(reports.flatMap(({ classes }) => classes.map(({ name }) => name)))];
  return {
    classes: names.map((name) =>
      mergedClass(reports.flatMap(({ classes }) => classes.filter((one) => one.name === name))),
    ),
    clean: reports.reduce((all, { clean }) => all + clean, 0),
    cleanVerdicts: reports.map(({ cleanVerdicts }) => cleanVerdicts).reduce(sum),
    cases: reports.flatMap(({ cases }) => cases),
    differences: reports.flatMap(({ differences }) => differences),
  };
}

function mergedClass(parts: readonly ClassReport[]): ClassReport {
  const [first] = parts;
  if (first === undefined) throw new Error('a class without a report');
  const scores = KNOWN.filter((known) => parts.some(({ by }) => by[known] !== undefined));
  const by = Object.fromEntries(
    scores.map((known) => [known, parts.map((one) => one.by[known]).reduce((a, b) => sum(a, b)) ?? sum()]),
  );
  return { ...first, tried: parts.reduce((all, { tried }) => all + tried, 0), by };
}

/** A verifier without the store is not asked what only the store tells. What nobody was asked counts as missed. */
function missedOf({ foundBy, by, tried }: ClassReport): number {
  return foundBy.reduce((all, known) => {
    const { asked, ours, theirs } = by[known] ?? { asked: tried, ours: 0, theirs: 0 };
    return all + asked - ours + (known === 'store' ? 0 : asked - theirs);
  }, 0);
}

function disagreedOf(scores: readonly (Score | undefined)[]): number {
  return scores.reduce((all, one) => all + (one === undefined ? 0 : one.asked - one.agreed), 0);
}

export function judged(report: ShareReport, count: number, clean: number): Judged {
  const { classes, cleanVerdicts } = report;
  const missed = classes.reduce((all, one) => all + missedOf(one), 0);
  const disagreed = disagreedOf([...classes.flatMap(({ by }) => Object.values(by)), cleanVerdicts]);
  const falseAlarms = cleanVerdicts.ours + cleanVerdicts.theirs;
  const short = classes.filter(({ tried }) => tried < count).map(({ name }) => name);
  const isWhole = short.length === 0 && report.clean >= clean;
  return { ...report, missed, disagreed, falseAlarms, short, ok: isWhole && missed + disagreed + falseAlarms === 0 };
}

function found({ by, foundBy }: ClassReport, known: Known): string {
  const score = by[known];
  if (score === undefined) return '';
  const told = known === 'store' ? `${score.ours}` : `${score.ours}/${score.theirs}`;
  return foundBy.includes(known) ? told : `(${told})`;
}

function sameOf({ classes }: ShareReport): string {
  const scores = classes.flatMap(({ by }) =>
    KNOWN.filter((known) => known !== 'store').map((known) => by[known] ?? sum()),
  );
  const { asked, same } = scores.reduce((all, one) => sum(all, one));
  return `${same} of ${asked}`;
}

/** The table, in Markdown, so that it can stand in the documentation as it was printed. */
export function wordsOf(report: Judged, seconds: number): string {
  const head = ['class', 'somebody …', 'tried', 'files alone', 'with a checkpoint', 'with store and keys', 'agreed'];
  const rows = report.classes.map((one) => {
    const scores = Object.values(one.by);
    const agreed = scores.reduce((all, { agreed: yes }) => all + yes, 0);
    const asked = scores.reduce((all, score) => all + score.asked, 0);
    return [
      `\`${one.name}\``,
      one.what,
      String(one.tried),
      ...KNOWN.map((known) => found(one, known)),
      `${agreed} of ${asked}`,
    ];
  });
  const { clean, cleanVerdicts, missed, disagreed, falseAlarms, short, cases, ok } = report;
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [
    ...lines,
    '',
    `${rows.length} classes, ${report.classes.reduce((all, { tried }) => all + tried, 0)} tamperings: ${missed} missed, ${disagreed} disagreements`,
    `${clean} untouched logs, verified ${cleanVerdicts.asked} times by either: ${falseAlarms} false alarms`,
    ...(short.length === 0 ? [] : [`too few were tried of: ${short.join(', ')}`]),
    `where both found something, they named the same faults at the same lines in ${sameOf(report)}`,
    ...cases.map((one) => `- ${one}`),
    `${ok ? 'everything was found' : 'NOT everything was found'}, in ${seconds} s`,
  ].join('\n');
}
