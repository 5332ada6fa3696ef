import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint } from '../../src/approvals/signature.ts';
import { parseSshKey, verifySsh } from '../../src/approvals/ssh-signature.ts';
import type { SshKey, SshVerdict } from '../../src/approvals/ssh-signature.ts';
import { NO_SSH_KEYGEN } from '../support/ssh-keygen.ts';
import { armored, pairOf, SECURITY_KEY, sshBlobOf, sshLineOf, sshSignature, wire } from './people.ts';
import type { SshForm } from './people.ts';

const NAMESPACE = 'countersign-approval@v1';
const MESSAGE = Buffer.from('countersign/verdict/v1\n{"v":1}');

function key(line: string): SshKey {
  const parsed = parseSshKey(line);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.key;
}

const refused = (why: string): SshVerdict => ({ ok: false, why }) as SshVerdict;

// What is made by hand here and by OpenSSH there keeps both honest; where there is no OpenSSH, the hand has to do.
describe.skipIf(NO_SSH_KEYGEN.isMissing)(`when ssh-keygen signs${NO_SSH_KEYGEN.why}`, () => {
  let folder: string;
  const run = (...args: string[]): string => execFileSync('ssh-keygen', args, { cwd: folder, encoding: 'utf8' });
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  function sign(name: string, ...options: string[]): string {
    writeFileSync(join(folder, 'message'), MESSAGE);
    rmSync(join(folder, 'message.sig'), { force: true });
    run('-q', '-Y', 'sign', '-f', name, ...options, 'message');
    return read('message.sig');
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sshsig-'));
    for (const name of ['ann', 'bob']) run('-q', '-t', 'ed25519', '-N', '', '-C', `${name}@example`, '-f', name);
    run('-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', 'rsa');
    run('-q', '-t', 'ecdsa', '-N', '', '-f', 'ecdsa');
    run('-q', '-s', 'ann', '-I', 'id', '-n', 'bob', 'bob.pub');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['sha512', 'sha256'])('verifies its signature over %s', (hash) => {
    const signature = sign('ann', '-n', NAMESPACE, '-O', `hashalg=${hash}`);
    const ann = key(read('ann.pub').trimEnd());
    expect(verifySsh(ann, NAMESPACE, MESSAGE, signature)).toEqual({ ok: true, protection: 'ssh' });
    expect(verifySsh(ann, NAMESPACE, Buffer.from('other'), signature)).toEqual(refused('does_not_fit'));
  });

  it('refuses what another key, another kind of key or another purpose made', () => {
    const ann = key(read('ann.pub').trimEnd());
    expect(verifySsh(ann, NAMESPACE, MESSAGE, sign('bob', '-n', NAMESPACE))).toEqual(refused('other_key'));
    expect(verifySsh(ann, NAMESPACE, MESSAGE, sign('rsa', '-n', NAMESPACE))).toEqual(refused('other_key'));
    expect(verifySsh(ann, NAMESPACE, MESSAGE, sign('ann', '-n', 'git'))).toEqual(refused('other_namespace'));
  });

  it('refuses to enrol RSA, ECDSA and certificates', () => {
    for (const name of ['rsa.pub', 'ecdsa.pub', 'bob-cert.pub']) {
      expect(parseSshKey(read(name).trimEnd()), name).toEqual({ ok: false, why: 'key_type' });
    }
  });

  it('has the fingerprint that OpenSSH prints', () => {
    const line = read('ann.pub').trimEnd();
    expect(run('-l', '-f', 'ann.pub')).toContain(` ${fingerprint({ type: 'ssh', line, verifyRequired: false })} `);
  });

  it.each([
    ['in software', {}],
    ['on a security key', SECURITY_KEY],
  ])('agrees with OpenSSH about a signature made by hand %s', (_, form) => {
    const pair = pairOf('carol');
    writeFileSync(join(folder, 'signers'), `carol ${sshLineOf(pair, form)}\n`);
    writeFileSync(join(folder, 'hand.sig'), armored(sshSignature(pair, MESSAGE, form)));
    const verify = ['-Y', 'verify', '-n', NAMESPACE, '-f', 'signers', '-I', 'carol', '-s', 'hand.sig'];
    const said = execFileSync('ssh-keygen', verify, { cwd: folder, input: MESSAGE, encoding: 'utf8' });
    expect(said).toContain('Good');
  });
});

const pair = pairOf('ann');
const software = key(sshLineOf(pair));
const hardware = key(sshLineOf(pair, SECURITY_KEY));

function check(form: Partial<SshForm>, base: Partial<SshForm> = {}): SshVerdict {
  const signature = armored(sshSignature(pair, MESSAGE, { ...base, ...form }));
  return verifySsh(base.application === undefined ? software : hardware, NAMESPACE, MESSAGE, signature);
}

