/** The last lines: what was said or is asked, and the keys. */
import { BINDINGS } from './keys.ts';
import { placeOf } from './model.ts';
import { cellsOf, cut, safeText } from './safe-text.ts';
import { field, text } from './spans.ts';
import type { Row, Style } from './spans.ts';
import { isReading } from './state.ts';
import type { Model, Notice, OpenRequest, Prompt } from './state.ts';
import { amountToType, obstacle } from './verdict.ts';

const TONES: Readonly<Record<Notice['tone'], Style>> = {
  good: { fg: 'green', bold: true },
  bad: { fg: 'red', bold: true },
  plain: {},
};

export function footRows(model: Model, columns: number): readonly Row[] {
  const { prompt, notice } = model;
  const said: Row = notice === null ? [] : [text(` ${notice.words}`, columns, TONES[notice.tone])];
  if (prompt === null) return [said, standing(model, columns), keys(model, columns)];
  const hint = notice === null ? 'enter go on  esc cancel' : `${notice.words}; esc cancel`;
  return [
    [text(` ${questionOf(model, prompt)}`, columns, { bold: true, fg: 'yellow' })],
    entryRow(prompt, columns),
    [field(` ${hint}`, columns, { inverse: true, bold: notice !== null })],
  ];
}

/** Whether the open request can be approved, said before anybody tries. */
function standing(model: Model, columns: number): Row {
  if (!isReading(model)) return [];
  const why = obstacle(model, 'approve');
  if (why !== null) return [text(` approve is off: ${why}`, columns, { fg: 'yellow' })];
  return [text(' all of it was on the screen: a approves, r rejects', columns, { fg: 'green' })];
}

function keys(model: Model, columns: number): Row {
  const place = placeOf(model);
  const words = BINDINGS.flatMap(({ places, footer }) => (places.includes(place) && footer !== null ? [footer] : []));
  return [field(` ${words.join('  ')}`, columns, { inverse: true })];
}

function questionOf(model: Model, prompt: Prompt): string {
  switch (prompt.asks) {
    case 'amount':
      return `To approve, type the amount: ${amountOf(model)}`;
    case 'yes':
      return `Type yes to ${prompt.verdict} ${subjectOf(model.open)}`;
    case 'passphrase':
      return `Passphrase of your key, to ${prompt.verdict} ${subjectOf(model.open)}`;
    case 'freeze':
      return 'Stop ALL calls of EVERY grant? Type freeze';
    case 'freeze-passphrase':
      return 'Passphrase of your key, to stop ALL calls of EVERY grant';
    case 'find':
      return isReading(model) ? 'Find in this request' : 'Show only lines with';
  }
}

function amountOf(model: Model): string {
  return safeText(amountToType(model, model.open?.body.request.content ?? null) ?? '').text;
}

const SUBJECT_CELLS = 24;

function subjectOf(open: OpenRequest | null): string {
  const { content, tool } = open?.body.request ?? { content: null, tool: '' };
  const amount = content?.shown.amount ?? null;
  return cut(safeText(amount ?? tool).text, SUBJECT_CELLS);
}

/** The end of what was typed; a passphrase as stars. */
function entryRow(prompt: Prompt, columns: number): Row {
  const entry =
    prompt.asks === 'passphrase' || prompt.asks === 'freeze-passphrase'
      ? '*'.repeat(Array.from(prompt.entry).length)
      : safeText(prompt.entry).text;
  const room = columns - 5;
  const end = entry.slice(Math.max(0, entry.length - room));
  const shown = cellsOf(end) > room ? cut(end, room) : end;
  return [text(` > ${shown}`, columns), { text: ' ', style: { inverse: true } }];
}
