/** What a rule asks, in one line. */
import type { Plain } from '../../config/text-edit.ts';
import type { RuleText } from './edits.ts';

export function ruleWords({ when, limit, approve, message }: RuleText): string {
  const parts = [
    when === undefined ? '' : `when ${compact(when)}`,
    limit === undefined ? '' : compact(limit),
    approve === undefined ? '' : compact(approve),
    typeof message === 'string' ? `“${message}”` : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/** JSON without what only machines need. */
function compact(value: Plain): string {
  if (Array.isArray(value)) return (value as readonly Plain[]).map(compact).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, item]) => {
      const isDeep = typeof item === 'object' && item !== null && !Array.isArray(item);
      return isDeep && Object.keys(item).length > 1 ? `${key} (${compact(item)})` : `${key} ${compact(item)}`;
    })
    .join(', ');
}
