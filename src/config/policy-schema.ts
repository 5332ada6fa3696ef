/** The policy document as people write it. */
import * as z from 'zod';
import { Duration, Name, closed, text, written } from './primitives.ts';
import { Condition, MoneyMap, Timezone } from './test-schema.ts';

const RULE_ID = 'a rule id of up to 64 characters out of `A-Z a-z 0-9 . _ -`, beginning with a letter or a digit';

const base = {
  id: written(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, RULE_ID).describe(
    'Unique in the document; it names the rule in every answer.',
  ),
  tools: z
    .array(text(200))
    .min(1)
    .describe(
      'What the rule is about: `stripe/create_refund`, `stripe/*`, `*/create_refund`, `*`, `kind:refund`, `money`, `money:out`, `money:in`, `money:commit`.',
    ),
  message: text(500).exactOptional().describe('Told to the agent when the rule denies.'),
  timezone: Timezone.exactOptional().describe(
    'The IANA time zone of `time.…` facts and of a limit without its own. UTC if left out.',
  ),
};

const when = Condition.exactOptional().describe('The rule matches only if this holds.');

const Limit = closed({
  amount: z
    .union([z.string(), MoneyMap], { error: 'expected money, `"500 USD"` or a map from currency to amount' })
    .exactOptional()
    .describe('The most money per window.'),
  calls: z.int().min(0).max(1_000_000_000).exactOptional().describe('The most calls per window.'),
  per: written(
    /^(?:minute|hour|day|week|month|rolling [1-9][0-9]{0,6}(?:s|m|h|d))$/,
    '`minute`, `hour`, `day`, `week`, `month` or a span like `rolling 24h`',
  ).describe('A calendar window, or any span of the given length: `rolling 24h`.'),
  timezone: Timezone.exactOptional().describe('The IANA time zone of a calendar window.'),
  scope: z
    .enum(['grant', 'principal', 'policy', 'upstream', 'global'])
    .exactOptional()
    .describe('Who shares the counter. `grant` if left out.'),
  key: z
    .array(text(520))
    .min(1)
    .max(8)
    .exactOptional()
    .describe('Facts or arguments that split the counter, for example `reference`.'),
  exceed: z.enum(['deny', 'approve']).exactOptional().describe('What happens above the cap. `deny` if left out.'),
  unknown: z
    .enum(['deny', 'approve'])
    .exactOptional()
    .describe('What happens to an amount that cannot be known. `deny` if left out.'),
}).meta({ id: 'Limit', description: 'What is counted, over which window, and the cap.' });

const Approve = closed({
  count: z.int().min(1).max(20).exactOptional().describe('How many persons have to sign. 1 if left out.'),
  roles: z.array(Name).exactOptional().describe('Roles of which a signer needs one. Every approver if left out.'),
  expire: Duration.exactOptional().describe('How long the request waits for a signature.'),
}).meta({ id: 'Approve', description: 'Who has to sign.' });

/** One rule. What may stand in it depends on its effect. */
export const Rule = z
  .discriminatedUnion('effect', [
    closed({ ...base, effect: z.enum(['allow', 'deny']).describe('`allow` permits; `deny` blocks.'), when }),
    closed({
      ...base,
      effect: z.literal('require').describe('Denies unless `when` holds.'),
      when: Condition.describe('What must hold.'),
    }),
    closed({ ...base, effect: z.literal('hide').describe('Takes the tools out of the list. Has no `when`.') }),
    closed({ ...base, effect: z.literal('limit').describe('Caps calls or money per window.'), when, limit: Limit }),
    closed({
      ...base,
      effect: z.literal('approve').describe('A person has to sign.'),
      when,
      approve: Approve.exactOptional(),
    }),
  ])
  .meta({ id: 'Rule' });

export type RuleDoc = z.output<typeof Rule>;
export type LimitDoc = z.output<typeof Limit>;

/** A whole policy document. */
export const PolicyDocument = closed({
  $schema: z.string().exactOptional().describe('For editors.'),
  version: z.literal(1).describe('The version of the format.'),
  description: z.string().max(2000).exactOptional().describe('For people.'),
  default: z
    .enum(['allow', 'deny'])
    .exactOptional()
    .describe('What happens to a call that no rule allows or denies. `deny` if left out.'),
  rules: z
    .array(Rule)
    .max(1000)
    .describe(
      '`hide`, `deny` and `require` in this order, first denial wins; then one `allow`; then limits; then approvals.',
    ),
}).meta({ id: 'Policy', description: 'A Countersign policy.' });
