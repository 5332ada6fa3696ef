import { describe, expect, it } from 'vitest';
import { parseSignedRecord, signedRecordText } from '../../src/approvals/operator.ts';
import type { OperatorRecord } from '../../src/approvals/operator.ts';
import { readRegistry } from '../../src/approvals/registry.ts';
import type { Registry } from '../../src/approvals/registry.ts';
import { canonicalPlain } from '../../src/core/canonical.ts';
import { ADDED_MS, changes, hand, recordOf, REQUEST, revocationOf, ROOT, ROOT_ENTRY, signedBy } from './people.ts';
import type { Hand } from './people.ts';

const [ADMIN, SECOND, ANN, BOB, EVE] = [
  hand('admin', 'sk'),
  hand('second', 'ssh'),
  hand('ann'),
  hand('bob'),
  hand('eve'),
];

const at = (seconds: number): number => ADDED_MS + seconds * 1000;
const admin = (by: Hand, who: Hand, seconds: number, changed: Partial<OperatorRecord> = {}): string =>
  signedBy(by, recordOf(who, { roles: ['admin'], addedMs: at(seconds), ...changed }));
const add = (by: Hand, who: Hand, seconds: number, changed: Partial<OperatorRecord> = {}): string =>
  signedBy(by, recordOf(who, { addedMs: at(seconds), ...changed }));
const revoke = (by: Hand, who: Hand, seconds: number): string => signedBy(by, revocationOf(who, at(seconds)));

/** `ann active, bob revoked`, then the faults as `2 unknown_signer`. */
function shown(registry: Registry): readonly [string, readonly string[]] {
  const operators = registry.all().map(({ record, state }) => `${record.name} ${state}`);
  return [operators.join(', '), registry.faults.map(({ entry, code }) => `${entry ?? '-'} ${code}`)];
}

const read = (...entries: readonly string[]): readonly [string, readonly string[]] =>
  shown(readRegistry([ROOT_ENTRY, ...entries], ROOT.fingerprint));

describe('when the root vouches', () => {
  it('knows whom the root and its admins added, with every kind of key', () => {
    const entries = [ROOT_ENTRY, admin(ROOT, ADMIN, 1), admin(ADMIN, SECOND, 2), add(SECOND, ANN, 3)];
    const registry = readRegistry(entries, ROOT.fingerprint);
    expect(shown(registry)).toEqual(['admin active, ann active, root active, second active', []]);
    expect(registry.find('ann')).toEqual({
      record: recordOf(ANN, { addedMs: at(3) }),
      fingerprint: ANN.fingerprint,
      signedBy: 'second',
      isRoot: false,
      state: 'active',
      revokedMs: null,
    });
    expect(registry.byFingerprint(ROOT.fingerprint)).toMatchObject({ isRoot: true, record: { name: 'root' } });
    expect(registry.find('nobody')).toBeUndefined();
    expect(registry.find('__proto__')).toBeUndefined();
  });

  it('does not mind in which order the entries come', () => {
    const entries = [
      admin(ROOT, ADMIN, 1),
      add(ADMIN, ANN, 3),
      add(ADMIN, ANN, 4, { serial: 2 }),
      revoke(ROOT, ADMIN, 5),
    ];
    for (const first of entries) {
      const order = [first, ...entries.filter((entry) => entry !== first).reverse()];
      expect(read(...order)).toEqual(['admin revoked, ann active, root active', []]);
    }
  });

  it('adds others at the root’s own instant, as a script does', () => {
    const many = Array.from({ length: 8 }, (_, index) => hand(`admin-${index}`));
    expect(read(...many.map((who) => admin(ROOT, who, 0)))[1]).toEqual([]);
  });

  it('takes the serials of one instant in their order', () => {
    const serials = Array.from({ length: 12 }, (_, index) => add(ROOT, ANN, 1, { serial: 12 - index }));
    expect(read(...serials)).toEqual(['ann active, root active', []]);
  });
});

