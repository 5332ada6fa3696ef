import { describe, expect, it } from 'vitest';
import { readPolicy } from '../../src/config/policy.ts';
import { readSource } from '../../src/config/read-source.ts';
import { brandAs } from '../../src/core/ids.ts';
import { lines } from './faults.ts';

async function faultsOf(text: string, file = 'p.json'): Promise<string[]> {
  const read = await readPolicy(brandAs('p'), readSource(file, text));
  return read.ok ? [] : lines(read.faults);
}

/** A document of these rules, each on a line of its own from the second on. */
const rules = (...texts: readonly string[]): string => `{"version":1,"rules":[\n${texts.join(',\n')}]}`;
/** A `deny` rule with this condition, which begins at 2:54. */
const when = (content: string): string =>
  rules(`{"id":"a","tools":["kind:charge"],"effect":"deny","when":{${content}}}`);
/** A `limit` rule with this limit, which begins at 2:47. */
const limit = (content: string): string => rules(`{"id":"a","tools":["*"],"effect":"limit","limit":{${content}}}`);

const KINDS =
  'refund, payout, transfer, payroll, credit, dispute_concede, wallet_pay, charge, capture, payment_link, invoice, invoice_issue, subscription_charge, mandate, allowance, payout_rule, limit_change, card_issue, card_store, metered_usage, discount, read, secret_read, config, customer_write, catalog_write, subscription, dispute, void, quote, ledger, message';
const FACTS =
  'expected `amount`, `currency`, `reason`, `recipient`, `reference`, `quantity`, `kind`, `direction`, `tool`, `upstream`, `principal`, `time.hour`, `time.weekday`, `time.date`, `args.<path>` or `grant.<label>`';
const SELECTORS = 'expected `<upstream>/<tool>`, `<upstream>/*`, `*/<tool>`, `*`, `kind:<kind>` or `money`';

