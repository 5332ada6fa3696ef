/** A Lua script: sent by its digest, and in full where the server does not know that. */
import { createHash } from 'node:crypto';

export interface Script {
  readonly text: string;
  readonly digest: string;
}

/**
 * Scripts begin with `#!lua`: the server then says at once that it is a replica, full or without its disk, rather than
 * between two writes, which it would not take back. None is declared as read-only, because a replica would run that and
 * answer what was true a while ago. `grows` is refused by a server whose memory is used up, `steady` is not.
 */
export function script(kind: 'grows' | 'steady', ...parts: readonly string[]): Script {
  const first = kind === 'grows' ? '#!lua' : '#!lua flags=allow-oom';
  const text = [first, ...parts].join('\n');
  return { text, digest: createHash('sha1').update(text).digest('hex') };
}
