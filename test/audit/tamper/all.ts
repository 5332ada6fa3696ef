/** Every class of tampering. */
import { FILES } from './files.ts';
import { RECORDS } from './records.ts';
import type { Tampering } from './tampering.ts';
import { TEXT } from './text.ts';
import { THIEF } from './thief.ts';

export const TAMPERINGS: readonly Tampering[] = [...TEXT, ...RECORDS, ...FILES, ...THIEF];
