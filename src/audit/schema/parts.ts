/** Fields that more than one kind of record adds to those of all. */
import * as z from 'zod';
import { grant, principal } from './common.ts';
import { count, digest, field, shared, text } from './describe.ts';

export const client = shared(
  'client',
  'What the MCP client says it is.',
  z.strictObject({
    name: field('Its name.', text()),
    version: field('Its version.', text()),
  }),
);

/** Of a record that belongs to a session. */
export const SESSION = { grant, principal, client } as const;

export const upstream = shared('upstream', 'Key of the payment server in the configuration.', text());

export const policies = shared(
  'policies',
  'The policies that are in force.',
  z.array(
    z.strictObject({
      name: field('Key of the policy in the configuration.', text()),
      hash: field('SHA-256 of its canonical form; null for one that does not load.', digest().nullable()),
    }),
  ),
);

/** No signed text is longer. */
const SIGNED = 4_000;

const osUser = shared(
  'osUser',
  'A user of the operating system: nothing proves who that was.',
  z.strictObject({
    by: field('How the actor is known.', z.literal('os-user')),
    name: field('The login name.', text()),
  }),
);

const operator = shared(
  'signer',
  'An operator, who signed what was done.',
  z.strictObject({
    by: field('How the actor is known.', z.literal('operator')),
    name: field('The name of the operator.', text()),
    fingerprint: field("Of the operator's key, as OpenSSH prints it.", text()),
    signed: field('The act with its signature.', text(SIGNED)),
  }),
);

export const actor = shared('actor', 'Who acted.', z.discriminatedUnion('by', [osUser, operator]));

export const requestHash = shared('requestHash', 'What is signed: SHA-256 of the request for approval.', digest());
export const verdict = shared('verdict', 'What the operator said.', z.enum(['approve', 'reject']));
export const operatorName = shared('operator', 'The name of an operator.', text());
export const fingerprint = shared('fingerprint', "Of the operator's key, as OpenSSH prints it.", text());
export const signed = shared('signed', 'What was signed, with its signature.', text(SIGNED));
export const faults = shared('faults', 'How many faults were found.', count());
export const tokens = shared('tokens', 'How many tokens that concerns.', count());
export const install = shared('install', 'Id of the installation.', text());
export const node = shared('node', 'Version of Node.js.', text(64));

export const padding = shared('padding', 'Fills the record up, so that shippers tell files apart.', text(1_024));

export const opening = shared(
  'opening',
  'The calls file that is about to be made.',
  z.strictObject({
    segment: field('Its id.', text()),
    file: field('Its name.', text()),
    key: field('The public key that will sign its checkpoints, base64.', text(64)),
  }),
);

export const ending = shared(
  'ending',
  'The file that ended.',
  z.strictObject({
    segment: field('Its id.', text()),
    file: field('Its name.', text()),
    count: field('How many records it holds.', count()),
    head: field('`hash` of the last of them.', digest()),
  }),
);