describe('when there is no root', () => {
  it('knows nobody', () => {
    expect(shown(readRegistry([], ROOT.fingerprint))).toEqual(['', ['- no_root']]);
    expect(shown(readRegistry([admin(ROOT, ADMIN, 1)], ROOT.fingerprint))).toEqual([
      '',
      ['- no_root', '0 unknown_signer'],
    ]);
    expect(shown(readRegistry([ROOT_ENTRY], EVE.fingerprint))).toEqual(['', ['- no_root', '0 unknown_signer']]);
    expect(shown(readRegistry([ROOT_ENTRY], ''))).toEqual(['', ['- no_root', '0 unknown_signer']]);
  });

  it.each([
    ['that somebody else signed', signedBy({ ...EVE, name: ROOT.name }, recordOf(ROOT, { roles: ['admin'] })), 'root'],
    [
      'that somebody else signed in its name',
      signedBy({ ...EVE, name: ROOT.name, fingerprint: ROOT.fingerprint }, recordOf(ROOT, { roles: ['admin'] })),
      'bad_signature',
    ],
    ['that names another signer', signedBy({ ...ROOT, name: EVE.name }, recordOf(ROOT, { roles: ['admin'] })), 'root'],
    ['without the role admin', signedBy(ROOT, recordOf(ROOT)), 'not_admin'],
  ])('takes no record of the root %s', (_, entry, code) => {
    expect(shown(readRegistry([entry], ROOT.fingerprint))).toEqual(['', ['- no_root', `0 ${code}`]]);
  });

  it('reads nothing of a flood', () => {
    const flood = Array.from({ length: 4096 }, () => ROOT_ENTRY);
    expect(shown(readRegistry([...flood, ROOT_ENTRY], ROOT.fingerprint))).toEqual(['', ['- too_many']]);
  });
});

describe('when a record is not vouched for', () => {
  it.each([
    ['somebody unknown', add(EVE, ANN, 3), 'unknown_signer'],
    ['itself', admin(EVE, EVE, 3), 'unknown_signer'],
    ['another key in an admin’s name', add({ ...EVE, name: ADMIN.name }, ANN, 3), 'unknown_signer'],
    [
      'another key in an admin’s name and fingerprint',
      add({ ...EVE, name: ADMIN.name, fingerprint: ADMIN.fingerprint }, ANN, 3),
      'bad_signature',
    ],
    ['an admin who came later', add(ADMIN, ANN, 1), 'unknown_signer'],
    ['an operator who is no admin', add(BOB, ANN, 3), 'not_admin'],
  ])('refuses what was signed by %s', (_, entry, code) => {
    const [operators, faults] = read(admin(ROOT, ADMIN, 1), add(ROOT, BOB, 2), entry);
    expect(operators).toBe('admin active, bob active, root active');
    expect(faults).toEqual([`3 ${code}`]);
  });

  it('refuses two who vouch for each other', () => {
    expect(read(admin(EVE, BOB, 1), admin(BOB, EVE, 2))).toEqual([
      'root active',
      ['1 unknown_signer', '2 unknown_signer'],
    ]);
    expect(read(admin(EVE, BOB, 1), admin(BOB, EVE, 1))).toEqual([
      'root active',
      ['1 unknown_signer', '2 unknown_signer'],
    ]);
  });

  it('refuses any change of a signed record, whole or in its canonical text', () => {
    const signed = parseSignedRecord(
      add(ROOT, ANN, 1, { limits: { USD: '100' }, identities: ['a@example', 'b@example'] }),
    )!;
    const { record, signedBy: by, fingerprint, signature } = signed;
    const good = { record, signedBy: by, fingerprint, signature };
    const all = changes(good) as (typeof good)[];
    expect(all.length).toBeGreaterThan(40);
    for (const changed of all) {
      const [operators, faults] = read(canonicalPlain(changed));
      expect(operators, JSON.stringify(changed)).toBe('root active');
      expect(faults).toHaveLength(1);
    }
  });

  it('tells operators and revocations apart by what was signed', () => {
    const entry = JSON.parse(revoke(ROOT, ANN, 2)) as Record<string, unknown>;
    const record = recordOf(ANN, { addedMs: at(2) });
    expect(read(signedRecordText({ ...entry, record } as never))).toEqual(['root active', ['1 bad_signature']]);
  });
});

