/** What policies and calls are made of. Small lists, so that calls meet the bounds of the policies. */

/** Kinds with their directions, as the list of kinds has them. */
export const KIND_DIRECTIONS: readonly (readonly [kind: string, direction: string])[] = [
  ['refund', 'out'],
  ['payout', 'out'],
  ['transfer', 'out'],
  ['charge', 'in'],
  ['capture', 'in'],
  ['payment_link', 'in'],
  ['subscription_charge', 'commit'],
  ['mandate', 'commit'],
  ['allowance', 'commit'],
  ['payout_rule', 'commit'],
  ['read', 'none'],
  ['quote', 'none'],
  ['config', 'none'],
];

export const TOOLS = ['stripe/create_refund', 'stripe/read', 'pay/create_refund', 'pay/x/y', 'pay/api', 'stripe/odd'];

/** JSON numbers: around the bounds, in other spellings, and too large or too fine for a double. */
export const NUMBERS = `0 -0 0.0 1 2 3 10 12 100 499 500 501 1000 499.99 500.0 500.00 500.01 500.001 49999 50000 50001
  50000.0 0.1 0.2 0.3 0.30000000000000000004 19.99 1.5 1e3 5E2 5e+2 500e0 50000e-2 1e-2 -1 -500 -0.0 1e400 -1e400
  1e-400 1e401 -1e401 1e-401 1e99999999999999999999 9007199254740991 9007199254740992 9007199254740993 123456789012345678901234567890 0.1e1 10000.000000000000001`
  .trim()
  .split(/\s+/);

/** Those that a double keeps; a policy that writes another one is refused. */
export const BOUNDS = [
  '0',
  '-0',
  '0.0',
  '3',
  '12',
  '500.00',
  '49999',
  '0.1',
  '19.99',
  '5E2',
  '50000e-2',
  '-1',
  '0.1e1',
];

/** Numbers in strings, and what only looks like one. */
export const NUMBER_TEXTS = [
  ...['0', '1', '500', '500.00', '500.01', '499.99', '500.0', '500.001', '50000', '50001', '0.00', '10000', '0500'],
  ...[' 500', '500 ', '+500', '-500', '-0', '1,000.00', '1 000', '5e2', '0x1F4', '.5', '5.', '５００', '٥٠٠', 'NaN'],
  ...['Infinity', '9007199254740991', '90071992547409.91', '90071992547409.92', '9007199254740992', '1_000', 'abc.def'],
];

/** Currencies, and what only looks like one. */
export const CURRENCIES = ['USD', 'EUR', 'GBP', 'JPY', 'ISK', 'UGX', 'CLP', 'HUF', 'TWD', 'KWD', 'BHD', 'CLF'];
export const ODD_CURRENCIES = [
  ...['Usd', 'USD ', ' USD', 'ＵＳＤ', 'uſd', 'UЅD', 'US', 'USDX', 'XXX', 'XAU', 'BTC', 'ZZZ', '$', 'US\u200bD', 'uSD'],
];

/** Texts in which nothing can be seen. */
export const BLANKS = ['', ' ', '\t\n', '\u00a0', '\u200b', '\ufeff', '\u2060', '\u3164', '\u2800', '\u00ad', '\u3000'];

export const TEXTS = [
  ...['damaged', 'Damaged', 'DAMAGED', 'damaged ', 'fraud: card', 'fraud', 'a', 'ab', 'abb', 'b', 'a\nb', 'aXb', 'x'],
  ...['pi_1', 'pi_2', 'pi_', 'acct_9', '\u212a', 'K', 'k', 'ſ', 's', 'naïve', 'nai\u0308ve', '😀', 'İ', 'ﬁ', 'fi'],
  ...['2026-11-22', '2026-02-30', '2025-12-31', '2026-1-1', '2026-11-22T00:00:00Z', 'true', 'null', '1', '500'],
  ...['support@acme.example', 'refund', 'USD', 'a\u200bb', '\u200bpi_1', 'pi_1\u0000', '__proto__', 'e\u0301'],
];

/** The words that policies and calls use most, so that they meet. */
export const COMMON = ['damaged', 'fraud', 'a', 'ab', 'pi_1', 'acct_9'];

/** Beginnings and ends of the texts above. */
export const FRAGMENTS = [
  'd',
  'da',
  'a',
  'p',
  'pi_',
  's',
  'st',
  'f',
  'acct_',
  'e',
  'ed',
  'd ',
  '1',
  '9',
  'b',
  'k',
  '😀',
  ' ',
];

/** Those that a policy may hold. */
export const BOUND_TEXTS = TEXTS.filter((text) => !text.includes('\u0000'));

/** Patterns that JavaScript and RE2 read alike, but for `.` and `\s`. */
export const PATTERNS = [
  ...['dam.*', 'damaged', 'pi_[0-9]+', 'a|ab', '(a|ab)(b)?', '[^ ]+', '\\w+', '\\s*', '.', 'a.b', '.+', '.*b$', '^a.*'],
  ...['[a-z]{2,4}', 'fraud: .*', '\\d+', '(?:USD|EUR)', '.{1,2}', '[A-Z]+', 'k', '\\S+', '[^\\d]+', 'x?', 'e.?'],
];

/** Paths of the world that the calls are made of, and some that it never has. */
export const SINGLE_PATHS = [
  ...['amount', 'total.value', 'total', 'qty', 'currency', 'reason', 'meta.note', 'to', 'payment', 'x', 'y.z', 'y'],
  ...['items', 'list', 'list[0]', 'list[1]', 'items[0].price', 'items[1].qty', '["odd.key"]', 'never', '__proto__'],
  ...['constructor', 'm', 'm[0]', 'meta["note"]', 'hasOwnProperty', '__proto__.x', 'x.length'],
];
export const MANY_PATHS = [
  'items[*].price',
  'items[*].price',
  'items[*].qty',
  'list[*]',
  'list[*]',
  'items[*].price',
  'items[*].qty',
  'items[*].to',
  'list[*]',
  'm[*][*]',
  'm[*]',
  'x[*]',
  'never[*]',
  'items[*]',
];

export const ZONES = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia'],
  ...[
    'Africa/Casablanca',
    'America/St_Johns',
    'Asia/Kathmandu',
    'Pacific/Chatham',
    'Antarctica/Troll',
    'Europe/Dublin',
  ],
];

/** Instants at which clocks change, days begin and years end, to be moved by a few milliseconds and hours. */
export const EDGES = [
  ...['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z', '2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z'],
  ...['2026-04-04T15:00:00Z', '2026-10-03T15:30:00Z', '2011-12-30T10:00:00Z', '2026-02-15T02:00:00Z'],
  ...['2026-12-31T23:59:59.999Z', '2024-02-29T12:00:00Z', '1970-01-01T00:00:00Z', '2026-11-22T00:00:00Z'],
].map((text) => Date.parse(text));

export const LABELS = ['team', 'team', 'region', 'tier'];
export const LABEL_VALUES = ['support', 'support', 'emea', 'a', '', ' ', 'Support'];
export const PRINCIPALS = ['support@acme.example', 'finance@acme.example'];
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
export const DATES = ['2026-11-22', '2026-03-29', '2026-10-25', '2026-12-31', '2024-02-29', '1970-01-01', '2011-12-31'];
