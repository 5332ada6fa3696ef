/** The paths of an entry, read once. */
import { parsePath } from '../core/path.ts';
import type { Path } from '../core/policy.ts';

/** The path of an entry that fits its tool, so that it can be read; anything else leads nowhere. */
export function pathOf(text: string): Path {
  const parsed = parsePath(text);
  return parsed.ok ? parsed.path : [];
}
