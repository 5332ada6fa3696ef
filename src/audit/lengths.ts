/** How long a value is, in steps: enough to see that something is odd, too little to tell the value. */
import type { Json } from '../core/json.ts';

export type LengthClass = '0' | '<8' | '<32' | '<128' | '<512' | '<2048' | '<8192' | '>=8192';

const LENGTHS: readonly (readonly [LengthClass, number])[] = [
  ['0', 1],
  ['<8', 8],
  ['<32', 32],
  ['<128', 128],
  ['<512', 512],
  ['<2048', 2_048],
  ['<8192', 8_192],
];

/** The class of a string's length in UTF-8 bytes, or of the length of any other value's text. */
export function lengthClass(value: Json, text: string): LengthClass {
  const bytes = Buffer.byteLength(typeof value === 'string' ? value : text);
  return LENGTHS.find(([, below]) => bytes < below)?.[0] ?? '>=8192';
}
