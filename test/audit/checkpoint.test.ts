import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCheckpointOf, readCheckpoint, signCheckpoint } from '../../src/audit/checkpoint.ts';
import { isNoteSignedBy, readNote, readVerifierKey, signNote, verifierKey } from '../../src/audit/note.ts';
import { isSignedBy, SigningKey } from '../../src/audit/signing.ts';

/** Made with OpenSSL and Python from the seed 00 01 … 1f: the public key, its id, and the signature. */
const NAME = 'countersign/0123456789abcdef0123456789abcdef/admin';
const PUBLIC_KEY = 'A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=';
const VERIFIER = `${NAME}+236c081f+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4`;
const HEAD = 'a'.repeat(64);
const TEXT = `${NAME}\n3\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n`;
const SIGNATURE = `\u2014 ${NAME} I2wIH8fnkBL0mZjCkjFZVn9+eBzrCwD6HStOi017vCQU1VzD9YauDJogtxPAPNjtwatqe0uNs/4JdmvU2Ji9+GMKEwc=`;
const NOTE = `${TEXT}\n${SIGNATURE}\n`;

const seeded = (): SigningKey => new SigningKey(Buffer.from(Array.from({ length: 32 }, (_, index) => index)));
const checkpoint = { origin: NAME, count: 3, head: HEAD };

