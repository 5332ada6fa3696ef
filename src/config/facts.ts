/** What a condition can look at, and which operators make sense there. */
import { isKind, KINDS } from '../core/kinds.ts';
import { parsePath } from '../core/path.ts';
import type { FactRef } from '../core/policy.ts';
import { show } from './tree.ts';
import { isDate } from './units.ts';
import { orList } from './words.ts';

const EQUALITY = ['eq', 'ne', 'in', 'not_in'] as const;
const ORDER = ['gt', 'gte', 'lt', 'lte'] as const;
const TEXT = ['matches', 'starts_with', 'ends_with', 'contains', 'length'] as const;
const QUANTIFIERS = ['any', 'all', 'sum', 'count'] as const;

/** What a fact is like: its operators, and the values it can be compared with. */
export interface FactForm {
  readonly operators: ReadonlySet<string>;
  readonly money: boolean;
  /** Why a value can never equal the fact, or null. Absent: any value will do. */
  readonly refuses?: (value: string | number | boolean) => string | null;
}

const form = (operators: readonly string[], refuses?: FactForm['refuses']): FactForm => {
  return { operators: new Set(operators), money: false, ...(refuses && { refuses }) };
};

function oneOf(words: readonly string[]): FactForm['refuses'] {
  return (value) => (words.includes(String(value)) ? null : `expected ${orList(words)}`);
}

const isText: FactForm['refuses'] = (value) => (typeof value === 'string' ? null : 'expected a string');
const isCurrency: FactForm['refuses'] = (value) =>
  typeof value === 'string' && /^[A-Z]{3}$/.test(value)
    ? null
    : 'expected a currency of three capital letters, like `USD`';
const isHour: FactForm['refuses'] = (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 24 ? null : 'expected an hour, 0 to 23';
const isDay: FactForm['refuses'] = (value) =>
  typeof value === 'string' && isDate(value) ? null : 'expected a day, like `2026-11-22`';
const isKnownKind: FactForm['refuses'] = (value) =>
  typeof value === 'string' && isKind(value) ? null : `expected a kind: ${KINDS.join(', ')}`;

const FREE_TEXT = form([...EQUALITY, ...TEXT, 'present', 'type']);
const NAMED = form([...EQUALITY, ...TEXT, 'present'], isText);
const ARGUMENT = form([...EQUALITY, ...ORDER, ...TEXT, ...QUANTIFIERS, 'present', 'type']);
/** A path with `[*]` finds many values, so a test has to say of how many of them it speaks. */
const ARGUMENTS = form([...QUANTIFIERS, 'present']);

const FORMS = {
  amount: { ...form([...EQUALITY, ...ORDER, 'present']), money: true },
  currency: form([...EQUALITY, 'present'], isCurrency),
  reason: FREE_TEXT,
  recipient: FREE_TEXT,
  reference: FREE_TEXT,
  quantity: form([...EQUALITY, ...ORDER, 'present', 'type']),
  kind: form(EQUALITY, isKnownKind),
  direction: form(EQUALITY, oneOf(['out', 'in', 'commit', 'none'])),
  tool: NAMED,
  upstream: NAMED,
  principal: NAMED,
} as const satisfies Partial<Record<FactRef['fact'], FactForm>>;

const TIME = {
  hour: form([...EQUALITY, ...ORDER], isHour),
  weekday: form(EQUALITY, oneOf(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])),
  date: form([...EQUALITY, ...ORDER], isDay),
} as const;

/** The form of an element of an array, and of a number that was counted. */
export const ELEMENT_FORM = ARGUMENT;
export const NUMBER_FORM = form([...EQUALITY, ...ORDER], (value) =>
  typeof value === 'number' ? null : 'expected a number',
);

/** What a fact is like. */
export function formOf(ref: FactRef): FactForm {
  if (ref.fact === 'args') return ref.path.some(({ step }) => step === 'each') ? ARGUMENTS : ARGUMENT;
  if (ref.fact === 'label') return NAMED;
  return ref.fact === 'time' ? TIME[ref.part] : FORMS[ref.fact];
}

const PLAIN_NAMES = Object.keys(FORMS) as readonly (keyof typeof FORMS)[];
const PARTS = Object.keys(TIME) as readonly (keyof typeof TIME)[];

/** A fact by its name, or what is wrong with the name. */
export type NamedFact = { readonly ref: FactRef } | { readonly code: string; readonly message: string };

/** Reads the name of a fact. `timezone` is that of the rule. */
export function factNamed(name: string, timezone: string): NamedFact {
  const plain = PLAIN_NAMES.find((known) => known === name);
  if (plain !== undefined) return { ref: { fact: plain } };
  const part = PARTS.find((known) => `time.${known}` === name);
  if (part !== undefined) return { ref: { fact: 'time', part, timezone } };
  if (/^args[.[]/.test(name)) return argument(name);
  const label = /^grant\.([a-z0-9][a-z0-9._-]{0,63})$/.exec(name)?.[1];
  return label === undefined ? unknownFact(name) : { ref: { fact: 'label', label } };
}

function argument(name: string): NamedFact {
  const parsed = parsePath(name.slice(name.startsWith('args.') ? 5 : 4));
  if (!parsed.ok) return { code: 'bad_path', message: `${show(name)} is not a path: ${parsed.message}` };
  if (parsed.path[0]?.step !== 'key')
    return { code: 'bad_path', message: 'the arguments are an object, so a path begins with a key' };
  return { ref: { fact: 'args', path: parsed.path, text: name } };
}

function unknownFact(name: string): NamedFact {
  const known = [...PLAIN_NAMES, ...PARTS.map((part) => `time.${part}`), 'args.<path>'].map((word) => `\`${word}\``);
  return {
    code: 'unknown_fact',
    message: `unknown fact ${show(name)}; expected ${known.join(', ')} or \`grant.<label>\``,
  };
}
