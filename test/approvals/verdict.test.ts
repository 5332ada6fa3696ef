import { describe, expect, it } from 'vitest';
import type { OperatorRecord } from '../../src/approvals/operator.ts';
import { readRegistry } from '../../src/approvals/registry.ts';
import type { Registry } from '../../src/approvals/registry.ts';
import type { ApprovalRequest } from '../../src/approvals/request.ts';
import {
  needsLeft,
  parseSignedVerdict,
  signedVerdictText,
  signersOf,
  verdictMessage,
  verifyVerdict,
} from '../../src/approvals/verdict.ts';
import type { AcceptedVerdict, Verdict } from '../../src/approvals/verdict.ts';
import { canonicalPlain } from '../../src/core/canonical.ts';
import { brandAs } from '../../src/core/ids.ts';
import {
  ADDED_MS,
  changes,
  CREATED_MS,
  EXPIRES_MS,
  hand,
  pairOf,
  recordOf,
  REQUEST,
  revocationOf,
  ROOT,
  ROOT_ENTRY,
  SECURITY_KEY,
  signedBy,
  signedVerdict,
  sshSignature,
  verdictOf,
  armored,
} from './people.ts';
import type { Hand } from './people.ts';

const [ANN, BOB, EVE] = [hand('ann'), hand('bob', 'ssh'), hand('eve', 'sk')];
const NOW_MS = CREATED_MS + 60_000;

function registryOf(...operators: readonly (readonly [Hand, Partial<OperatorRecord>])[]): Registry {
  const entries = operators.map(([who, changed]) => signedBy(ROOT, recordOf(who, changed)));
  const registry = readRegistry([ROOT_ENTRY, ...entries], ROOT.fingerprint);
  expect(registry.faults).toEqual([]);
  return registry;
}

const FINANCE = registryOf([ANN, { roles: ['finance'] }], [BOB, { roles: ['finance'] }], [EVE, { roles: ['finance'] }]);

/** `ok`, or the code of the refusal. */
function check(text: string, request: ApprovalRequest = REQUEST, registry = FINANCE, nowMs = NOW_MS): string {
  const result = verifyVerdict(text, request, registry, nowMs);
  return result.ok ? 'ok' : result.code;
}

function accepted(text: string, request: ApprovalRequest, registry: Registry): AcceptedVerdict {
  const result = verifyVerdict(text, request, registry, NOW_MS);
  if (!result.ok) throw new Error(result.why);
  return result;
}

describe('when an operator signs', () => {
  it.each([
    ['passphrase', ANN],
    ['ssh', BOB],
    ['touch+pin', EVE],
  ])('accepts the verdict, and says what keeps the key: %s', (protection, who) => {
    const result = verifyVerdict(signedVerdict(who, REQUEST), REQUEST, FINANCE, NOW_MS);
    expect(result).toEqual({
      ok: true,
      verdict: verdictOf(who, REQUEST),
      operator: recordOf(who, { roles: ['finance'] }),
      protection,
    });
  });

  it('signs the canonical text under a domain of its own', () => {
    const verdict = verdictOf(ANN, REQUEST, { seen: null });
    expect(verdictMessage(verdict).toString()).toBe(
      `countersign/verdict/v1\n{"fingerprint":"${ANN.fingerprint}","id":"apr-1","operator":"ann","request":"${verdict.request}","seen":null,"signedMs":1790000030000,"v":1,"verdict":"approve"}`,
    );
  });

  it('accepts a rejection, and one without a log that was seen', () => {
    expect(check(signedVerdict(ANN, REQUEST, { verdict: 'reject', seen: null }))).toBe('ok');
  });

  it('signs nothing that would be refused for its form', () => {
    for (const changed of [{ v: 2 }, { request: 'x' }, { verdict: 'maybe' }, { more: 1 }, { seen: { count: 1 } }]) {
      const broken = { ...verdictOf(ANN, REQUEST), ...changed } as Verdict;
      expect(() => verdictMessage(broken), JSON.stringify(changed)).toThrow(
        expect.objectContaining({ name: 'ApprovalError', code: 'bad_record' }) as Error,
      );
    }
  });
});