describe('when a name has several records', () => {
  it('holds to the highest serial that an admin signed', () => {
    const newer = add(ROOT, ANN, 9, { serial: 2, roles: ['approver', 'finance'] });
    const registry = readRegistry([ROOT_ENTRY, newer, add(ROOT, ANN, 1)], ROOT.fingerprint);
    expect(registry.find('ann')?.record).toMatchObject({ serial: 2, roles: ['approver', 'finance'] });
    expect(registry.faults).toEqual([]);
  });

  it('refuses one that is no newer, whenever it says it was made', () => {
    const entries = [
      add(ROOT, ANN, 1, { serial: 5 }),
      add(ROOT, ANN, 2, { serial: 5, roles: ['finance'] }),
      add(ROOT, ANN, 3, { serial: 4 }),
    ];
    expect(read(...entries)).toEqual(['ann active, root active', ['2 replayed', '3 replayed']]);
    expect(read(entries[0]!, entries[0]!)).toEqual(['ann active, root active', ['2 replayed']]);
  });

  it('refuses one that its own subject made', () => {
    const promoted = admin(ANN, ANN, 2, { serial: 2 });
    expect(read(add(ROOT, ANN, 1), promoted)).toEqual(['ann active, root active', ['2 not_admin']]);
  });

  it('gives a name another key, and the old key to nobody', () => {
    const phone = hand('ann', 'own', 'ann on her phone');
    const entries = [
      ROOT_ENTRY,
      admin(ROOT, ANN, 1),
      admin(ROOT, phone, 5, { serial: 2 }),
      add(ANN, BOB, 4),
      add(ANN, EVE, 6),
    ];
    const registry = readRegistry(entries, ROOT.fingerprint);
    expect(shown(registry)).toEqual(['ann active, bob active, root active', ['4 unknown_signer']]);
    expect(registry.byFingerprint(ANN.fingerprint)).toBeUndefined();
    expect(registry.byFingerprint(phone.fingerprint)?.record.serial).toBe(2);
  });

  it('gives no key to two names, not even one that was replaced', () => {
    const twin = hand('twin', 'ssh', 'ann');
    expect(twin.fingerprint).toBe(ANN.fingerprint);
    const phone = hand('ann', 'own', 'ann on her phone');
    expect(read(add(ROOT, ANN, 1), add(ROOT, twin, 2))).toEqual(['ann active, root active', ['2 other_name']]);
    expect(read(add(ROOT, ANN, 1), add(ROOT, phone, 2, { serial: 2 }), add(ROOT, twin, 3))).toEqual([
      'ann active, root active',
      ['3 other_name'],
    ]);
  });

  it('lets only the root speak for the root', () => {
    const mask = hand('root', 'own', 'eve');
    const alias = hand('alias', 'own', 'root');
    expect(
      read(
        admin(ROOT, ADMIN, 1),
        admin(ADMIN, mask, 2, { serial: 9 }),
        admin(ADMIN, alias, 3),
        admin(alias, alias, 4),
        revoke(ADMIN, ROOT, 5),
        revoke(ADMIN, mask, 6),
        revoke(ROOT, ROOT, 7),
      ),
    ).toEqual(['admin active, root active', ['2 root', '3 root', '4 other_name', '5 root', '6 root', '7 root']]);
    const renewed = admin(ROOT, ROOT, 9, { serial: 2, person: 'Rhea' });
    expect(readRegistry([ROOT_ENTRY, renewed], ROOT.fingerprint).find('root')?.record.person).toBe('Rhea');
  });
});

