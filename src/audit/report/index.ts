/** The audit report: records folded into a value, and the value written as a page. */
import { htmlOf } from './html.ts';
import { markdownOf } from './markdown.ts';
import { pageOf } from './report-page.ts';
import type { ReportValue } from './value.ts';

export { checkOf, Gathering } from './gather.ts';
export type { Period } from './gather.ts';
export type { LogCheck, ReportValue } from './value.ts';

/** The report as Markdown. */
export function reportMarkdown(value: ReportValue): string {
  return markdownOf(pageOf(value));
}

/** The report as one HTML file. */
export function reportHtml(value: ReportValue): string {
  const { since, until } = value.period;
  return htmlOf(pageOf(value), `${since.slice(0, 10)} to ${until.slice(0, 10)}`);
}
