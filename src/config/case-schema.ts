/** Test cases of policies as people write them: calls, and what each must be decided as. */
import * as z from 'zod';
import { Entries } from './entry-schema.ts';
import { INSTANT_WORDS, parseInstantMs } from './instant.ts';
import { Currency, Name, UpstreamName, closed, text, written } from './primitives.ts';

const Instant = z
  .string()
  .refine((written) => parseInstantMs(written) !== undefined, { error: `expected ${INSTANT_WORDS}` });
const PolicyPath = text(4096);

/** What matters to policies of an upstream; the words are those of the configuration. */
const CaseUpstream = closed({
  provider: written(/^[a-z0-9][a-z0-9-]{0,30}$/, 'the name of a provider, like `stripe`')
    .exactOptional()
    .describe('Whose tools these are in the catalogue. Without it every tool is unclassified.'),
  currency: closed({ assume: Currency.describe('The only currency of the account.') })
    .exactOptional()
    .describe('For an account that has one currency.'),
  tools: z
    .record(text(200), Entries)
    .exactOptional()
    .describe("Your own catalogue entries by tool name. They replace the catalogue's."),
}).meta({ id: 'CaseUpstream', description: 'An upstream of the cases.' });

const Call = closed({
  tool: written(/^[a-z0-9][a-z0-9-]{0,30}\/\S+$/, 'a tool, `<upstream>/<tool>`').describe(
    'The canonical name, `<upstream>/<tool>`.',
  ),
  arguments: z.record(z.string(), z.unknown()).exactOptional().describe('What the agent sends. Nothing if left out.'),
  time: Instant.exactOptional().describe("The instant of the decision. The file's `time` if left out."),
}).meta({ id: 'CaseCall', description: 'One call of a tool.' });

const Expectation = closed({
  decision: z
    .enum(['allow', 'deny', 'approve'])
    .describe('`approve`: allowed, and a person has to sign first. `allow`: nobody has to.'),
  rule: text(64)
    .exactOptional()
    .describe('The rule that decides: which denies, which allows, or which asks for the signature.'),
  code: z
    .enum(['hidden', 'denied', 'requirement', 'not_allowed', 'unclassified', 'no_policy', 'broken_policy'])
    .exactOptional()
    .describe('Why it is denied.'),
  limits: z
    .array(text(64))
    .exactOptional()
    .describe('The `limit` rules that count the call, all of them, in any order. Not looked at if left out.'),
}).meta({ id: 'Expectation', description: 'What the call must be decided as.' });

const Case = closed({
  name: text(200).describe('A sentence of the policy: `refunds over 500 USD are denied`.'),
  call: Call,
  expect: Expectation,
}).meta({ id: 'Case', description: 'One call and its decision.' });

/** A whole file of cases. */
export const CaseDocument = closed({
  $schema: z.string().exactOptional().describe('For editors.'),
  version: z.literal(1).describe('The version of the format.'),
  description: z.string().max(2000).exactOptional().describe('For people.'),
  policy: z
    .union([PolicyPath, z.array(PolicyPath).min(1)], { error: 'expected the path of a policy, or a list of them' })
    .describe('The policies under test, as a grant would name them; paths are relative to this file.'),
  upstreams: z
    .record(UpstreamName, CaseUpstream)
    .exactOptional()
    .describe('The upstreams of the cases. One that is named like a provider need not be declared.'),
  labels: z.record(Name, text(200)).exactOptional().describe('The labels of the grant: `grant.<label>`.'),
  principal: text(200).exactOptional().describe('Who is accountable. `tester@policy.test` if left out.'),
  time: Instant.exactOptional().describe('The instant of every decision. `2026-01-01T12:00:00Z` if left out.'),
  cases: z.array(Case).min(1).max(10_000).describe('The cases, run in this order; none changes another.'),
}).meta({
  id: 'PolicyTest',
  description:
    'Cases of a policy, run by `countersign policy test`. Tools are classified by the catalogue alone; limits count nothing.',
});

export type CaseFile = z.output<typeof CaseDocument>;
export type PolicyCase = CaseFile['cases'][number];
