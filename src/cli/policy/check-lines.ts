/** Findings the way a compiler prints them. */
import { colors } from '../colors.ts';
import { printable } from '../printable.ts';
import { shortened } from './case-lines.ts';
import type { Checked } from './check-files.ts';
import type { Finding } from './lint/input.ts';

const PAINT = { error: colors.red, warning: colors.yellow, note: colors.cyan } as const;

/** One line: `file:line:column: severity code: message`. */
export function findingLine({ severity, code, file, line, column, message }: Finding): string {
  const place = line > 0 ? `${shortened(file)}:${line}:${column}` : shortened(file);
  return `${colors.bold(printable(place))}: ${PAINT[severity](severity)} ${code}: ${printable(message)}`;
}

/** How many policies and findings there are. */
export function summaryLine({ policies, findings }: Checked): string {
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [PAINT[severity](plural(count, severity))];
  });
  const checked = policies === 1 ? '1 policy checked' : `${policies} policies checked`;
  return `${checked}: ${counts.length === 0 ? colors.green('nothing found') : counts.join(', ')}`;
}

function plural(count: number, word: string): string {
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}