describe('a checkpoint', () => {
  it('is the note that OpenSSL and the C2SP rules make of the same key', () => {
    expect(signCheckpoint(checkpoint, [{ name: NAME, key: seeded() }])).toBe(NOTE);
  });

  it('is proven by the key that signed it, and by no other key or name', () => {
    const read = readCheckpoint(NOTE)!;
    expect(read).toMatchObject({ ...checkpoint, segments: [] });
    expect(isCheckpointOf(read, NAME, PUBLIC_KEY)).toBe(true);
    expect(isCheckpointOf(read, 'countersign/0123456789abcdef0123456789abcdef', PUBLIC_KEY)).toBe(false);
    expect(isCheckpointOf(read, NAME, SigningKey.generate().publicKey)).toBe(false);
    for (const key of ['', 'A6EHv', `${PUBLIC_KEY}=`, PUBLIC_KEY.replace('A', '-')])
      expect(isCheckpointOf(read, NAME, key)).toBe(false);
  });

  it('comes back as it went in, whatever it says', () => {
    const head = fc.stringMatching(/^[0-9a-f]{64}$/);
    const count = fc.integer({ min: 0, max: 999_999_999_999_999 });
    const origin = fc.stringMatching(/^countersign\/[0-9a-f]{32}\/[a-z0-9-]{1,36}$/);
    const segments = fc.array(fc.record({ segment: fc.uuid(), count, head }), { maxLength: 5 });
    const next = fc.option(fc.constantFrom(PUBLIC_KEY, SigningKey.generate().publicKey), { nil: undefined });
    fc.assert(
      fc.property(fc.record({ origin, count, head, segments, next }), ({ next: key, ...said }) => {
        const whole = { ...said, ...(key === undefined ? {} : { next: key }) };
        const { note, ...read } = readCheckpoint(signCheckpoint(whole, [{ name: said.origin, key: seeded() }]))!;
        expect(read).toEqual(whole);
        expect(isNoteSignedBy(note, { name: said.origin, publicKey: PUBLIC_KEY })).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('is none with a size or a hash of another form', () => {
    const forms = [
      ['\n3\n', '\n03\n'],
      ['\n3\n', '\n-3\n'],
      ['\n3\n', '\n3.0\n'],
      ['\n3\n', '\n1000000000000000\n'],
      ['\n3\n', '\n3 \n'],
      ['qqo=', 'qqp='],
      ['qqo=', 'qqo'],
      ['qqo=', ''],
      [NAME, ''],
    ] as const;
    for (const [from, to] of forms) expect(readCheckpoint(NOTE.replace(from, to)), `${from} as ${to}`).toBeUndefined();
  });
});

describe('a signed note', () => {
  it('is no longer proven when any byte of it was changed', () => {
    const bytes = Buffer.from(NOTE);
    for (let position = 0; position < bytes.length; position += 1) {
      const changed = Buffer.from(bytes);
      changed[position] = bytes[position]! ^ 1;
      const note = readNote(changed.toString());
      expect(
        note !== undefined && isNoteSignedBy(note, { name: NAME, publicKey: PUBLIC_KEY }),
        `byte ${position}`,
      ).toBe(false);
    }
  });

  it('may bear signatures of others, known or not, and is proven by each of its own', () => {
    const [one, other] = [SigningKey.generate(), SigningKey.generate()];
    const text = signNote(TEXT, [
      { name: 'example.com/one', key: one },
      { name: 'example.com/other', key: other },
    ]);
    const witness = `\u2014 example.com/witness ${Buffer.alloc(76, 7).toString('base64')}\n`;
    const note = readNote(text + witness)!;
    expect(note.text).toBe(TEXT);
    expect(isNoteSignedBy(note, { name: 'example.com/one', publicKey: one.publicKey })).toBe(true);
    expect(isNoteSignedBy(note, { name: 'example.com/other', publicKey: other.publicKey })).toBe(true);
    // Each under its own name only.
    expect(isNoteSignedBy(note, { name: 'example.com/one', publicKey: other.publicKey })).toBe(false);
  });

  it('is none without an empty line, a newline at the end, or signatures of the right form', () => {
    const blob = SIGNATURE.split(' ')[2]!;
    const texts = [
      '',
      TEXT,
      `${TEXT}\n`,
      NOTE.slice(0, -1),
      `${TEXT}${SIGNATURE}\n`,
      `${NOTE}hello\n`,
      `${TEXT}\n- ${NAME} ${blob}\n`,
      `${TEXT}\n\u2014 two names ${blob}\n`,
      `${TEXT}\n\u2014 with+plus ${blob}\n`,
      `${TEXT}\n\u2014 ${NAME} I2wIHw==\n`,
      `${TEXT}\n\u2014 ${NAME} ${blob}=\n`,
      `${TEXT}\n\u2014 ${NAME} \n`,
    ];
    for (const text of texts) expect(readNote(text), JSON.stringify(text)).toBeUndefined();
  });

  it('is read from any text without an error', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((tail) => NOTE + tail),
      fc.tuple(fc.nat(NOTE.length), fc.string()).map(([at, put]) => NOTE.slice(0, at) + put + NOTE.slice(at + 1)),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const read = readCheckpoint(text);
        if (read !== undefined && text !== NOTE && read.note.text !== TEXT)
          expect(isCheckpointOf(read, NAME, PUBLIC_KEY)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a verifier key', () => {
  it('is the text that OpenSSL and the C2SP rules make of the same key, and is read back', () => {
    expect(verifierKey({ name: NAME, publicKey: PUBLIC_KEY })).toBe(VERIFIER);
    expect(readVerifierKey(VERIFIER)).toEqual({ name: NAME, publicKey: PUBLIC_KEY });
  });

  it('is read from the text of another maker of notes', () => {
    // The example of golang.org/x/mod/sumdb/note.
    const text = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    const read = readVerifierKey(text);
    expect(read?.name).toBe('PeterNeumann');
    expect(verifierKey(read!)).toBe(text);
  });

  it('is none with the id of another key, another kind, or another length', () => {
    const texts = [
      '',
      VERIFIER.replace('236c081f', '236c081e'),
      VERIFIER.replace('236c081f', '236C081F'),
      VERIFIER.replace('+AQOh', '+AgOh'),
      VERIFIER.slice(0, -4),
      `${VERIFIER}AAAA`,
      `${VERIFIER}\n`,
      VERIFIER.replace('admin', 'admin '),
    ];
    for (const text of texts) expect(readVerifierKey(text), text).toBeUndefined();
  });
});

describe('a signing key', () => {
  it('signs as OpenSSL does, and no more once it is destroyed', () => {
    const key = seeded();
    expect(key.publicKey).toBe(PUBLIC_KEY);
    const signature = key.sign(TEXT);
    expect(isSignedBy(PUBLIC_KEY, TEXT, signature)).toBe(true);
    expect(isSignedBy(PUBLIC_KEY, `${TEXT} `, signature)).toBe(false);
    expect(isSignedBy(PUBLIC_KEY, TEXT, signature.subarray(1))).toBe(false);
    key.destroy();
    expect(() => key.sign(TEXT)).toThrow('the signing key was destroyed');
    expect(Buffer.from(key.seedText(), 'base64')).toEqual(Buffer.alloc(32));
  });
});