describe('when a security key signs', () => {
  it.each([
    [0x01, 'touch'],
    [0x05, 'touch+pin'],
    [0x1d, 'touch+pin'], // with flags about backups
  ])('reads its flags %i as %s', (flags, protection) => {
    expect(check({ flags }, SECURITY_KEY)).toEqual({ ok: true, protection });
  });

  it.each([0x00, 0x04])('refuses the flags %i, for which nobody touched it', (flags) => {
    expect(check({ flags }, SECURITY_KEY)).toEqual(refused('not_touched'));
  });

  it('refuses flags, counter or application that are not the signed ones', () => {
    const blob = sshSignature(pair, MESSAGE, SECURITY_KEY);
    for (const place of [1, 5]) {
      const changed = Buffer.from(blob);
      changed[changed.length - place]! ^= 0x02;
      expect(verifySsh(hardware, NAMESPACE, MESSAGE, armored(changed))).toEqual(refused('does_not_fit'));
    }
    expect(check({ application: 'ssh:other' }, SECURITY_KEY)).toEqual(refused('other_key'));
    const elsewhere = Buffer.from(sshSignature(pair, MESSAGE, { ...SECURITY_KEY, application: 'ssh:x' }));
    const other = key(sshLineOf(pair, { ...SECURITY_KEY, application: 'ssh:y' }));
    const renamed = elsewhere.toString('latin1').replace('ssh:x', 'ssh:y');
    expect(verifySsh(other, NAMESPACE, MESSAGE, armored(Buffer.from(renamed, 'latin1')))).toEqual(
      refused('does_not_fit'),
    );
  });

  it('refuses the signature of the same point in software', () => {
    const { application, ...rest } = SECURITY_KEY;
    expect(application).toBe('ssh:');
    expect(verifySsh(hardware, NAMESPACE, MESSAGE, armored(sshSignature(pair, MESSAGE)))).toEqual(refused('other_key'));
    expect(check({ ...rest, application: null })).toEqual(refused('other_key'));
  });
});

describe('when a signature is not what it has to be', () => {
  it.each<[string, Partial<SshForm>, string]>([
    ['namespace', { namespace: 'git' }, 'other_namespace'],
    ['namespace that begins alike', { namespace: `${NAMESPACE}0` }, 'other_namespace'],
    ['empty namespace', { namespace: '' }, 'other_namespace'],
    ['hash', { hash: 'sha1' }, 'other_hash'],
    ['hash', { hash: 'md5' }, 'other_hash'],
    ['version', { version: 2 }, 'other_version'],
    ['reserved part', { reserved: 'x' }, 'malformed'],
    ['end of the signature', { inside: Buffer.from('x') }, 'malformed'],
    ['end', { behind: Buffer.from('x') }, 'malformed'],
  ])('refuses another %s', (_, form, why) => {
    expect(check(form)).toEqual(refused(why));
    expect(check(form, SECURITY_KEY)).toEqual(refused(why));
  });

  it('refuses another magic', () => {
    const blob = sshSignature(pair, MESSAGE);
    blob.write('SSHSIH');
    expect(verifySsh(software, NAMESPACE, MESSAGE, armored(blob))).toEqual(refused('malformed'));
  });

  it('refuses a signature that names another algorithm than its key', () => {
    const blob = sshSignature(pair, MESSAGE);
    const signature = wire('ssh-rsa', Buffer.alloc(64));
    const outer = wire(sshBlobOf(pair), NAMESPACE, '', 'sha512', signature);
    const changed = Buffer.concat([blob.subarray(0, 10), outer]);
    expect(verifySsh(software, NAMESPACE, MESSAGE, armored(changed))).toEqual(refused('key_type'));
  });

  it.each([0, 63, 65])('refuses a signature of %i bytes', (length) => {
    const signature = wire('ssh-ed25519', Buffer.alloc(length));
    const outer = wire(sshBlobOf(pair), NAMESPACE, '', 'sha512', signature);
    const blob = Buffer.concat([sshSignature(pair, MESSAGE).subarray(0, 10), outer]);
    expect(verifySsh(software, NAMESPACE, MESSAGE, armored(blob))).toEqual(refused('malformed'));
  });

  it.each([
    ['in software', {}, software],
    ['on a security key', SECURITY_KEY, hardware],
  ])('refuses it cut short anywhere, %s', (_, form, enrolled) => {
    const blob = sshSignature(pair, MESSAGE, form);
    for (let length = 0; length < blob.length; length += 1) {
      const verdict = verifySsh(enrolled, NAMESPACE, MESSAGE, armored(blob.subarray(0, length)));
      expect(verdict.ok, String(length)).toBe(false);
    }
  });

  it.each([
    ['in software', {}, software],
    ['on a security key', SECURITY_KEY, hardware],
  ])('refuses it with any bit changed, %s', (_, form, enrolled) => {
    const blob = sshSignature(pair, MESSAGE, form);
    expect(verifySsh(enrolled, NAMESPACE, MESSAGE, armored(blob)).ok).toBe(true);
    for (let bit = 0; bit < blob.length * 8; bit += 1) {
      const changed = Buffer.from(blob);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(verifySsh(enrolled, NAMESPACE, MESSAGE, armored(changed)).ok, String(bit)).toBe(false);
    }
  });
});

