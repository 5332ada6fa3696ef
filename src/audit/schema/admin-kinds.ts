/** The kinds of the admin stream that say what people did, and what was refused. */
import * as z from 'zod';
import { approval, code, grant, policy, record, request, rule } from './common.ts';
import { count, digest, field, shared, text } from './describe.ts';
import { actor, faults, fingerprint, operatorName, policies, requestHash, signed, tokens } from './parts.ts';
import { upstream, verdict } from './parts.ts';

const secret = shared('secret', 'The key that the secret is sealed under.', text());
const version = shared('version', 'Version of the secret.', count());
const policyName = shared('policyName', 'Key of the policy in the configuration.', text());

const SECRET = { actor, secret, version } as const;
const GRANT = { actor, grant, tokens } as const;
const FREEZE = {
  actor,
  grant: shared('frozenGrant', 'The grant; null for every grant.', text().nullable()),
  scope: shared('freezeScope', 'What is stopped: everything, or what may move money.', z.enum(['all', 'money'])),
} as const;
const OPERATOR = {
  ...{ actor, operator: operatorName, fingerprint, signed },
  person: shared('person', 'The person that the operator is.', text()),
  roles: shared('roles', 'The roles of the operator.', z.array(text(32))),
  signedBy: shared('signedBy', 'The operator who vouched.', text()),
} as const;

const CLIENT = {
  actor,
  does: shared('clientDoes', 'The command.', z.enum(['client install', 'client uninstall', 'init'])),
  mcpClient: shared('mcpClient', 'Which MCP client.', text()),
  scope: shared('clientScope', "Whose file: the person's everywhere, or a project's.", z.enum(['user', 'project'])),
  file: shared('clientFile', "The file's name, without its directory.", text(64)),
  entries: shared('clientEntries', "The gateway's entries that come or go.", z.array(text(64)).max(32)),
  moved: shared(
    'movedServers',
    'The servers that go behind the gateway, or come back past it; the first 32.',
    z.array(text(64)).max(32),
  ),
  movedCount: shared('movedCount', 'How many servers that are.', count()),
} as const;

export const ADMIN_KINDS = [
  record('secret_sealed', '`secret set`.', SECRET),
  record('secret_removed', '`secret remove`.', SECRET),
  record('grant_issued', '`grant issue`.', GRANT),
  record('grant_revoked', '`grant revoke`.', GRANT),
  record('grant_rotated', '`grant rotate`.', {
    ...{ actor, grant },
    retired: field('How many older tokens end.', count()),
    overlapUntilMs: field('When they end, in milliseconds since 1970.', count()),
  }),
  record('grants_frozen', '`freeze`.', FREEZE),
  record('grants_unfrozen', '`unfreeze`.', FREEZE),
  record('auth_failed', 'A client came without a good token.', {
    grant: field('The grant of the token, if the token is known.', text().nullable()),
    code,
  }),
  record('upstream_added', '`upstream add`.', {
    ...{ actor, upstream },
    pairing: field('Hash of how the server would be started and given secrets.', digest()),
  }),
  record('upstream_accepted', '`upstream review --accept`.', {
    ...{ actor, upstream },
    pairing: field('Hash of how the server is started and given secrets.', digest()),
    pins: field('How many tools were accepted.', count()),
  }),
  record('policy_edited', '`policy edit`.', {
    ...{ actor, policy: policyName },
    policyHash: field('SHA-256 of the canonical form that is saved.', digest()),
    replacedHash: field('SHA-256 of the one that it replaces.', digest()),
    changes: field('How many decisions change at the boundaries of both.', count()),
    looser: field('How many of them permit more.', count()),
  }),
  record('policy_refused', 'A client connected under a policy that does not load.', { policy: policyName, faults }),
  record('config_signed', '`activate`.', {
    actor,
    part: field('The part of the configuration that was signed.', z.enum(['policy', 'admin'])),
    partHash: field('SHA-256 of that part.', digest()),
    inForce: field('Whether that put it in force.', z.boolean()),
  }),
  record('config_reloaded', 'A running gateway took up an edit of the configuration.', {
    digest: field('SHA-256 over the files of the configuration.', digest()),
    policies,
    revealed: field('The facts whose values are recorded from now on.', z.array(text())),
  }),
  record('config_refused', 'An edit could not be used, and what was in force before it stays.', { faults }),
  record('quota_reset', '`quota reset`.', {
    ...{ actor, policy, rule },
    unit: field('`calls`, or the currency that was counted.', text()),
    scope: field('What the limit counts by.', text()),
    subject: field('Whose counter it is.', text()),
    counter: field('Digest of the counter.', text()),
  }),
  record('quota_resolved', '`quota resolve`.', {
    ...{ actor, request },
    as: field('What the call was settled as.', z.enum(['ok', 'failed'])),
  }),
  record('quota_settled', '`quota settle`; the amount is not recorded.', {
    ...{ actor, request },
    currency: field('The currency of the amount.', text()),
  }),
  record('operator_added', '`operator add`.', OPERATOR),
  record('operator_revoked', '`operator revoke`.', OPERATOR),
  record('approval_signed', 'Somebody signed on this machine.', {
    ...{ actor, approval, requestHash, verdict, operator: operatorName, fingerprint, signed },
  }),
  record('approval_refused', 'Somebody wanted to sign and may not; nothing was signed.', {
    ...{ actor, approval, verdict, operator: operatorName, code },
  }),
  record('client_installed', '`client install` and `init`, before the file is changed.', CLIENT),
  record('client_uninstalled', '`client uninstall`, before the file is changed.', CLIENT),
  record('log_read', 'One of our commands read the log.', {
    actor,
    does: field('Which one.', z.enum(['tail', 'query', 'export', 'report', 'verify', 'hash', 'checkpoint'])),
    records: field('How many records it gave out; null for one that follows what comes.', count().nullable()),
    options: field('What it was told, by the names of its options.', z.array(text())),
  }),
] as const;
