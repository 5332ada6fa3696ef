/** The small pieces that the schemas of configuration and policy share. */
import * as z from 'zod';
import { parsePath } from '../core/path.ts';
import { DURATION, SIZE } from './units.ts';

// A configuration is read once or twice in a process: to compile a reader for each of its objects takes longer than that.
z.config({ jitless: true });

/** An object with these keys and no other; a fault on another key lists them. `what` completes "expected …". */
export function closed<Shape extends z.core.$ZodLooseShape>(shape: Shape, what?: string) {
  const keys = Object.keys(shape).map((key) => `\`${key}\``);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') return `expected ${keys.join(', ')}`;
      return what === undefined ? undefined : `expected ${what}`;
    },
  });
}

/** A string of a grammar; `what` completes "expected …". */
export function written(pattern: RegExp, what: string) {
  return z.string().regex(pattern, { error: `expected ${what}` });
}

/** A text that is neither empty nor long. */
export function text(max: number) {
  return z.string().min(1).max(max);
}

const NAME_WORDS = 'a name of up to 64 characters out of `a-z 0-9 . _ -`, beginning with a letter or a digit';
export const Name = written(/^[a-z0-9][a-z0-9._-]{0,63}$/, NAME_WORDS);
/** The grammar of the vault, which seals under no other name. */
export const SecretName = written(
  /^[a-z0-9][a-z0-9._-]{0,63}$/,
  'the name of a sealed secret, up to 64 characters out of `a-z 0-9 . _ -`, beginning with a letter or a digit',
);
export const UpstreamName = written(
  /^[a-z0-9][a-z0-9-]{0,30}$/,
  'an upstream name of up to 31 characters out of `a-z 0-9 -`, beginning with a letter or a digit',
);
export const Currency = written(/^[A-Z]{3}$/, 'a currency of three capital letters, like `USD`');
export const Duration = written(DURATION, 'a length of time like `45s`, `15m`, `24h` or `7d`');
export const Size = written(SIZE, 'a size like `64MiB`');

/** A path into the arguments, `items[*].price`. */
export const ArgumentPath = text(512).refine((path) => parsePath(path).ok, {
  error: 'expected a path into the arguments, like `items[*].price`',
});