describe('when anything was changed after the signature', () => {
  it('refuses the verdict for a request with any other value anywhere', () => {
    const text = signedVerdict(ANN, REQUEST);
    const all = changes(REQUEST) as ApprovalRequest[];
    expect(all.length).toBeGreaterThan(70);
    for (const changed of all) {
      expect(check(text, changed), JSON.stringify(changed)).toBe('other_request');
    }
  });

  it('refuses the verdict with any other value anywhere', () => {
    for (const who of [ANN, BOB, EVE]) {
      const verdict = verdictOf(who, REQUEST);
      const signature = who.sign(verdictMessage(verdict));
      const all = changes({ verdict, signature });
      expect(all.length).toBeGreaterThan(25);
      for (const changed of all) {
        expect(check(canonicalPlain(changed)), canonicalPlain(changed)).not.toBe('ok');
      }
    }
  });

  it.each<[string, Partial<Verdict>, string]>([
    ['verdict', { verdict: 'reject' }, 'bad_signature'],
    ['log', { seen: null }, 'bad_signature'],
    ['time', { signedMs: CREATED_MS }, 'bad_signature'],
    ['id', { id: brandAs('apr-2') }, 'other_request'],
    ['operator', { operator: brandAs('bob') }, 'other_key'],
    ['operator and key', { operator: BOB.name, fingerprint: BOB.fingerprint }, 'bad_signature'],
    ['key', { fingerprint: BOB.fingerprint }, 'other_key'],
    ['operator', { operator: brandAs('nobody') }, 'unknown_operator'],
  ])('refuses another %s', (_, changed, code) => {
    const signature = ANN.sign(verdictMessage(verdictOf(ANN, REQUEST)));
    expect(check(signedVerdictText({ verdict: verdictOf(ANN, REQUEST, changed), signature }))).toBe(code);
  });

  it('refuses it for another request, also for the same call asked again', () => {
    const text = signedVerdict(ANN, REQUEST);
    expect(check(text, { ...REQUEST, nonce: 'ba'.repeat(16) })).toBe('other_request');
    expect(check(text, { ...REQUEST, id: brandAs('apr-2') })).toBe('other_request');
    expect(check(text, { ...REQUEST, origin: 'desktop' })).toBe('other_request');
  });

  it('refuses a request that has no hash', () => {
    expect(check(signedVerdict(ANN, REQUEST), { ...REQUEST, principal: '\ud800' })).toBe('bad_request');
    expect(check(signedVerdict(ANN, REQUEST), { ...REQUEST, createdMs: Number.NaN })).toBe('bad_request');
  });
});

describe('when the signature is not one for this', () => {
  const verdict = verdictOf(EVE, REQUEST);
  const message = verdictMessage(verdict);
  const why = (signature: string): string => {
    const result = verifyVerdict(signedVerdictText({ verdict, signature }), REQUEST, FINANCE, NOW_MS);
    return result.ok ? 'ok' : `${result.code}: ${result.why}`;
  };
  const pair = pairOf('eve');

  it.each([
    ['other_namespace', { namespace: 'git' }, 'the signature was not made for `countersign-approval@v1`'],
    ['not_touched', { flags: 4 }, 'nobody touched the security key'],
    ['no_pin', { flags: 1 }, 'the security key did not ask for its PIN'],
    ['other_hash', { hash: 'sha1' }, 'the signature uses a hash that is not accepted'],
  ])('says why: %s', (_, changed, words) => {
    expect(why(armored(sshSignature(pair, message, { ...SECURITY_KEY, ...changed })))).toBe(`bad_signature: ${words}`);
  });

  it('refuses what the same key signed in another domain', () => {
    const other = Buffer.from(message.toString().replace('countersign/verdict/v1', 'countersign/operator/v1'));
    expect(why(EVE.sign(other))).toBe('bad_signature: the signature does not fit');
  });
});

describe('when the time is wrong', () => {
  const at = (signedMs: number, nowMs: number): string =>
    check(signedVerdict(ANN, REQUEST, { signedMs }), REQUEST, FINANCE, nowMs);
  it.each([
    ['at creation', CREATED_MS, CREATED_MS, 'ok'],
    ['2 s before creation, by a slow clock', CREATED_MS - 2000, CREATED_MS, 'ok'],
    ['more than 2 s before creation', CREATED_MS - 2001, CREATED_MS, 'before_request'],
    ['at the epoch', 0, NOW_MS, 'before_request'],
    ['60 s ahead, by a fast clock', NOW_MS + 60_000, NOW_MS, 'ok'],
    ['more than 60 s ahead', NOW_MS + 60_001, NOW_MS, 'in_future'],
    ['in the last instant', EXPIRES_MS, EXPIRES_MS, 'ok'],
    ['after expiry', EXPIRES_MS + 1, EXPIRES_MS, 'expired'],
    ['in time, but brought after expiry', EXPIRES_MS - 1, EXPIRES_MS + 1, 'expired'],
  ])('judges one signed %s', (_, signedMs, nowMs, code) => {
    expect(at(signedMs, nowMs)).toBe(code);
  });
});

