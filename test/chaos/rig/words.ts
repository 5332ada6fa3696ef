/** Reports in words, for a terminal. */
import type { RaceReport } from '../../state/race.ts';
import type { CampaignReport } from './campaign.ts';
import { COUNTS, type Count } from './judge.ts';
import type { TrialReport } from './trial.ts';

export function campaignWords(report: CampaignReport): string {
  const { driver, kills, killsBy, scenes, gateways, seed, seconds } = report;
  const by = Object.entries(killsBy).map(([kind, count]) => `${kind} ${count}`);
  const bound = Object.entries(report.bound).map(([rule, count]) => `${rule} ${count}`);
  const { executed, intents, answered, denied, executedUnanswered, inDoubt } = report;
  return [
    `${driver}: ${kills} kills in ${seconds} s, ${gateways} gateways at a time, ${scenes} installations, seed ${seed}`,
    `  killed at         ${by.join(', ')}`,
    `  calls             ${intents} intents, ${executed} executed, ${answered} answered (${denied} of them denied)`,
    `  cut off           ${executedUnanswered} executed that nobody was told of; ${inDoubt} in doubt in the end`,
    `  limits that bound ${bound.join(', ')} (rounds)`,
    ...Object.entries(report.otherDenials).map(([words, count]) => `  other denials     ${count}: ${words}`),
    ...Object.entries(report.counts).map(([name, count]) => countWords(name as Count, count)),
    ...report.cases.map((one) => `  ! ${one}`),
    report.ok ? '  every promise was kept' : '  A PROMISE WAS BROKEN',
  ].join('\n');
}

function countWords(name: Count, count: number): string {
  return `  ${String(count).padStart(6)} ${COUNTS[name]}`;
}

export function raceWords(report: RaceReport): string {
  const { driver, processes, reservations, cap, mode, told, standing, most, filled, perSecond, legs } = report;
  const stall = Math.max(...legs.map(({ stallMs }) => stallMs));
  const unanswered = legs.reduce((sum, leg) => sum + leg.unanswered, 0);
  const p99 = Math.max(...legs.map(({ stallP99Ms }) => stallP99Ms));
  return [
    `${driver}, ${mode}: ${processes} processes x ${reservations} reservations under a cap of ${cap}`,
    `  told   ${told.held} held, ${told.ok} kept, ${told.released} given back, ${told.inDoubt} in doubt, ${told.left} left`,
    `  store  ${standing.used} used, ${standing.reserved} reserved, ${standing.inDoubt} in doubt; at most ${most}; ${filled} more fitted`,
    ...(unanswered === 0 ? [] : [`  again  ${unanswered} times that the store did not answer in time`]),
    `  pace   ${perSecond} reservations a second; event loop stalled at most ${stall} ms (p99 ${p99} ms)`,
    ...report.violations.map((one) => `  ! ${one}`),
    report.violations.length === 0 ? '  the cap was met exactly' : '  THE CAP WAS NOT MET',
  ].join('\n');
}

export function trialWords(report: TrialReport): string {
  const { driver, fault, skipped, denial, denied, underWay, recoveredMs, endsLost, violations } = report;
  if (skipped !== null) return `${driver}: ${fault}: left out: ${skipped}`;
  return [
    `${driver}: ${fault}`,
    `  under way  ${underWay.done} done, ${underWay.denied} denied, ${underWay.other} other`,
    ...(denial === null ? [] : [`  denied     ${denied} calls: ${denial}`]),
    `  recovered  ${recoveredMs === null ? 'never' : `after ${recoveredMs} ms`}`,
    ...(endsLost === 0 ? [] : [`  ends lost  ${endsLost} calls are in doubt whose outcome the log knows`]),
    ...violations.map((one) => `  ! ${one}`),
  ].join('\n');
}
