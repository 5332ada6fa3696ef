/** What the catalogue knows of a tool, in the words of the editor. */
import type { AmountSpec, CatalogueEntry, ToolEntries } from '../../core/entry.ts';
import { isObject } from '../../core/json.ts';
import type { EditedTool } from './book.ts';

/** Where the money of a tool stands in its arguments: `amount in minor units, currency in currency`. */
export function moneyWords(entries: ToolEntries): string {
  const words = [...new Set(entries.map(entryWords).filter((one) => one !== ''))];
  return words.length > 1 ? 'it depends on what it is asked to do' : (words[0] ?? '');
}

function entryWords({ amounts = [], currency, reason }: CatalogueEntry): string {
  const amount = amounts.map(amountWords).join(' + ');
  const coin = currency === undefined ? '' : 'path' in currency ? `currency in ${currency.path}` : currency.constant;
  return [amount, coin, reason === undefined ? '' : `reason in ${reason}`].filter((part) => part !== '').join(', ');
}

function amountWords({ path, unit, times = [] }: AmountSpec): string {
  return [`${path} (${unit})`, ...times.map((factor) => factor.path)].join(' × ');
}

const MOST_ARGUMENTS = 60;

/** The arguments of a tool that a condition can look at: those of its accepted schema, and those the catalogue reads. */
export function argumentFacts(tool: EditedTool | null): readonly string[] {
  if (tool === null) return [];
  const schema =
    tool.inputSchema !== null && isObject(tool.inputSchema) ? tool.inputSchema.get('properties') : undefined;
  const named = schema !== undefined && isObject(schema) ? [...schema.keys()].filter((key) => PLAIN.test(key)) : [];
  return [...new Set([...named, ...tool.classifier.paths])].map((path) => `args.${path}`).slice(0, MOST_ARGUMENTS);
}

const MOST_KINDS = 3;

/** What a tool does; a generic one may do many things. */
export function shortened(kinds: readonly string[]): string {
  if (kinds.length <= MOST_KINDS) return kinds.join(' ');
  return `${kinds.slice(0, MOST_KINDS - 1).join(' ')} and ${kinds.length - MOST_KINDS + 1} more`;
}

/** What a path can say without quotes. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;
