/** The fields that every record has; where they do not apply they are null or empty. */
import * as z from 'zod';
import { KINDS } from '../../core/kinds.ts';
import { count, digest, field, shared, text } from './describe.ts';

export const segment = shared(
  'segment',
  'Id of the calls file that the record stands in, or `admin` for the admin stream.',
  text(),
);
export const seq = shared('seq', "The record's number in its chain, from 0.", count());
export const prev = shared('prev', '`hash` of the record before in the same chain; 64 zeros for the first.', digest());
export const hash = shared(
  'hash',
  'SHA-256 over the RFC 8785 form of the record without this member, in hexadecimal.',
  digest(),
);

export const grant = shared('grant', 'The grant that is acted under or acted on.', text());
export const principal = shared('principal', 'Whom the grant says its agent acts for.', text());
export const request = shared('request', 'Pairs the `intent` and the `outcome` of one call, over all files.', text());
export const tool = shared('tool', '`<upstream>/<tool>`, or `~unknown` for a name that no schema has.', text());
export const toolKind = shared(
  'toolKind',
  'What the catalogue says the tool does; null for a tool that is not known.',
  z.enum([...KINDS, 'unclassified']).nullable(),
);
export const rule = shared('rule', 'The rule that decided; in brackets, no rule did.', text());
export const pointer = shared('pointer', 'Place of that rule in the policy document, as a JSON Pointer.', text());
export const policy = shared('policy', 'Name of the policy; null where no policy decided.', text().nullable());
export const policyHash = shared(
  'policyHash',
  'SHA-256 of the canonical form of that policy; null where no policy decided.',
  digest().nullable(),
);
export const approval = shared('approval', 'Id of the request for approval.', text());
export const callApproval = shared(
  'callApproval',
  'The request for approval that the call waits for or runs under; null for a call that needs none.',
  text().nullable(),
);
export const code = shared('code', 'A short word for why or how, from a closed list.', text(64));
export const latencyMs = shared('latencyMs', 'How long the call took, in whole milliseconds.', count());

const share = z.enum(['<10%', '<25%', '<50%', '<75%', '<90%', '<=100%', '>100%']);

const use = shared(
  'quotaUse',
  'A limit that the call counts under.',
  z.strictObject({
    rule: field('The limit rule.', text()),
    policy: field('The policy that it stands in.', text().nullable()),
    unit: field('`calls`, or the currency that is counted.', text(16)),
    per: field('The window of the limit.', text()),
    used: field('Share of the cap that is used with this call.', share),
    figure: field('What is used with this call, exactly; only where amounts are revealed.', text()).optional(),
    cap: field('The cap, exactly; only where amounts are revealed.', text()).optional(),
  }),
);
export const quota = shared('quota', 'The limits that the call counts under.', z.array(use));

const lengths = z.enum(['0', '<8', '<32', '<128', '<512', '<2048', '<8192', '>=8192']);

const argument = shared(
  'argument',
  'An argument of the call. Its value is not recorded.',
  z.strictObject({
    name: field('Its name in the schema of the tool, or `~unknown`.', text()),
    type: field('Its JSON type.', z.enum(['null', 'boolean', 'string', 'number', 'array', 'object'])),
    length: field('Length of its text in UTF-8 bytes, as a class.', lengths).optional(),
    hmac: field(
      'Month of the key, a colon, and the keyed digest of the value: equal values of a month have equal digests.',
      z.string().regex(/^\d{6}:[A-Za-z0-9_-]{22}$/),
    ).optional(),
  }),
);
export const args = shared('args', 'The arguments of the call by name and type.', z.array(argument));

const blank = shared('blank', 'Does not apply to records of this kind.', z.null());
const none = shared('none', 'Does not apply to records of this kind.', z.array(z.never()).max(0));

/** What a record has where its kind says nothing of it. */
export const BLANK = {
  request: blank,
  grant: blank,
  principal: blank,
  tool: blank,
  toolKind: blank,
  decision: blank,
  rule: blank,
  pointer: blank,
  policy: blank,
  policyHash: blank,
  approval: blank,
  quota: none,
  args: none,
  latencyMs: blank,
  outcome: blank,
  code: blank,
} as const;

/** A kind of record: what all have, and in its place what this one has. */
export function record<K extends string, S extends z.ZodRawShape>(
  kind: K,
  description: string,
  shape: S,
): z.ZodObject<{ readonly kind: z.ZodLiteral<K> }> {
  const what = field('The kind of record.', z.literal(kind));
  return shared(kind, description, z.strictObject({ kind: what, segment, seq, prev, ...BLANK, ...shape, hash }));
}
