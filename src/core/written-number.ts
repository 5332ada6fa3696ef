/** A number as one of the forms that a tool's schema declares. Another JSON type is refused, never converted. */
import { parseMinor, parseMajorUnits } from './money.ts';
import { parseScaled, parseWhole } from './amount-text.ts';
import type { Scaled } from './amount-text.ts';
import type { AmountForm } from './entry.ts';
import { JsonNumber, typeOf } from './json.ts';
import type { Json } from './json.ts';
import { parsed, refused } from './money-fault.ts';
import type { Parsed } from './money-fault.ts';

interface FormRow {
  readonly json: 'number' | 'string' | null;
  readonly whole: boolean;
}

const FORMS: Readonly<Record<AmountForm, FormRow>> = {
  integer: { json: 'number', whole: true },
  number: { json: 'number', whole: false },
  'integer-string': { json: 'string', whole: true },
  'integer-or-string': { json: null, whole: true },
  'decimal-string': { json: 'string', whole: false },
};

/** The text of a number in its declared form. */
function textOf(value: Json, form: AmountForm): Parsed<string> {
  const row = FORMS[form];
  const text = value instanceof JsonNumber ? value.text : value;
  if (typeof text !== 'string' || (row.json !== null && typeOf(value) !== row.json)) {
    const expected = row.json ?? 'number or string';
    return refused('not_a_number', `it must be of type ${expected}, and is of type ${typeOf(value)}`);
  }
  const grammar = row.whole ? parseWhole(text) : parseScaled(text);
  return grammar.ok ? parsed(text) : grammar;
}

/** An amount in the provider's minor units. `exponent` is the provider's for the currency. */
export function readUnits(value: Json, form: AmountForm, unit: 'minor' | 'major', exponent: number): Parsed<bigint> {
  const text = textOf(value, form);
  if (!text.ok) return text;
  return unit === 'minor' ? parseMinor(text.value) : parseMajorUnits(text.value, exponent);
}

/** A factor such as a quantity, exactly as written. */
export function readFactor(value: Json, form: AmountForm): Parsed<Scaled> {
  const text = textOf(value, form);
  return text.ok ? parseScaled(text.value) : text;
}
