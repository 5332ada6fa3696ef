import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSource } from '../../src/config/read-source.ts';
import { EditError, editText, type Plain, type TextEdit } from '../../src/config/text-edit.ts';

const POLICY = `// Who may refund.
{
  "version": 1,
  // The rules, in the order of people.
  "rules": [
    // Looking is free.
    { "id": "reads", "tools": ["kind:read"], "effect": "allow" }, // always was
    // Money is not.
    {
      "id": "ceiling",
      "tools": ["kind:refund"], // not payouts
      "effect": "deny",
      "when": { "amount": { "gt": "500 USD" } }
    }
  ]
}
`;
const edit = (...edits: TextEdit[]): string => editText('policy.json', POLICY, edits);
const rule = { id: 'hidden', tools: ['stripe/create_coupon'], effect: 'hide' };

describe('when a text with comments is changed', () => {
  it('changes a value where it stands', () => {
    const edited = edit({ is: 'set', path: ['rules', 1, 'when', 'amount', 'gt'], value: '900 USD' });
    expect(edited).toBe(POLICY.replace('500 USD', '900 USD'));
  });

  it('adds an item as a line of its own, and leaves every other line', () => {
    expect(edit({ is: 'insert', path: ['rules', 2], value: rule })).toBe(
      POLICY.replace(
        `    }\n  ]`,
        `    },\n    { "id": "hidden", "tools": ["stripe/create_coupon"], "effect": "hide" }\n  ]`,
      ),
    );
    expect(edit({ is: 'insert', path: ['rules', 1], value: rule })).toBe(
      POLICY.replace(
        '// always was\n',
        `// always was\n    { "id": "hidden", "tools": ["stripe/create_coupon"], "effect": "hide" },\n`,
      ),
    );
    expect(edit({ is: 'insert', path: ['rules', 1, 'tools', 1], value: 'kind:payout' })).toBe(
      POLICY.replace('["kind:refund"]', '["kind:refund", "kind:payout"]'),
    );
  });

  it('adds a member behind the others', () => {
    expect(edit({ is: 'insert', path: ['rules', 1, 'message'], value: 'Too much.' })).toBe(
      POLICY.replace(`"500 USD" } }\n`, `"500 USD" } },\n      "message": "Too much."\n`),
    );
    expect(edit({ is: 'insert', path: ['rules', 0, 'message'], value: 'Look.' })).toBe(
      POLICY.replace('"effect": "allow" }', '"effect": "allow", "message": "Look." }'),
    );
  });

  it('removes an item with its line, and the comma that is left over', () => {
    expect(edit({ is: 'remove', path: ['rules', 0] })).toBe(POLICY.replace(/\n {4}\{ "id": "reads".*always was/, ''));
    const last = edit({ is: 'remove', path: ['rules', 1] });
    expect(last).toContain('"effect": "allow" } // always was\n    // Money is not.\n  ]');
    expect(edit({ is: 'remove', path: ['rules', 1, 'when'] })).toContain(`"effect": "deny"\n    }`);
    expect(edit({ is: 'remove', path: ['rules', 0, 'effect'] })).toContain('"tools": ["kind:read"] },');
  });

  it('moves an item as it is written', () => {
    const edited = edit({ is: 'move', path: ['rules', 1], to: 0 });
    expect(readSource('policy.json', edited).value).toMatchObject({ rules: [{ id: 'ceiling' }, { id: 'reads' }] });
    expect(edited).toContain('"tools": ["kind:refund"], // not payouts');
  });

  it('moves the comment behind an item with it, and loses none beside one that goes', () => {
    expect(edit({ is: 'move', path: ['rules', 0], to: 1 })).toContain('"effect": "allow" } // always was\n  ]');
    const text = '{\n  "tools": [ // those of refunds\n    "a", /* why b */ "b"\n  ]\n}\n';
    const edited = editText('p.json', text, [{ is: 'remove', path: ['tools', 0] }]);
    expect(edited).toBe('{\n  "tools": [ // those of refunds\n    /* why b */ "b"\n  ]\n}\n');
  });

  it('keeps the comment above a rule of YAML that goes', () => {
    const yaml = 'rules:\n  # Reads.\n  - id: a\n  # Money out: do not loosen.\n  - id: b\n  - id: c\n';
    for (const index of [0, 1, 2]) {
      const edited = editText('p.yaml', yaml, [{ is: 'remove', path: ['rules', index] }]);
      for (const comment of ['# Reads.', '# Money out: do not loosen.']) expect(edited).toContain(comment);
    }
  });

  it('fills what was empty', () => {
    expect(editText('p.json', '{ "rules": [] }\n', [{ is: 'insert', path: ['rules', 0], value: 1 }])).toBe(
      '{ "rules": [\n  1\n] }\n',
    );
  });

  it('keeps the line ends and the indentation of the file', () => {
    const crlf = POLICY.replaceAll('  ', '\t').replaceAll('\n', '\r\n');
    const long = { id: 'x', tools: Array.from({ length: 8 }, (_, n) => `stripe/a_long_name_${n}`) };
    const edits: readonly TextEdit[] = [
      { is: 'insert', path: ['rules', 2], value: long },
      { is: 'remove', path: ['rules', 0] },
      { is: 'insert', path: ['rules', 0, 'message'], value: 'Too much.' },
      { is: 'move', path: ['rules', 1], to: 0 },
    ];
    for (const step of edits.map((_, index) => edits.slice(0, index + 1))) {
      const edited = editText('policy.json', crlf, step);
      expect(edited.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      expect(edited).not.toMatch(/^ /m);
    }
  });

  it('breaks a line that would be too long', () => {
    const long = { id: 'x', tools: Array.from({ length: 8 }, (_, n) => `stripe/a_long_name_${n}`) };
    const edited = edit({ is: 'insert', path: ['rules', 2], value: long });
    expect(Math.max(...edited.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(120);
  });

  it.each<[string, TextEdit]>([
    ['an item that there is not', { is: 'remove', path: ['rules', 7] }],
    ['a member that there is already', { is: 'insert', path: ['version'], value: 2 }],
    ['a member that there is not', { is: 'set', path: ['description'], value: 'x' }],
    ['a member of a number', { is: 'set', path: ['version', 'x'], value: 1 }],
    ['an index behind the end', { is: 'insert', path: ['rules', 9], value: rule }],
    ['a place behind the end', { is: 'move', path: ['rules', 0], to: 9 }],
    ['the order of members', { is: 'move', path: ['version'], to: 0 }],
    ['all of it', { is: 'remove', path: [] }],
  ])('refuses %s', (_what, bad) => {
    expect(() => edit(bad)).toThrow(EditError);
  });

  it('refuses a text that is none', () => {
    expect(() => editText('p.json', '{ "a": ', [{ is: 'remove', path: ['a'] }])).toThrow(EditError);
  });

  it.each([
    'version: 1\nrules:\n- id: reads\n  tools: [kind:read] # all\n  effect: allow\n- {id: b, tools: ["*"], effect: deny}\n',
    '# Ours.\r\nversion: 1\r\nrules:\r\n  - id: reads\r\n    tools: [kind:read]\r\n    effect: allow\r\n',
  ])('writes YAML in the manner of its file', (yaml) => {
    const edited = editText('p.yaml', yaml, [{ is: 'set', path: ['rules', 0, 'effect'], value: 'deny' }]);
    expect(edited).toBe(yaml.replace('effect: allow', 'effect: deny'));
  });

  it('changes YAML and keeps its comments and its order', () => {
    const yaml = `# Who may refund.\nversion: 1\nrules:\n  # Looking is free.\n  - id: reads\n    tools: [kind:read] # all of them\n    effect: allow\n  # Money is not.\n  - { id: ceiling, tools: [kind:refund], effect: deny }\n`;
    const edited = editText('policy.yaml', yaml, [
      { is: 'insert', path: ['rules', 2], value: rule },
      { is: 'set', path: ['rules', 0, 'effect'], value: 'deny' },
      { is: 'move', path: ['rules', 1], to: 0 },
    ]);
    for (const comment of ['# Who may refund.', '# Looking is free.', '# all of them', '# Money is not.'])
      expect(edited).toContain(comment);
    expect(readSource('policy.yaml', edited).value).toMatchObject({
      rules: [{ id: 'ceiling' }, { id: 'reads', effect: 'deny' }, rule],
    });
  });
});

const scalar = fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean(), fc.constant(null));
const { tree } = fc.letrec<{ tree: Plain }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Writes data as people might: in lines or in one, with comments above and behind. */
function written(value: Plain, styles: () => number, count: { n: number }, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const isList = Array.isArray(value);
  const parts = isList
    ? (value as readonly Plain[]).map((one) => ['', one] as const)
    : Object.entries(value).map(([key, one]) => [`${JSON.stringify(key)}: `, one] as const);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return `${open}${close}`;
  if (styles() % 3 === 0) return `${open} ${parts.map(([key, one]) => key + JSON.stringify(one)).join(', ')} ${close}`;
  const inner = `${indent}  `;
  const lines = parts.map(([key, one], index) => {
    const above = styles() % 2 === 0 ? `${inner}// above ${count.n++}.\n` : '';
    const comma = index < parts.length - 1 ? ',' : '';
    const behind = styles() % 2 === 0 ? ` // behind ${count.n++}.` : '';
    return `${above}${inner}${key}${written(one, styles, count, inner)}${comma}${behind}\n`;
  });
  return `${open}\n${lines.join('')}${indent}${close}`;
}

interface Place {
  readonly path: readonly (string | number)[];
  readonly value: Plain;
}

function places(value: Plain, path: readonly (string | number)[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  const parts = Array.isArray(value) ? [...(value as readonly Plain[]).entries()] : Object.entries(value);
  return [{ path, value }, ...parts.flatMap(([step, part]) => places(part, [...path, step]))];
}

/** A key like this one that the object does not have yet. */
function freeKey(keys: readonly string[], key: string): string {
  return keys.includes(key) ? freeKey(keys, `${key}x`) : key;
}

function editAt({ path, value }: Place, pick: number, fresh: Plain): TextEdit {
  const isOpen = typeof value === 'object' && value !== null;
  if (isOpen && pick % 2 === 0) {
    const length = Array.isArray(value) ? value.length : 0;
    const step = Array.isArray(value) ? pick % (length + 1) : freeKey(Object.keys(value), `new${pick}`);
    return { is: 'insert', path: [...path, step], value: fresh };
  }
  if (path.length === 0 || pick % 3 === 0) return { is: 'set', path, value: fresh };
  return { is: 'remove', path };
}

describe('when any text is changed anywhere', () => {
  it('says the new data, and loses no comment but those of what is gone', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tree, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
        fc.array(fc.nat(1_000), { minLength: 40, maxLength: 40 }),
        fc.array(fc.tuple(fc.nat(10_000), fc.nat(100), tree), { minLength: 1, maxLength: 4 }),
        (value, styles, picks) => {
          let at = 0;
          const count = { n: 0 };
          let text = written(value, () => styles[(at += 1) % styles.length] ?? 0, count);
          for (const [where, pick, fresh] of picks) {
            const all = places(readSource('p.json', text).value as Plain);
            const place = all[where % all.length]!;
            const change = editAt(place, pick, fresh);
            const edited = editText('p.json', text, [change]);
            if (change.is === 'insert')
              for (const comment of text.match(/\/\/ (?:above|behind) \d+\./g) ?? []) expect(edited).toContain(comment);
            text = edited;
          }
        },
      ),
      { numRuns: 600 },
    );
  });
});
