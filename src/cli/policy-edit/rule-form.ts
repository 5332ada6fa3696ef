/** A rule as a form: fields in the words of people, and back to what the document says. */
import { factNamed, formOf } from '../../config/facts.ts';
import type { Plain } from '../../config/text-edit.ts';
import type { FormField, FormValues } from '../../tui/index.ts';
import { CommandError, Exit } from '../report.ts';
import type { EditedTool } from './book.ts';
import type { RuleText } from './edits.ts';
import { INNER, showValue, valueFrom } from './test-value.ts';
import { argumentFacts } from './tool-words.ts';

const EFFECTS = ['allow', 'deny', 'require', 'hide', 'limit', 'approve'] as const;
const FACTS = ['amount', 'currency', 'reason', 'recipient', 'reference', 'quantity', 'kind', 'principal'] as const;
const TIMES = ['time.hour', 'time.weekday', 'time.date'] as const;
const NO_FACT = '(none)';
const MOST_CONDITIONS = 8;
const BY_HAND = 'written by hand, kept';

/** The values of a rule; of a new one that is about a tool, or about nothing yet. */
export function valuesOf(rule: RuleText | null, tool: EditedTool | null): FormValues {
  if (rule === null) return { id: '', effect: 'approve', tools: tool?.tool ?? '', ...conditionValues({}) };
  const when = rule['when'];
  const conditions = when === undefined ? [] : conditionsOf(when);
  return {
    ...{ id: textOf(rule['id']), effect: textOf(rule['effect']), message: textOf(rule['message']) },
    tools: Array.isArray(rule['tools']) ? (rule['tools'] as readonly string[]).join(', ') : '',
    ...(conditions === null ? { when: BY_HAND } : conditionValues(Object.fromEntries(conditions.entries()))),
    ...limitValues(membersOf(rule['limit'])),
    ...approveValues(membersOf(rule['approve'])),
  };
}

interface Condition {
  readonly fact: string;
  readonly op: string;
  readonly value: string;
}

/** Null for a condition that no form of ours can show. */
function conditionsOf(when: Plain): readonly Condition[] | null {
  const conditions: Condition[] = [];
  for (const [fact, test] of Object.entries(membersOf(when))) {
    if (fact === 'all' || fact === 'any' || fact === 'not') return null;
    for (const [op, value] of Object.entries(membersOf(test))) {
      const shown = showValue(fact, op, value);
      if (shown === null) return null;
      conditions.push({ fact, op, value: shown });
    }
  }
  return conditions.length > MOST_CONDITIONS ? null : conditions;
}

function conditionValues(conditions: Readonly<Record<string, Condition>>): FormValues {
  return Object.fromEntries(
    Object.entries(conditions).flatMap(([index, { fact, op, value }]) => [
      [`fact${index}`, fact],
      [`op${index}`, op],
      [`value${index}`, value],
    ]),
  );
}

function limitValues(limit: RuleText): FormValues {
  const { amount, calls, per, scope, exceed, unknown, key } = limit;
  return {
    counts: calls === undefined ? 'money' : 'calls',
    cap: amount === undefined ? textOf(calls) : (showValue('amount', 'lte', amount) ?? ''),
    ...{ per: textOf(per), scope: textOf(scope), exceed: textOf(exceed), unknown: textOf(unknown) },
    key: Array.isArray(key) ? (key as readonly string[]).join(', ') : '',
  };
}

function approveValues({ count, roles, expire }: RuleText): FormValues {
  return {
    count: textOf(count),
    roles: Array.isArray(roles) ? (roles as readonly string[]).join(', ') : '',
    expire: textOf(expire),
  };
}

