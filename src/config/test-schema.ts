/** Conditions as people write them: facts, operators and their combinations. */
import * as z from 'zod';
import { closed, text, written } from './primitives.ts';

/** What a fact is compared with, as written. */
export type BoundDoc = string | number | boolean | Readonly<Record<string, string>>;

/** Operators over one fact; several are ANDed. */
export interface TestDoc {
  readonly eq?: BoundDoc;
  readonly ne?: BoundDoc;
  readonly gt?: BoundDoc;
  readonly gte?: BoundDoc;
  readonly lt?: BoundDoc;
  readonly lte?: BoundDoc;
  readonly in?: readonly BoundDoc[];
  readonly not_in?: readonly BoundDoc[];
  readonly present?: boolean;
  readonly matches?: string;
  readonly starts_with?: string;
  readonly ends_with?: string;
  readonly contains?: string | number | boolean;
  readonly length?: TestDoc;
  readonly type?: 'null' | 'boolean' | 'string' | 'number' | 'integer' | 'array' | 'object';
  readonly any?: TestDoc;
  readonly all?: TestDoc;
  readonly sum?: TestDoc;
  readonly count?: TestDoc;
}

/** `when` with its facts apart from its combinations; everything in it is ANDed. */
export interface ConditionDoc {
  readonly all?: readonly ConditionDoc[];
  readonly any?: readonly ConditionDoc[];
  readonly not?: ConditionDoc;
  readonly facts: Readonly<Record<string, TestDoc>>;
}

const Scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'expected a string, a number or a boolean' });

/** `{ "USD": "10000" }`; that each is a currency and an amount is checked where the bound is read. */
export const MoneyMap = z.record(
  z.string(),
  z.string({ error: 'expected an amount of money in a string, like `"500"`' }),
);

const Bound = z
  .union([z.string(), z.number(), z.boolean(), MoneyMap], {
    error: 'expected a string, a number, a boolean or a map from currency to amount',
  })
  .meta({ id: 'Bound', description: 'Money is written `"500 USD"` or as a map: `{ "USD": "10000", "EUR": "9000" }`.' });

const Bounds = z.array(Bound).min(1);
const Inner: z.ZodType<TestDoc> = z.lazy(() => Test);

const compare = (words: string) => Bound.exactOptional().describe(words);
const inner = (words: string) => Inner.exactOptional().describe(words);

/** The operators over one fact. */
export const Test = closed(
  {
    eq: compare('Equal, exactly and without converting types.'),
    ne: compare('Not equal.'),
    gt: compare('Greater.'),
    gte: compare('Greater or equal.'),
    lt: compare('Less.'),
    lte: compare('Less or equal.'),
    in: Bounds.exactOptional().describe('Equal to one of these.'),
    not_in: Bounds.exactOptional().describe('Equal to none of these.'),
    present: z.boolean().exactOptional().describe('There at all. Null and blank strings count as absent.'),
    matches: text(1000).exactOptional().describe('A regular expression (RE2) that the whole text must match.'),
    starts_with: text(500).exactOptional().describe('Begins with this text.'),
    ends_with: text(500).exactOptional().describe('Ends with this text.'),
    contains: Scalar.exactOptional().describe('A part of a text, or an element of an array.'),
    length: inner('The number of characters of a text, or of elements of an array.'),
    type: z
      .enum(['null', 'boolean', 'string', 'number', 'integer', 'array', 'object'])
      .exactOptional()
      .describe('The JSON type of the value.'),
    any: inner('At least one element of an array.'),
    all: inner('Every element of an array.'),
    sum: inner('The sum of the numbers in an array.'),
    count: inner('The number of elements of an array.'),
  },
  'operators, like `{ "eq": "USD" }`',
).meta({ id: 'Test', description: 'Operators over one fact; several are ANDed.' });

const fact = (words: string) => Test.exactOptional().describe(words);
const Part: z.ZodType<ConditionDoc> = z.lazy(() => Condition);

/** A condition. A key is a fact, or one of `all`, `any`, `not`; several keys are ANDed. */
export const Condition = z
  .object(
    {
      all: z.array(Part).min(1).exactOptional().describe('Every one of these conditions.'),
      any: z.array(Part).min(1).exactOptional().describe('At least one of these conditions.'),
      not: Part.exactOptional().describe('The opposite of this condition.'),
      amount: fact('The amount of the call. Compares only with money.'),
      currency: fact('The currency of the call.'),
      reason: fact('The reason that was given.'),
      recipient: fact('Who gets the money.'),
      reference: fact('The payment or order that the call is about.'),
      quantity: fact('The quantity.'),
      kind: fact('What the tool does, for example `refund`.'),
      direction: fact('Where money goes: `out`, `in`, `commit` or `none`.'),
      tool: fact('The canonical name, `<upstream>/<tool>`.'),
      upstream: fact('The name of the upstream.'),
      principal: fact('Who is accountable for the call.'),
      'time.hour': fact('The hour, 0 to 23, in the time zone of the rule.'),
      'time.weekday': fact('The day of the week, `mon` to `sun`, in the time zone of the rule.'),
      'time.date': fact('The day, `2026-11-22`, in the time zone of the rule.'),
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type' ? 'expected a condition, like `{ "reason": { "present": true } }`' : undefined,
    },
  )
  .catchall(Test)
  .meta({
    id: 'Condition',
    description:
      'Facts and their operators; further facts are `args.<path>` and `grant.<label>`. Several keys are ANDed.',
  })
  .transform(({ all, any, not, ...facts }): ConditionDoc => {
    return { ...(all && { all }), ...(any && { any }), ...(not && { not }), facts };
  });

/** An IANA time zone; whether it exists is checked where it is used. */
export const Timezone = written(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/, 'an IANA time zone, like `Europe/Berlin`');