describe('when a key is revoked', () => {
  it('is shown as revoked since then', () => {
    const registry = readRegistry([ROOT_ENTRY, add(ROOT, ANN, 1), revoke(ROOT, ANN, 5)], ROOT.fingerprint);
    expect(registry.find('ann')).toMatchObject({ state: 'revoked', revokedMs: at(5) });
    expect(registry.byFingerprint(ANN.fingerprint)).toMatchObject({ state: 'revoked' });
  });

  it('vouches for nobody from that instant on, and keeps whom it vouched for before', () => {
    const entries = [
      admin(ROOT, ADMIN, 1),
      add(ADMIN, ANN, 4),
      add(ADMIN, BOB, 5),
      add(ADMIN, EVE, 6),
      revoke(ROOT, ADMIN, 5),
    ];
    expect(read(...entries)).toEqual([
      'admin revoked, ann active, root active',
      ['3 signer_revoked', '4 signer_revoked'],
    ]);
  });

  it('vouches for nobody at the very instant', () => {
    const many = Array.from({ length: 8 }, (_, index) => hand(`admin-${index}`));
    const added = many.map((who) => admin(ROOT, who, 1));
    const revoked = many.map((who) => revoke(ROOT, who, 5));
    const vouched = many.map((who) => add(who, hand(`of-${who.name}`), 5));
    const [, faults] = read(...added, ...revoked, ...vouched);
    expect(faults).toEqual(many.map((_, index) => `${17 + index} signer_revoked`));
  });

  it('can be revoked since before it was added, which undoes all it did', () => {
    const entries = [admin(ROOT, ADMIN, 3), add(ADMIN, ANN, 4), revoke(ROOT, ADMIN, 1)];
    expect(read(...entries)).toEqual(['root active', ['1 revoked_key', '2 unknown_signer']]);
  });

  it('does not come back, under its name or another', () => {
    const twin = hand('twin', 'own', 'ann');
    const entries = [add(ROOT, ANN, 1), revoke(ROOT, ANN, 2), add(ROOT, ANN, 3, { serial: 2 }), add(ROOT, twin, 4)];
    expect(read(...entries)).toEqual(['ann revoked, root active', ['3 revoked_key', '4 revoked_key']]);
  });

  it('makes room for another key under the name', () => {
    const phone = hand('ann', 'sk', 'ann on her phone');
    const entries = [add(ROOT, ANN, 1), revoke(ROOT, ANN, 2), add(ROOT, phone, 3, { serial: 2 })];
    expect(read(...entries)).toEqual(['ann active, root active', []]);
  });

  it('is revoked by admins only, and under its own name only', () => {
    const entries = [add(ROOT, ANN, 1), add(ROOT, BOB, 1), revoke(BOB, ANN, 2), revoke(EVE, ANN, 2)];
    expect(read(...entries)).toEqual(['ann active, bob active, root active', ['3 not_admin', '4 unknown_signer']]);
    const disguised = revoke(ROOT, { ...ANN, name: BOB.name }, 3);
    expect(read(add(ROOT, ANN, 1), disguised)).toEqual(['ann active, root active', ['2 other_name']]);
    expect(read(add(ROOT, ANN, 1), revoke(ROOT, ANN, 2), revoke(ROOT, ANN, 3))).toEqual([
      'ann revoked, root active',
      ['3 replayed'],
    ]);
  });

  it('cannot revoke its revoker afterwards', () => {
    const entries = [admin(ROOT, ADMIN, 1), admin(ROOT, SECOND, 1), revoke(ADMIN, SECOND, 5), revoke(SECOND, ADMIN, 6)];
    expect(read(...entries)).toEqual(['admin active, root active, second revoked', ['4 signer_revoked']]);
  });
});

