/** The operator's own catalogue entries, in the form of the catalogue's. */
import * as z from 'zod';
import { KINDS } from '../core/kinds.ts';
import { ArgumentPath, Currency, closed, text } from './primitives.ts';

const Form = z.enum(['integer', 'number', 'integer-string', 'integer-or-string', 'decimal-string']).meta({
  description: 'The grammar the amount is written in. Everything else makes it unknown.',
});

const Multiplier = closed({
  path: ArgumentPath.describe('Where the factor is, for example a quantity.'),
  form: Form,
  absent: z.enum(['one', 'unknown']).describe('What leaving the factor out means.'),
});

const Amount = closed({
  path: ArgumentPath.describe('Where the amount is in the arguments. `[*]` is every element of an array.'),
  unit: z
    .enum(['minor', 'major', 'token', 'sat', 'percent'])
    .describe('`minor` (cents) and `major` (dollars) are money; the others never compare with money.'),
  form: Form,
  absent: z
    .enum(['full', 'unknown', 'zero'])
    .describe('What leaving the amount out means: everything there is, something unknown, or nothing.'),
  times: z.array(Multiplier).exactOptional().describe('Factors of the amount.'),
});

const EntryCurrency = z.union(
  [
    closed({
      path: ArgumentPath,
      absent: Currency.exactOptional().describe('What the server takes where it is left out.'),
    }),
    closed({ constant: Currency }),
  ],
  { error: 'expected `{ "path": … }` or `{ "constant": "USD" }`' },
);

/** A path of an API; `*` is one segment. */
const Route = z
  .string()
  .max(256)
  .regex(/^(?:\/(?:\*|[A-Za-z0-9_-]+))+$/, 'expected a path like `/refund` or `/transaction/verify/*`');

/** One catalogue entry. */
export const Entry = closed({
  kind: z.enum(KINDS).describe('What the tool does.'),
  when: z
    .record(ArgumentPath, z.array(z.union([z.string(), z.null()])).min(1))
    .exactOptional()
    .describe('The argument values that select this entry, compared exactly; null is for one that is left out.'),
  routes: z
    .record(ArgumentPath, z.array(Route).min(1))
    .exactOptional()
    .describe('Arguments that are written as a path, and the paths that select this entry; `*` is one segment.'),
  brackets: ArgumentPath.exactOptional().describe('The object whose keys may be written as `a[0][b]`.'),
  json: ArgumentPath.exactOptional().describe('The string that holds a JSON object; paths go on inside it.'),
  amounts: z.array(Amount).exactOptional().describe('The amounts of a call; several are added.'),
  unknownIf: z
    .array(ArgumentPath)
    .exactOptional()
    .describe('The amount is unknown when one of these arguments is present (a tax, a discount).'),
  unknownUnless: z
    .record(ArgumentPath, z.array(z.union([z.string(), z.null()])).min(1))
    .exactOptional()
    .describe('The amount is unknown unless each of these holds one of its values; null is for one that is left out.'),
  currency: EntryCurrency.exactOptional().describe(
    'Where the currency is, or a fixed one. Leave it out if only the account knows.',
  ),
  reason: ArgumentPath.exactOptional().describe('Where the reason is.'),
  recipient: ArgumentPath.exactOptional().describe('Where the payee is.'),
  reference: ArgumentPath.exactOptional().describe('Where the payment or order is named.'),
  quantity: ArgumentPath.exactOptional().describe('Where the quantity is.'),
  idempotency: ArgumentPath.exactOptional().describe('Where the idempotency key is.'),
  accepts: z
    .array(text(512))
    .exactOptional()
    .describe(
      'For an open object of a generic tool: every path that the entry accepts. Another makes the call unclassified.',
    ),
}).meta({ id: 'CatalogueEntry', description: 'What one payment tool does.' });

const ALTERNATIVES = { error: 'expected a catalogue entry, or a list of entries that each have a `when`' };

/** One entry, or several that `when` tells apart. */
export const Entries = z.union(
  [
    Entry,
    z
      .array(Entry)
      .min(1)
      .refine((all) => all.length === 1 || all.every(({ when, routes }) => when ?? routes), ALTERNATIVES),
  ],
  ALTERNATIVES,
);