/** The fields that a rule with these values has; `tool` says which arguments a condition can look at. */
export function fieldsOf(values: FormValues, tool: EditedTool | null): readonly FormField[] {
  const effect = values['effect'] ?? 'allow';
  return [
    field('id', 'rule', 'its name in every answer, like no-large-refunds'),
    choice('effect', 'effect', EFFECTS),
    field('tools', 'tools', 'stripe/create_refund, stripe/*, kind:refund, money:out, *'),
    ...(effect === 'hide' ? [] : conditionFields(values, tool)),
    ...(effect === 'limit' ? limitFields(values) : []),
    ...(effect === 'approve' ? approveFields() : []),
    field('message', 'message', 'told to the agent when the rule denies'),
  ];
}

function conditionFields(values: FormValues, tool: EditedTool | null): readonly FormField[] {
  const byHand = values['when'] === undefined ? [] : [choice('when', 'when', [BY_HAND, 'by form, from nothing'])];
  if (values['when'] === BY_HAND) return byHand;
  const facts = [...FACTS, ...argumentFacts(tool), ...TIMES];
  // Every condition that there is, and one to be filled in.
  const filled = indices(values);
  const free = Array.from({ length: MOST_CONDITIONS }, (_, at) => at).find((at) => !filled.includes(at));
  const slots = [...filled, ...(free === undefined ? [] : [free])].sort((a, b) => a - b);
  const conditions = slots.flatMap((at, place) => {
    const fact = values[`fact${at}`] ?? NO_FACT;
    const known = facts.includes(fact) || fact === NO_FACT ? facts : [...facts, fact];
    const first = choice(`fact${at}`, place === 0 ? 'when' : 'and', [NO_FACT, ...known]);
    if (fact === NO_FACT) return [first];
    const operators = operatorsOf(fact);
    const op = operators.find((one) => one === values[`op${at}`]) ?? operators[0] ?? '';
    const key = `value${at}`;
    const value = op === 'present' ? choice(key, '', ['yes', 'no']) : field(key, '', hintFor(fact, op));
    return [first, choice(`op${at}`, '', operators), value];
  });
  return [...byHand, ...conditions];
}

/** What is asked of a fact most often stands first. */
const USUAL: Readonly<Record<string, string>> = {
  ...{ amount: 'gt', currency: 'not_in', reason: 'present', recipient: 'in', quantity: 'gt' },
  ...{ 'time.hour': 'gte', 'time.weekday': 'in', 'time.date': 'gte' },
};

function operatorsOf(fact: string): readonly string[] {
  const named = factNamed(fact, 'UTC');
  if (!('ref' in named)) return ['eq'];
  const known = [...formOf(named.ref).operators];
  const usual = known.filter((op) => op === USUAL[fact]);
  return [...usual, ...known.filter((op) => !usual.includes(op))];
}

function hintFor(fact: string, op: string): string {
  if (op === 'in' || op === 'not_in') return fact === 'currency' ? 'USD, EUR' : 'one, another';
  if (fact === 'amount') return '500 USD, or 500 USD, 450 EUR';
  if (fact === 'currency') return 'USD';
  return INNER.has(op) ? 'gt 5' : 'a text, a number, yes or no; "5" in quotes is a text';
}

function limitFields(values: FormValues): readonly FormField[] {
  const isMoney = values['counts'] !== 'calls';
  return [
    choice('counts', 'counts', ['money', 'calls']),
    field('cap', 'at most', isMoney ? '5000 USD, or 5000 USD, 4500 EUR' : '100'),
    field('per', 'per', 'minute, hour, day, week, month, or rolling 24h'),
    choice('scope', 'shared by', ['grant', 'principal', 'policy', 'upstream', 'global']),
    field('key', 'split by', 'facts or arguments that split the counter, like reference; empty for one counter'),
    choice('exceed', 'beyond it', ['deny', 'approve']),
    ...(isMoney ? [choice('unknown', 'unknown amount', ['deny', 'approve'])] : []),
  ];
}

function approveFields(): readonly FormField[] {
  return [
    field('count', 'signatures', 'how many people; 1 if empty'),
    field('roles', 'of', 'roles of which a signer needs one, like finance; empty for every approver'),
    field('expire', 'within', '15m or 2h; the configuration says if empty'),
  ];
}

