/** A call in words: what it does, how much money, and whatever else was varied. */
import type { CatalogueEntry } from '../../core/entry.ts';
import type { CallFacts } from '../../core/facts.ts';
import { formatMoney } from '../../core/money.ts';
import type { Choice } from './draft.ts';

/** `refund of 500.01 USD without a reason`; of a generic tool with the arguments that say which use it is. */
export function callWords(call: CallFacts, entry: CatalogueEntry | null, choices: readonly Choice[]): string {
  const { classification } = call;
  const what =
    classification.kind === 'unclassified'
      ? 'a call that the catalogue does not know'
      : classification.kind.replaceAll('_', ' ');
  const words = choices.map((choice) => choice.words).filter((part) => part !== '');
  return [what, useWords(entry), moneyWords(call), words.join(', ')].filter((part) => part !== '').join(' ');
}

function useWords(entry: CatalogueEntry | null): string {
  const chosen = [...Object.values(entry?.when ?? {}), ...Object.values(entry?.routes ?? {})];
  const words = chosen.flatMap(([first]) => first ?? []);
  return words.length === 0 ? '' : `(${words.join(' ')})`;
}

function moneyWords({ amount, currency, classification }: CallFacts): string {
  if (classification.kind === 'unclassified') return '';
  if (amount.state === 'known') {
    return `of ${formatMoney(amount.value)}${amount.assumed === true ? ' (currency assumed)' : ''}`;
  }
  if (amount.state === 'absent') return '';
  return currency.state === 'known' ? `of an unknown amount in ${currency.value}` : 'of an unknown amount';
}