describe('when the text of an entry is not what we write', () => {
  const good = add(ROOT, ANN, 1, { limits: { USD: '100' } });
  it.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['spaces', good.replace(':', ': ')],
    ['a newline', `${good}\n`],
    ['a byte order mark', `\ufeff${good}`],
    ['a key twice', good.replace('{', '{"signedBy":"root",')],
    ['another number for the same value', good.replace('"serial":1', '"serial":1.0')],
    ['an escape for the same character', good.replace('"signedBy":"root"', '"signedBy":"\\u0072oot"')],
    ['a member of the prototype', good.replace('"signedBy"', '"__proto__":{},"signedBy"')],
    ['a currency of the prototype', good.replace('{"USD":"100"}', '{"__proto__":"100"}')],
    ['depth', '['.repeat(30_000)],
    ['length', JSON.stringify('x'.repeat(40_000))],
  ])('refuses %s', (_, text) => {
    expect(text).not.toBe(good);
    expect(read(text)).toEqual(['root active', ['1 malformed']]);
  });

  it.each<[string, unknown]>([
    ['v', 2],
    ['name', 'Ann'],
    ['name', ''],
    ['person', ''],
    ['person', ' ann'],
    ['person', 'a\u202eb'],
    ['person', 'a\u200bb'],
    ['person', 'a\nb'],
    ['person', 'x'.repeat(129)],
    ['identities', ['a', 'a']],
    ['identities', 'a'],
    ['identities', Array.from({ length: 33 }, (_, index) => `a${index}`)],
    ['roles', ['Finance']],
    ['roles', ['']],
    ['roles', ['x'.repeat(33)]],
    ['limits', []],
    ['limits', { usd: '1' }],
    ['limits', { XXX: '1' }],
    ['limits', { USD: 1 }],
    ['limits', { USD: '-1' }],
    ['limits', { USD: '01' }],
    ['limits', { USD: '1.5' }],
    ['limits', { USD: '9007199254740992' }],
    ['limits', { USD: '1e3' }],
    ['key', null],
    ['addedMs', -1],
    ['addedMs', 1.5],
    ['addedMs', 8_640_000_000_000_001],
    ['serial', 0],
    ['serial', '1'],
  ])('refuses %s %j', (member, value) => {
    const record = { ...recordOf(ANN), [member]: value };
    const broken = expect.objectContaining({ name: 'ApprovalError', code: 'bad_record' }) as Error;
    expect(() => signedBy(ROOT, record)).toThrow(broken);
    let text: string;
    try {
      text = signedRecordText({ record, signedBy: ROOT.name, fingerprint: ROOT.fingerprint, signature: 'AAAA' });
    } catch {
      return; // it has no canonical text at all
    }
    expect(parseSignedRecord(text)).toBeUndefined();
  });
});

describe('what a registry answers', () => {
  const registry = readRegistry(
    [
      ROOT_ENTRY,
      add(ROOT, ANN, 1, { person: 'Ann Lee', identities: ['ann@acme.example'], roles: ['finance'] }),
      add(ROOT, hand('ann-old'), 1, { person: 'Ann Lee', identities: ['support@acme.example'] }),
      revoke(ROOT, hand('ann-old'), 2),
      add(ROOT, BOB, 1, { person: 'Bob', identities: ['team@acme.example'] }),
      add(ROOT, EVE, 1, { person: 'Eve', identities: ['team@acme.example'], roles: ['viewer', 'admin', 'policy'] }),
    ],
    ROOT.fingerprint,
  );

  it.each([
    ['ann@acme.example', ['Ann Lee']],
    ['support@acme.example', ['Ann Lee']], // by a revoked key
    ['ANN@Acme.Example', ['Ann Lee']],
    [' ann lee ', ['Ann Lee']],
    ['ann-old', ['Ann Lee']],
    ['team@acme.example', ['Bob', 'Eve']],
    ['nobody@acme.example', []],
  ])('knows who goes by %j', (identity, persons) => {
    expect(registry.personsOf(identity)).toEqual(persons);
  });

  it('knows who is accountable for a grant', () => {
    expect(registry.accountableFor({ principal: 'ann@acme.example', owner: 'bob' })).toEqual(['Ann Lee', 'Bob']);
    expect(registry.accountableFor({ principal: 'agent', owner: null })).toEqual([]);
  });

  const request = { ...REQUEST, principal: 'agent', owner: null };
  it.each([
    ['ann', request, null],
    ['bob', request, 'not_a_signer', null],
    ['eve', request, 'not_a_signer'],
    ['ann-old', request, 'revoked'],
    ['nobody', request, 'unknown_operator'],
    ['ann', { ...request, needs: [{ count: 1, roles: [], asked: [] }] }, 'not_a_signer', 'not_a_signer'],
    ['bob', { ...request, needs: [{ count: 1, roles: [], asked: [] }] }, null],
    ['ann', { ...request, principal: 'support@acme.example' }, 'excluded'],
    ['ann', { ...request, owner: 'support@acme.example' }, 'excluded'],
  ] as const)(
    'says whether %s may approve',
    (name, about, code, rejects: string | null = code === 'excluded' ? null : code) => {
      const permission = registry.mayApprove(name, about);
      expect(permission.ok ? null : permission.code).toBe(code);
      const rejection = registry.mayReject(name, about);
      expect(rejection.ok ? null : rejection.code).toBe(rejects);
    },
  );
});