describe('when the operator may not sign', () => {
  it('refuses one who was revoked, or has another key now', () => {
    const added = signedBy(ROOT, recordOf(ANN, { roles: ['finance'] }));
    const revoked = signedBy(ROOT, revocationOf(ANN, ADDED_MS + 5000));
    const registry = readRegistry([ROOT_ENTRY, added, revoked], ROOT.fingerprint);
    expect(check(signedVerdict(ANN, REQUEST), REQUEST, registry)).toBe('revoked');
    const phone = hand('ann', 'own', 'ann on her phone');
    const replaced = signedBy(ROOT, recordOf(phone, { serial: 2, addedMs: ADDED_MS + 9000, roles: ['finance'] }));
    const later = readRegistry([ROOT_ENTRY, added, replaced], ROOT.fingerprint);
    expect(check(signedVerdict(ANN, REQUEST), REQUEST, later)).toBe('other_key');
    expect(check(signedVerdict(phone, REQUEST), REQUEST, later)).toBe('ok');
  });

  it.each<[readonly string[], readonly string[], string, string]>([
    [['finance'], ['finance'], 'ok', 'ok'],
    // Any approver may stop a call; nobody signs for a role that he does not have.
    [['approver'], ['finance'], 'not_a_signer', 'ok'],
    [['viewer'], ['finance'], 'not_a_signer', 'not_a_signer'],
    [['admin', 'policy'], ['finance'], 'not_a_signer', 'not_a_signer'],
    [[], ['finance'], 'not_a_signer', 'not_a_signer'],
    [['approver'], [], 'ok', 'ok'],
    [['finance'], [], 'not_a_signer', 'not_a_signer'],
    [['admin'], [], 'not_a_signer', 'not_a_signer'],
    [['admin'], ['admin'], 'ok', 'ok'],
  ])('with the roles %j about a need of %j: approve %s, reject %s', (roles, wanted, approve, reject) => {
    const request = { ...REQUEST, needs: [{ count: 1, roles: wanted, asked: [] }] };
    const registry = registryOf([ANN, { roles }]);
    expect(check(signedVerdict(ANN, request), request, registry)).toBe(approve);
    expect(check(signedVerdict(ANN, request, { verdict: 'reject' }), request, registry)).toBe(reject);
  });

  it.each<[string, Partial<OperatorRecord>, Partial<Pick<ApprovalRequest, 'principal' | 'owner'>>]>([
    ['an identity as principal', { identities: ['support@acme.example'] }, {}],
    ['an identity as owner', { identities: ['x@acme.example', 'owner@acme.example'] }, {}],
    ['an identity in another case', { identities: ['Support@ACME.example'] }, {}],
    ['the person as principal', { person: 'Ann Lee' }, { principal: 'ann lee' }],
    ['the person as owner', { person: 'Ann Lee' }, { owner: 'Ann Lee' }],
    ['the operator’s name as principal', {}, { principal: 'ann' }],
    ['the operator’s name as owner', {}, { owner: 'Ann' }],
    ['full-width letters', { person: 'Ann' }, { owner: '\uff21nn' }],
  ])('refuses approval of one’s own agent: %s', (_, changed, about) => {
    const request = { ...REQUEST, ...about };
    const registry = registryOf([ANN, { ...changed, roles: ['finance'] }]);
    expect(check(signedVerdict(ANN, request), request, registry)).toBe('excluded');
    expect(check(signedVerdict(ANN, request, { verdict: 'reject' }), request, registry)).toBe('ok');
  });

  it('refuses a second key of the person behind the agent, also when the first is revoked', () => {
    const first = signedBy(ROOT, recordOf(BOB, { person: 'Ann Lee', identities: ['support@acme.example'] }));
    const second = signedBy(ROOT, recordOf(ANN, { person: 'ann lee', roles: ['finance'] }));
    const revoked = signedBy(ROOT, revocationOf(BOB, ADDED_MS + 5000));
    for (const entries of [
      [first, second],
      [first, second, revoked],
    ]) {
      const registry = readRegistry([ROOT_ENTRY, ...entries], ROOT.fingerprint);
      expect(check(signedVerdict(ANN, REQUEST), REQUEST, registry)).toBe('excluded');
    }
  });

  it.each<[string, Record<string, string> | null, string | null, string | null, string]>([
    ['no limits', null, null, null, 'ok'],
    ['the limit', { USD: '50000' }, '500.00 USD', 'USD', 'ok'],
    ['a cent more', { USD: '49999' }, '500.00 USD', 'USD', 'above_limit'],
    ['nothing at all', { USD: '0' }, '500.00 USD', 'USD', 'above_limit'],
    ['yen', { JPY: '50000' }, '50000 JPY', 'JPY', 'ok'],
    ['a yen more', { JPY: '50000' }, '50001 JPY', 'JPY', 'above_limit'],
    ['the largest amount', { USD: '9007199254740991' }, '90071992547409.91 USD', 'USD', 'ok'],
    ['another currency', { EUR: '99999999' }, '500.00 USD', 'USD', 'other_currency'],
    ['no currency', {}, '500.00 USD', 'USD', 'other_currency'],
    ['an unknown amount', { USD: '50000' }, null, 'USD', 'unknown_amount'],
    ['an unknown currency', { USD: '50000' }, '500.00 USD', null, 'unknown_amount'],
    ['two currencies', { USD: '50000', EUR: '1' }, '500.00 USD', 'EUR', 'unknown_amount'],
    ['words', { USD: '50000' }, 'a lot', 'USD', 'unknown_amount'],
    ['a comma', { USD: '50000' }, '1,00 USD', 'USD', 'unknown_amount'],
    ['a sign', { USD: '50000' }, '-1.00 USD', 'USD', 'unknown_amount'],
    ['the prototype', { USD: '50000' }, '1 __proto__', '__proto__', 'unknown_amount'],
  ])('with limits: %s', (_, limits, amount, currency, code) => {
    const request = { ...REQUEST, shown: { ...REQUEST.shown, amount, currency } };
    const registry = registryOf([ANN, { limits, roles: ['finance'] }]);
    expect(check(signedVerdict(ANN, request), request, registry)).toBe(code);
    expect(check(signedVerdict(ANN, request, { verdict: 'reject' }), request, registry)).toBe('ok');
  });
});

