/**
 * Requests as they are kept: AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D). The id is authenticated with the
 * text, so that whoever can write the store cannot show one request under the id of another.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { ApprovalId } from '../core/ids.ts';
import { fromBase64 } from './signature-text.ts';

/** Encrypts requests for everybody who may read them, and for nobody else. */
export interface RequestSealer {
  seal(id: ApprovalId, text: string): string;
  /** Undefined for what was not sealed with this key, or not under this id. */
  open(id: ApprovalId, sealed: string): string | undefined;
}

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PURPOSE = 'countersign/approval-sealed/v1';

/** The sealer of everybody who has this secret: a key, or the password of a shared store. */
export function requestSealer(secret: Buffer | string): RequestSealer {
  const key = Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, KEY_BYTES));
  return {
    seal: (id, text) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(associated(id));
      const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64');
    },
    open: (id, sealed) => {
      const bytes = fromBase64(sealed);
      if (bytes === undefined || bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      try {
        const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(associated(id)).setAuthTag(tag);
        const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
        return text.toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

function associated(id: ApprovalId): Buffer {
  return Buffer.from(`${PURPOSE}\n${id}`);
}