const ROWS: readonly (readonly [when: string, text: string, faults: readonly string[]])[] = [
  ['there are no rules', '{"version":1}', ['1:1 missing_key /rules missing key `rules`; expected a list']],
  ['the document is a text', '"x"', ['1:1 wrong_type  expected an object, found a string']],
  [
    'selectors are not exact',
    rules('{"id":"a","tools":["str*/x","foo","a/","stripe/*"],"effect":"allow"}'),
    [
      '2:20 bad_selector /rules/0/tools/0 `str*/x`: `*` stands for a whole segment, never for a part of one',
      `2:29 bad_selector /rules/0/tools/1 \`foo\` is no selector; ${SELECTORS}`,
      `2:35 bad_selector /rules/0/tools/2 \`a/\` is no selector; ${SELECTORS}`,
    ],
  ],
  [
    'a kind is unknown',
    rules('{"id":"a","tools":["kind:refnd"],"effect":"allow"}'),
    [`2:20 bad_selector /rules/0/tools/0 unknown kind \`refnd\`; expected unclassified, ${KINDS}`],
  ],
  [
    'a direction is unknown',
    rules('{"id":"a","tools":["money:none"],"effect":"allow"}'),
    [
      '2:20 bad_selector /rules/0/tools/0 unknown direction `money:none`; expected `money`, `money:out`, `money:in` or `money:commit`',
    ],
  ],
  [
    'a rule selects nothing',
    rules('{"id":"a","tools":[],"effect":"allow"}'),
    ['2:19 wrong_value /rules/0/tools expected at least 1 entry'],
  ],
  [
    'two rules have one id',
    rules('{"id":"a","tools":["*"],"effect":"allow"}', '{"id":"a","tools":["*"],"effect":"deny"}'),
    ['3:7 duplicate_rule /rules/1/id duplicate rule id `a`; first on line 2'],
  ],
  [
    'an id has a space',
    rules('{"id":"a b","tools":["*"],"effect":"allow"}'),
    [
      '2:7 wrong_value /rules/0/id expected a rule id of up to 64 characters out of `A-Z a-z 0-9 . _ -`, beginning with a letter or a digit',
    ],
  ],
  [
    'an effect is unknown',
    rules('{"id":"a","tools":["*"],"effect":"permit"}'),
    ['2:34 wrong_value /rules/0/effect expected `allow`, `deny`, `require`, `hide`, `limit` or `approve`'],
  ],
  [
    '`hide` has a condition',
    rules('{"id":"a","tools":["*"],"effect":"hide","when":{"reason":{"present":true}}}'),
    ['2:41 unrecognized_key /rules/0/when unknown key `when`; expected `id`, `tools`, `message`, `timezone`, `effect`'],
  ],
  [
    '`require` has no condition',
    rules('{"id":"a","tools":["*"],"effect":"require"}'),
    [
      '2:1 missing_key /rules/0/when missing key `when`; expected a condition, like `{ "reason": { "present": true } }`',
    ],
  ],
  [
    '`limit` has no limit',
    rules('{"id":"a","tools":["*"],"effect":"limit"}'),
    ['2:1 missing_key /rules/0/limit missing key `limit`; expected an object'],
  ],
  [
    'a limit counts nothing',
    limit('"per":"day"'),
    ['2:50 wrong_value /rules/0/limit a limit has either `amount` or `calls`, and not both'],
  ],
  [
    'a limit counts two things',
    limit('"per":"day","calls":1,"amount":"5 USD"'),
    ['2:50 wrong_value /rules/0/limit a limit has either `amount` or `calls`, and not both'],
  ],
  [
    'a limit counts half calls',
    limit('"per":"day","calls":1.5'),
    ['2:71 wrong_type /rules/0/limit/calls expected a whole number, found a number'],
  ],
  [
    'a window is unknown',
    limit('"per":"fortnight","calls":1'),
    [
      '2:57 wrong_value /rules/0/limit/per expected `minute`, `hour`, `day`, `week`, `month` or a span like `rolling 24h`',
    ],
  ],
  [
    'a rolling window has a time zone',
    limit('"per":"rolling 24h","calls":1,"timezone":"UTC"'),
    ['2:81 wrong_value /rules/0/limit/timezone a rolling window is the same in every time zone'],
  ],
  [
    'a time zone does not exist',
    limit('"per":"day","calls":1,"timezone":"Mars/Base"'),
    ['2:84 unknown_timezone /rules/0/limit/timezone no such time zone; expected an IANA name, like `Europe/Berlin`'],
  ],
  [
    'a key is many values, a time or an amount',
    limit('"per":"day","calls":1,"key":["amount","args.a[*]","time.hour","reference"]'),
    [
      '2:80 wrong_value /rules/0/limit/key/0 a key is one value: neither `amount`, nor a time, nor a path with `[*]`',
      '2:89 wrong_value /rules/0/limit/key/1 a key is one value: neither `amount`, nor a time, nor a path with `[*]`',
      '2:101 wrong_value /rules/0/limit/key/2 a key is one value: neither `amount`, nor a time, nor a path with `[*]`',
    ],
  ],
  [
    'a limit of calls speaks of unknown amounts',
    limit('"per":"day","calls":1,"unknown":"approve"'),
    ['2:73 wrong_value /rules/0/limit/unknown `unknown` is about amounts, and this limit counts calls'],
  ],
  [
    'a cap is a number',
    limit('"per":"day","amount":{"USD":500}'),
    ['2:79 wrong_type /rules/0/limit/amount/USD expected an amount of money in a string, like `"500"`'],
  ],
  [
    'a cap has more decimals than the currency',
    limit('"per":"day","amount":"5.001 USD"'),
    ['2:72 bad_money /rules/0/limit/amount the amount has more than 2 decimals'],
  ],
  [
    'an approval is asked of nobody',
    rules('{"id":"a","tools":["*"],"effect":"approve","approve":{"count":0,"roles":["Fin ance"],"expire":"soon"}}'),
    [
      '2:63 wrong_value /rules/0/approve/count expected at least 1',
      '2:74 wrong_value /rules/0/approve/roles/0 expected a name of up to 64 characters out of `a-z 0-9 . _ -`, beginning with a letter or a digit',
      '2:95 wrong_value /rules/0/approve/expire expected a length of time like `45s`, `15m`, `24h` or `7d`',
    ],
  ],
  [
    'the time zone of a rule does not exist',
    rules('{"id":"a","tools":["*"],"effect":"deny","timezone":"Nowhere/X"}'),
    ['2:52 unknown_timezone /rules/0/timezone no such time zone; expected an IANA name, like `Europe/Berlin`'],
  ],
  [
    'a fact is misspelt',
    when('"amout":{"gt":"5 USD"}'),
    [`2:59 unknown_fact /rules/0/when/amout unknown fact \`amout\`; ${FACTS}`],
  ],
  [
    'a label is not one',
    when('"grant.Team":{"eq":"x"}'),
    [`2:59 unknown_fact /rules/0/when/grant.Team unknown fact \`grant.Team\`; ${FACTS}`],
  ],
  [
    'a path is not one',
    when('"args.a..b":{"eq":1}'),
    [
      '2:59 bad_path /rules/0/when/args.a..b `args.a..b` is not a path: a path is written like `a.b[*].c[0]["odd.key"]`; it stops making sense at character 2',
    ],
  ],
  [
    'a path begins with an index',
    when('"args[0]":{"eq":1}'),
    ['2:59 bad_path /rules/0/when/args[0] the arguments are an object, so a path begins with a key'],
  ],
  [
    'a fact has no operators but a value',
    when('"currency":"USD"'),
    ['2:70 wrong_type /rules/0/when/currency expected operators, like `{ "eq": "USD" }`'],
  ],
  [
    'an operator is misspelt',
    when('"args.a":{"gtt":5}'),
    [
      '2:69 unrecognized_key /rules/0/when/args.a/gtt unknown key `gtt`; expected `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `in`, `not_in`, `present`, `matches`, `starts_with`, `ends_with`, `contains`, `length`, `type`, `any`, `all`, `sum`, `count`',
    ],
  ],
  [
    'there is no operator',
    when('"tool":{}'),
    ['2:66 wrong_value /rules/0/when/tool expected at least one operator, like `{ "present": true }`'],
  ],
  [
    'a text is put in order',
    when('"reason":{"gt":5}'),
    [
      '2:69 wrong_operator /rules/0/when/reason/gt `gt` does not apply here; expected `eq`, `ne`, `in`, `not_in`, `matches`, `starts_with`, `ends_with`, `contains`, `length`, `present` or `type`',
    ],
  ],
  [
    'many values are compared with one',
    when('"args.i[*].p":{"gt":5}'),
    [
      '2:74 wrong_operator /rules/0/when/args.i[*].p/gt `gt` does not apply here; expected `any`, `all`, `sum`, `count` or `present`',
    ],
  ],
  [
    'an amount is compared with a number',
    when('"amount":{"gt":500}'),
    ['2:74 bad_money /rules/0/when/amount/gt expected money, like `"500 USD"` or `{ "USD": "500" }`'],
  ],
  [
    'a currency does not exist',
    when('"amount":{"gt":{"USD":"5","XXQ":"5"}}'),
    ['2:91 bad_money /rules/0/when/amount/gt/XXQ `XXQ` is not an active currency code of ISO 4217'],
  ],
  [
    'a currency comes in two spellings',
    when('"amount":{"gt":{"USD":"5","usd":"500"}}'),
    ['2:74 bad_money /rules/0/when/amount/gt the bound names `USD` twice'],
  ],
  [
    'money is compared with an argument',
    when('"args.price":{"eq":{"USD":"5"}}'),
    ['2:78 wrong_value /rules/0/when/args.price/eq a money bound compares only with `amount`'],
  ],
  [
    'a currency is compared with a word',
    when('"currency":{"in":["USD","euro"]}'),
    ['2:83 wrong_value /rules/0/when/currency/in/1 expected a currency of three capital letters, like `USD`'],
  ],
  [
    'a kind is compared with a word',
    when('"kind":{"eq":"refnd"}'),
    [`2:72 wrong_value /rules/0/when/kind/eq expected a kind: ${KINDS}`],
  ],
  [
    'a direction is compared with a word',
    when('"direction":{"eq":"outward"}'),
    ['2:77 wrong_value /rules/0/when/direction/eq expected `out`, `in`, `commit` or `none`'],
  ],
  [
    'times are out of the calendar',
    when('"time.hour":{"gte":24},"time.weekday":{"eq":"monday"},"time.date":{"lt":"2026-02-30"}'),
    [
      '2:78 wrong_value /rules/0/when/time.hour/gte expected an hour, 0 to 23',
      '2:103 wrong_value /rules/0/when/time.weekday/eq expected `mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`',
      '2:131 wrong_value /rules/0/when/time.date/lt expected a day, like `2026-11-22`',
    ],
  ],
  [
    'something is compared with nothing',
    when('"args.a":{"ne":"","eq":" "}'),
    [
      '2:74 wrong_value /rules/0/when/args.a/ne a blank text counts as absent, so nothing equals it; use `present`',
      '2:82 wrong_value /rules/0/when/args.a/eq a blank text counts as absent, so nothing equals it; use `present`',
    ],
  ],
  [
    'something is compared with null',
    when('"args.a":{"eq":null}'),
    [
      '2:74 wrong_value /rules/0/when/args.a/eq expected a string, a number, a boolean or a map from currency to amount',
    ],
  ],
  [
    'an order is asked of a word',
    when('"args.a":{"gt":"abc","lt":true}'),
    [
      '2:74 wrong_value /rules/0/when/args.a/gt only numbers, days like `2026-11-22` and money have an order',
      '2:85 wrong_value /rules/0/when/args.a/lt only numbers, days like `2026-11-22` and money have an order',
    ],
  ],
  [
    'a count is compared with a word',
    when('"args.a":{"count":{"gt":"5"},"length":{"matches":"x"}}'),
    [
      '2:83 wrong_value /rules/0/when/args.a/count/gt expected a number',
      '2:98 wrong_operator /rules/0/when/args.a/length/matches `matches` does not apply here; expected `eq`, `ne`, `in`, `not_in`, `gt`, `gte`, `lt` or `lte`',
    ],
  ],
  [
    'a pattern does not end',
    when('"args.a":{"matches":"(a"}'),
    [
      '2:79 bad_pattern /rules/0/when/args.a/matches not a pattern in RE2 syntax: error parsing regexp: missing closing ): `(a`',
    ],
  ],
  [
    'a pattern folds case, which in Unicode would match other letters',
    when('"args.a":{"matches":"(?si)usd"}'),
    [
      '2:79 bad_pattern /rules/0/when/args.a/matches not a pattern in RE2 syntax: patterns are case-sensitive; write `[Uu][Ss][Dd]` instead of `(?i)usd`',
    ],
  ],
  [
    'a pattern would have to look ahead',
    when('"args.a":{"matches":"(?=a)b"}'),
    [
      '2:79 bad_pattern /rules/0/when/args.a/matches not a pattern in RE2 syntax: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
  ],
  [
    'a condition is empty',
    when('"not":{}'),
    ['2:65 wrong_value /rules/0/when/not an empty condition says nothing; expected a fact, `all`, `any` or `not`'],
  ],
  ['a list of conditions is empty', when('"any":[]'), ['2:65 wrong_value /rules/0/when/any expected at least 1 entry']],
  [
    'a condition deep inside is wrong',
    when('"not":{"any":[{"reason":{"present":"yes"}},{"reason":{"presnt":true}}]}'),
    [
      '2:94 wrong_type /rules/0/when/not/any/0/reason/present expected `true` or `false`, found a string',
      '2:113 unrecognized_key /rules/0/when/not/any/1/reason/presnt unknown key `presnt`; expected `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `in`, `not_in`, `present`, `matches`, `starts_with`, `ends_with`, `contains`, `length`, `type`, `any`, `all`, `sum`, `count`',
    ],
  ],
  [
    'a number would be rounded',
    when('"args.a":{"gt":10000.000000000000001}'),
    ['2:74 inexact_number /rules/0/when/args.a/gt the number cannot be kept exactly; write it as a string'],
  ],
];

describe('a policy document', () => {
  it.each(ROWS)('tells the place and the words when %s', async (_when, text, faults) => {
    expect(await faultsOf(text)).toEqual(faults);
  });

  it('tells the faults of every rule together', async () => {
    const text = rules(
      '{"id":"a","tools":["x"],"effect":"allow"}',
      '{"id":"b","tools":["*"],"effect":"permit"}',
      '{"id":"a","tools":["*"],"effect":"deny","when":{"nope":{"eq":1}}}',
    );
    expect((await faultsOf(text)).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      '2:20 bad_selector',
      '3:34 wrong_value',
      '4:7 duplicate_rule',
      '4:49 unknown_fact',
    ]);
  });

  it('tells the places of YAML in the same way', async () => {
    const text =
      'version: 1\nrules:\n  - id: a\n    tools: ["*"]\n    effect: deny\n    when:\n      amount: { gt: 500 }\n';
    expect(await faultsOf(text, 'p.yaml')).toEqual([
      '7:21 bad_money /rules/0/when/amount/gt expected money, like `"500 USD"` or `{ "USD": "500" }`',
    ]);
  });
});