describe('when several have to sign', () => {
  const needs = [
    { count: 2, roles: ['finance'], asked: [] },
    { count: 1, roles: [], asked: [] },
  ];
  const request = { ...REQUEST, needs };
  const registry = registryOf(
    [ANN, { person: 'Ann Lee', roles: ['finance'] }],
    [hand('ann-key', 'sk'), { person: 'ann  lee'.replace('  ', ' '), roles: ['finance'] }],
    [BOB, { person: 'Bob', roles: ['finance'] }],
    [EVE, { person: 'Eve', roles: ['approver'] }],
  );
  const sign = (who: Hand, verdict: 'approve' | 'reject' = 'approve'): AcceptedVerdict =>
    accepted(signedVerdict(who, request, { verdict }), request, registry);

  it('counts a person once, whichever keys signed', () => {
    const one = [sign(ANN), sign(hand('ann-key', 'sk')), sign(ANN)];
    expect(new Set(signersOf(one).map(({ person }) => person)).size).toBe(1);
    expect(needsLeft(needs, one)).toEqual(needs);
  });

  it('is met by two persons and an approver', () => {
    expect(needsLeft(needs, [])).toEqual(needs);
    expect(needsLeft(needs, [sign(ANN), sign(BOB)])).toEqual([needs[1]]);
    expect(needsLeft(needs, [sign(ANN), sign(EVE)])).toEqual([needs[0]]);
    expect(needsLeft(needs, [sign(ANN), sign(BOB), sign(EVE)])).toEqual([]);
  });

  it('counts no rejection', () => {
    expect(signersOf([sign(ANN, 'reject')])).toEqual([]);
    expect(needsLeft(needs, [sign(ANN), sign(BOB, 'reject'), sign(EVE, 'reject')])).toEqual(needs);
  });

  it('is met by nobody for a count of none', () => {
    const none = [{ count: 0, roles: ['finance'] }];
    expect(needsLeft(none, [])).toEqual(none);
  });
});

describe('when the text is not what we write', () => {
  const good = signedVerdict(ANN, REQUEST);
  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', `[${good}]`],
    ['a newline', `${good}\n`],
    ['a key twice', good.replace('{', '{"signature":"AAAA",')],
    ['a member of the prototype', good.replace('"verdict"', '"__proto__":null,"verdict"')],
    ['another number for the same value', good.replace('1790000030000', '1.79000003e12')],
    [
      'a hash in capitals',
      good.replace(/"request":"[^"]*"/, (text) => text.toUpperCase().replace('REQUEST', 'request')),
    ],
    ['a count below zero', good.replace('"count":12', '"count":-12')],
    ['length', `${good.slice(0, -1)}${' '.repeat(40_000)}}`],
  ])('refuses %s', (_, text) => {
    expect(text).not.toBe(good);
    expect(check(text)).toBe('malformed');
    expect(parseSignedVerdict(text)).toBeUndefined();
  });

  it('writes again what it reads', () => {
    expect(signedVerdictText(parseSignedVerdict(good)!)).toBe(good);
  });
});