/** The rule that a form says. Throws `CommandError` for a value that cannot be read. */
export function ruleOf(values: FormValues, before: RuleText | null): RuleText {
  const { effect = 'allow', message = '', id = '' } = values;
  const when =
    effect === 'hide'
      ? undefined
      : values['when'] === BY_HAND
        ? before?.['when']
        : whenOf(values, membersOf(before?.['when']));
  return pruned({
    id: id.trim(),
    tools: listOf(values['tools'] ?? ''),
    effect,
    when,
    limit: effect === 'limit' ? limitOf(values, membersOf(before?.['limit'])) : undefined,
    approve: effect === 'approve' ? approveOf(values) : undefined,
    message: message.trim() === '' ? undefined : message.trim(),
    timezone: before?.['timezone'],
  });
}

function whenOf(values: FormValues, before: RuleText): Plain | undefined {
  const when: Record<string, Record<string, Plain>> = {};
  for (const at of indices(values)) {
    const fact = values[`fact${at}`] ?? '';
    const known = operatorsOf(fact);
    const op = known.find((one) => one === values[`op${at}`]) ?? known[0] ?? '';
    const written = values[`value${at}`] ?? '';
    const test = (when[fact] ??= {});
    if (op in test) throw new CommandError(Exit.usage, `\`${fact}\` ${op} is asked twice`);
    const line = op === 'present' && written === '' ? 'yes' : written;
    test[op] = valueFrom(fact, op, line, membersOf(before[fact])[op]);
  }
  return Object.keys(when).length === 0 ? undefined : when;
}

function indices(values: FormValues): readonly number[] {
  return Array.from({ length: MOST_CONDITIONS }, (_, at) => at).filter((at) => {
    const fact = values[`fact${at}`] ?? NO_FACT;
    return fact !== NO_FACT;
  });
}

/** What the form does not show, a time zone, stays. */
function limitOf(values: FormValues, before: RuleText): Plain {
  const { counts = 'money', cap = '', per = '', scope, exceed, unknown, key = '' } = values;
  const isMoney = counts !== 'calls';
  return pruned({
    ...(isMoney ? { amount: valueFrom('amount', 'lte', cap, before['amount']) } : { calls: wholeOf(cap, 'at most') }),
    per: per.trim() === '' ? 'day' : per.trim(),
    timezone: before['timezone'],
    scope: unlessDefault(scope, 'grant', before['scope']),
    key: key.trim() === '' ? undefined : listOf(key),
    exceed: unlessDefault(exceed, 'deny', before['exceed']),
    unknown: isMoney ? unlessDefault(unknown, 'deny', before['unknown']) : undefined,
  });
}

function approveOf({ count = '', roles = '', expire = '' }: FormValues): Plain | undefined {
  const approve = pruned({
    count: count.trim() === '' ? undefined : wholeOf(count, 'signatures'),
    roles: roles.trim() === '' ? undefined : listOf(roles),
    expire: expire.trim() === '' ? undefined : expire.trim(),
  });
  return Object.keys(approve).length === 0 ? undefined : approve;
}

/** What goes without saying is written only where it was written before. */
function unlessDefault(value: string | undefined, usual: string, before: Plain | undefined): string | undefined {
  const said = value === undefined || value === '' ? usual : value;
  return said === usual && before === undefined ? undefined : said;
}

function wholeOf(text: string, what: string): number {
  if (/^\d{1,15}$/.test(text.trim())) return Number(text.trim());
  throw new CommandError(Exit.usage, `\`${text}\` behind \`${what}\` is no whole number`);
}

function listOf(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

function pruned(members: Readonly<Record<string, Plain | undefined>>): RuleText {
  return Object.fromEntries(
    Object.entries(members).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

function membersOf(value: Plain | undefined): RuleText {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as RuleText) : {};
}

function textOf(value: Plain | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function field(key: string, label: string, hint: string): FormField {
  return { key, label, hint, choices: null };
}

function choice(key: string, label: string, choices: readonly string[]): FormField {
  return { key, label, hint: '', choices };
}
