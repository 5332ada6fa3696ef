/** Reading the bodies of answers, each with an end. */
import type { IncomingMessage } from 'node:http';

/** The whole body; null if it is over the cap. Rejects when the connection breaks. */
export function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    response.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > maxBytes) {
        resolve(null);
        response.destroy();
      } else pieces.push(piece);
    });
    response.once('end', () => resolve(Buffer.concat(pieces)));
    response.once('error', reject);
    response.once('close', () => reject(new Error('the connection broke')));
  });
}

/** Reads to the end of the stream. True if it ended as it should, false if it broke. */
export function readStream(response: IncomingMessage, take: (piece: Buffer) => void): Promise<boolean> {
  return new Promise((resolve) => {
    response.on('data', take);
    response.once('end', () => resolve(true));
    response.once('error', () => resolve(false));
    response.once('close', () => resolve(false));
  });
}

/** A body that nobody wants may hold this much and keep its connection. */
const MAX_DISCARDED_BYTES = 64 * 1024;
const DISCARD_MS = 5_000;

/** Lets a body go by. */
export function discard(response: IncomingMessage): void {
  let bytes = 0;
  const timer = setTimeout(() => response.destroy(), DISCARD_MS);
  response.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MAX_DISCARDED_BYTES) response.destroy();
  });
  response.on('error', () => undefined);
  response.once('close', () => clearTimeout(timer));
}

/** The type without its parameters, in small letters. */
export function mediaType(response: IncomingMessage): string {
  return (response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