describe('when the armor is not that of OpenSSH', () => {
  const good = armored(sshSignature(pair, MESSAGE));
  const lines = good.split('\n');
  it.each([
    ['nothing', ''],
    ['no armor', sshSignature(pair, MESSAGE).toString('base64')],
    ['no final newline', good.slice(0, -1)],
    ['two of them', `${good}\n`],
    ['something before it', ` ${good}`],
    ['something behind it', `${good}x`],
    ['it twice', `${good}${good}`],
    ['carriage returns', good.replaceAll('\n', '\r\n')],
    ['other columns', armored(sshSignature(pair, MESSAGE), 76)],
    ['one long line', [lines[0], lines.slice(1, -2).join(''), ...lines.slice(-2)].join('\n')],
    ['an empty line', good.replace('\n', '\n\n')],
    ['base64 of URLs', good.replace('+', '-').replace('/', '_')],
    ['padding in the middle', good.replace(/\n-----END/, '==\n-----END')],
    ['another label', good.replaceAll('SSH SIGNATURE', 'PGP SIGNATURE')],
    ['too much', armored(Buffer.concat([sshSignature(pair, MESSAGE), Buffer.alloc(100_000)]))],
  ])('refuses %s', (_, text) => {
    expect(verifySsh(software, NAMESPACE, MESSAGE, text)).toEqual(refused('malformed'));
  });
});

describe('the line of a public key', () => {
  const base64 = sshBlobOf(pair).toString('base64');
  it('reads type, key and comment', () => {
    for (const line of [`ssh-ed25519 ${base64}`, `ssh-ed25519 ${base64} ann at home`]) {
      expect(key(line)).toMatchObject({ type: 'ssh-ed25519', point: pair.point, application: null });
    }
    expect(hardware).toMatchObject({ type: 'sk-ssh-ed25519@openssh.com', point: pair.point, application: 'ssh:' });
  });

  // A key that somebody published, with the fingerprint that OpenSSH printed for it.
  it('reads the key of a real security key', () => {
    const line =
      'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAID7OzA3dl0YNrkRPXGldZTzz3rtFcyBvXz661ZmMgIS3AAAABHNzaDo= jookia@titan';
    expect(fingerprint({ type: 'ssh', line, verifyRequired: false })).toBe(
      'SHA256:/gEvgms/9HpbgpcH+K7O4GYXmqkP7siJx9zHeEWRZTg',
    );
  });

  it.each([
    ['nothing', ''],
    ['no key', 'ssh-ed25519'],
    ['two lines', `ssh-ed25519 ${base64}\nssh-ed25519 ${base64}`],
    ['a final newline', `ssh-ed25519 ${base64}\n`],
    ['options', `no-touch-required ssh-ed25519 ${base64}`],
    ['two spaces', `ssh-ed25519  ${base64}`],
    ['controls in the comment', `ssh-ed25519 ${base64} \u001b[2J`],
    ['other base64', `ssh-ed25519 ${base64.replace(/.$/, '')}`],
    ['a blob of another type', `ssh-ed25519 ${sshBlobOf(pair, SECURITY_KEY).toString('base64')}`],
    ['a type that its blob lacks', `sk-ssh-ed25519@openssh.com ${base64}`],
    ['bytes behind the key', `ssh-ed25519 ${Buffer.concat([sshBlobOf(pair), Buffer.from('x')]).toString('base64')}`],
    ['a short key', `ssh-ed25519 ${wire('ssh-ed25519', Buffer.alloc(31, 9)).toString('base64')}`],
    ['a point of small order', `ssh-ed25519 ${wire('ssh-ed25519', Buffer.alloc(32)).toString('base64')}`],
    ['a key for web pages', sshLineOf(pair, { ...SECURITY_KEY, application: 'https://bank.example' })],
  ])('refuses %s', (_, line) => {
    expect(parseSshKey(line)).toEqual({ ok: false, why: 'malformed' });
  });

  it.each([
    'ssh-rsa',
    'ssh-dss',
    'ecdsa-sha2-nistp256',
    'ssh-ed25519-cert-v01@openssh.com',
    'webauthn-sk-ecdsa-sha2-nistp256@openssh.com',
    'sk-ecdsa-sha2-nistp256@openssh.com',
  ])('refuses the type %s', (type) => {
    expect(parseSshKey(`${type} ${wire(type, pair.point).toString('base64')}`)).toEqual({
      ok: false,
      why: 'key_type',
    });
  });
});
