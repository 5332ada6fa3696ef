/** Certificates of an authority of ours, made by `openssl` for one test run. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
}

export interface Authority {
  /** Its own certificate, as a file. */
  readonly file: string;
  /** A certificate for these names, such as `DNS:localhost`. */
  issue(label: string, names: string): Certificate;
}

export const hasOpenssl = ((): boolean => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes an authority whose files lie in `room`. */
export function makeAuthority(room: string): Authority {
  const at = (name: string): string => join(room, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: room, stdio: 'ignore' });
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=test-ca',
  );
  return {
    file: at('ca.pem'),
    issue: (label, names) => {
      const [key, request, cert, extensions] = ['key', 'csr', 'pem', 'ext'].map((end) => at(`${label}.${end}`)) as [
        ...[string, string, string, string],
      ];
      writeFileSync(extensions, `subjectAltName=${names}\n`);
      openssl('req', ...NEW_KEY, '-keyout', key, '-out', request, '-subj', `/CN=${label}`);
      const by = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial'];
      openssl('x509', '-req', '-in', request, ...by, '-out', cert, '-days', '2', '-extfile', extensions);
      return { key: readFileSync(key), cert: readFileSync(cert) };
    },
  };
}

/** A certificate that vouches for itself. */
export function selfSigned(room: string, names: string): Certificate {
  const [key, cert] = [join(room, 'self.key'), join(room, 'self.pem')];
  const subject = ['-subj', '/CN=self', '-addext', `subjectAltName=${names}`];
  execFileSync('openssl', ['req', '-x509', ...NEW_KEY, '-keyout', key, '-out', cert, '-days', '2', ...subject], {
    stdio: 'ignore',
  });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}
