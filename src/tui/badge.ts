/** Whose money a call moves, by the keys of its server; nothing where no key shows it. */
import type { RequestContent } from './port.ts';
import type { Row } from './spans.ts';

const BADGES = {
  live: { text: ' LIVE KEY ', style: { fg: 'red', bold: true, inverse: true } },
  test: { text: ' TEST KEY ', style: { fg: 'green', bold: true, inverse: true } },
} as const satisfies Record<string, Row[number]>;

/** The badge of a request; null for one whose keys show nothing, or whose content is gone. */
export function badgeOf(content: RequestContent | null): Row[number] | null {
  return content?.mode == null ? null : BADGES[content.mode];
}
