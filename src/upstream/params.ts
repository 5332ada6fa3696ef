/** Params with our own progress token in them. */
import { isObject } from '../core/json.ts';
import type { Json } from '../core/json.ts';

/**
 * Puts `token` into `_meta`, or takes any token out: a token that the agent chose could be that of another request.
 */
export function withProgressToken(params: Json | undefined, token: string | null): Json | undefined {
  if (params !== undefined && !isObject(params)) return params;
  const meta = params?.get('_meta');
  const members = new Map<string, Json>(isObject(meta) ? meta : []);
  if (token === null && !members.has('progressToken')) return params;
  members.delete('progressToken');
  if (token !== null) members.set('progressToken', token);
  return new Map<string, Json>(params ?? []).set('_meta', members);
}

/** The token of a progress notification and the rest of its params. */
export function takeProgressToken(params: Json | undefined): { readonly token: Json | undefined; readonly rest: Json } {
  const rest = new Map<string, Json>(isObject(params) ? params : []);
  const token = rest.get('progressToken');
  rest.delete('progressToken');
  return { token, rest };
}
