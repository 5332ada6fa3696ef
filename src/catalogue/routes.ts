/**
 * Arguments that are written as the path of an API. A server pastes them into an address, so that only paths which have
 * one reading are recognised: no dots, no percent signs, no doubled or closing slashes, no query.
 */
const ROUTE = /^\/[a-z0-9_]+(?:\/[A-Za-z0-9_-]+)*$/;
const MAX_LENGTH = 256;

/** True if `path` is `template`, whose `*` stand for one segment each. */
export function matchesRoute(path: string, template: string): boolean {
  if (path.length > MAX_LENGTH || !ROUTE.test(path)) return false;
  const segments = path.split('/');
  const expected = template.split('/');
  if (segments.length !== expected.length) return false;
  return expected.every((segment, index) => segment === '*' || segment === segments[index]);
}
